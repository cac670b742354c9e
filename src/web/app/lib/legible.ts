/**
 * What others wrote, made safe to look at. A text of somebody's only ever reaches the document as text; here it is about
 * what a text can do to the eye: characters that cannot be seen, or that turn around what follows them.
 */

/** Invisible, or a change of direction, or a space that is not the plain one. */
const UNSEEN = '[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800]|(?! )\\p{Zs}';

/** Signs of Indic and related scripts after which joiners shape the letter (canonical combining class 9). */
const VIRAMA =
  '[\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D3B\\u0D3C\\u0D4D\\u0DCA\\u0F84\\u1039\\u17D2\\u1B44\\uA9C0]';
const JOINING = '[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Nko}]';
const EMOJI = '\\p{Extended_Pictographic}\\uFE0F?\\p{Emoji_Modifier}?';

/** Where Unicode permits joiners, variation selectors and tags: in emoji (UTS 51), and where RFC 5892, A.1 and A.2 do. */
const PERMITTED = [
  `\\u{1F3F4}[\\u{E0020}-\\u{E007E}]{2,6}\\u{E007F}`,
  `${EMOJI}(?:\\u200D${EMOJI})*`,
  '[0-9#*]\\uFE0F\\u20E3',
  `${VIRAMA}[\\u200C\\u200D]`,
  `(?<=${JOINING}\\p{M}*)\\u200C(?=${JOINING})`,
].join('|');

const NAME_PARTS = new RegExp(`${PERMITTED}|(${UNSEEN})`, 'gu');

/** A name in pieces: what is legible as it is, and what is spelled out in its place. */
export interface Piece {
  text: string;
  isSpelled: boolean;
}

/** Parts a name; what cannot be seen in it is spelled out, such as [U+200B]. */
export function spell(name: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 1: unseen, index } of name.matchAll(NAME_PARTS)) {
    if (unseen === undefined) continue;
    if (index > at) pieces.push({ text: name.slice(at, index), isSpelled: false });
    pieces.push({ text: `[${codeOf(unseen)}]`, isSpelled: true });
    at = index + unseen.length;
  }
  if (at < name.length) pieces.push({ text: name.slice(at), isSpelled: false });
  return pieces;
}

/** A character as Unicode names it, such as U+200B. */
export const codeOf = (character: string) =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The same in one string, for titles and announcements. */
export function legible(name: string): string {
  return spell(name)
    .map(({ text }) => text)
    .join('');
}

const BIDI_CONTROL = /(\p{Bidi_Control})/u;

/** Parts a text at the characters that change its direction; every second piece is one of these. */
export const splitAtBidi = (text: string): string[] => text.split(BIDI_CONTROL);

/** Length in UTF-8 bytes; what cannot be encoded counts as its replacement would. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
