/** Reading URLs that anyone may have written. */

/**
 * The address of a node, from what its operator may type: `host:port`, a slash at the end, or the address of its GraphQL.
 * Whether the result is a URL is for the caller to check.
 */
export function completeNodeUrl(text: string): string {
  const trimmed = text.trim();
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  return url.replace(/\/*(\/graphql)?\/*$/, '');
}

/**
 * The URL that a text is, or null. `URL.canParse` would be the word for it, but Node 20 takes a text with letters such as
 * ü for wrong bytes once the call is compiled, which is after some thousand calls.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
