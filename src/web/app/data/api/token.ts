/** The operator's token, for as long as the tab is open: a disk is no place for it. */
import { keep, readKept } from '../../lib/keep.ts';

const KEY = 'stele.token';
const tab = () => sessionStorage;

/** The operator's token of this tab; null when there is none. */
export const readToken = () => readKept(tab, KEY);

let isRefused = false;

/** Keeps the operator's token for this tab, or forgets it when null. */
export function writeToken(token: string | null): void {
  isRefused = false;
  keep(tab, KEY, token);
}

/** Whether the node did not take the token that was given last. */
export const wasTokenRefused = () => isRefused;

/** Lets go of a token that the node does not take: it would answer nothing that comes with it. */
export function dropToken(): void {
  writeToken(null);
  isRefused = true;
}

/** The link that the node prints brings the token behind the `#`, which browsers send to nobody. */
export function takeTokenFromLink(): void {
  const token = /^#token=([\w.~+/=-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  writeToken(token);
  // The token is removed from the address, so that it is neither shown nor shared.
  history.replaceState(null, '', location.pathname + location.search);
}

/** Asks once more without the token when the node does not take it. */
export async function fetchAsCaller(input: RequestInfo | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.status !== 401 || readToken() === null) return response;
  dropToken();
  const headers = new Headers(init.headers);
  headers.delete('authorization');
  return fetch(input, { ...init, headers });
}

export function bearer(): Record<string, string> {
  const token = readToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
