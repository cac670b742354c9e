/** Whether a text names somebody by a sign in front, such as @Ada; in any case of letters, and not the beginning of a longer name. */
export function isNamedIn(text: string, name: string): boolean {
  const [folded, sign] = [text.toLowerCase(), `@${name.toLowerCase()}`];
  for (let at = folded.indexOf(sign); at >= 0; at = folded.indexOf(sign, at + 1)) {
    const before = folded.slice(0, at);
    const after = folded.slice(at + sign.length);
    // An address of mail names nobody.
    if (!/[\p{L}\p{N}]$/u.test(before) && !/^[\p{L}\p{N}\p{M}]/u.test(after)) return true;
  }
  return false;
}
