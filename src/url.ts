/** Reading URLs that anyone may have written. */

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
