/** The operator's token, for as long as the tab is open: a disk is no place for it. */
import { keep, readKept } from '../../lib/keep.ts';

const KEY = 'stele.token';
const tab = () => sessionStorage;

export const readToken = () => readKept(tab, KEY);

export const writeToken = (token: string | null) => keep(tab, KEY, token);

export function bearer(): Record<string, string> {
  const token = readToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
