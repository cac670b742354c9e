/**
 * What others wrote, made safe to look at. It only ever reaches the document as text; here it is about what a text can
 * do to the eye: characters that cannot be seen, or that turn around what follows them.
 */

/** Invisible, or a change of direction, or a space that is not the plain one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/** A name in pieces: what is legible as it is, and what is spelled out in its place. */
export interface Piece {
  text: string;
  isSpelled: boolean;
}

/** Parts a name; what cannot be seen in it is spelled out, such as [U+200B]. */
export function spell(name: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: unseen, index } of name.matchAll(UNSEEN)) {
    if (index > at) pieces.push({ text: name.slice(at, index), isSpelled: false });
    const code = unseen.codePointAt(0) ?? 0;
    pieces.push({ text: `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`, isSpelled: true });
    at = index + unseen.length;
  }
  if (at < name.length) pieces.push({ text: name.slice(at), isSpelled: false });
  return pieces;
}

/** The same in one string, for titles and announcements. */
export function legible(name: string): string {
  return spell(name)
    .map(({ text }) => text)
    .join('');
}

/** A text in pieces, of which some are addresses. */
export interface Segment {
  text: string;
  href: string | null;
}

// Printable ASCII only: whatever looks like another site must be spelled in punycode to be a link at all.
const ADDRESS = /\bhttps?:\/\/[!-~]+/gi;
/** A host name that goes on in other letters is not the one that it begins with. */
const LETTER = /^[\p{L}\p{N}\p{M}]/u;
const TRAILING = /[.,;:!?'"<>\])}]+$/;

export function findLinks(text: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = found.replace(TRAILING, '');
    const isCutShort = !/\/\/.*\//.test(address) && LETTER.test(text.slice(index + found.length));
    if (isCutShort || !URL.canParse(address)) continue;
    if (index > at) segments.push({ text: text.slice(at, index), href: null });
    segments.push({ text: address, href: address });
    at = index + address.length;
  }
  if (at < text.length) segments.push({ text: text.slice(at), href: null });
  return segments;
}

/** Length in UTF-8 bytes; what cannot be encoded counts as its replacement would. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
