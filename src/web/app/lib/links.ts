/** Addresses in a text, and where a long text may be cut without cutting one of them. */
import { LinkifyIt } from 'linkify-it';

/** A text in pieces, of which some are addresses. */
export interface Segment {
  text: string;
  href: string | null;
}

const linkify = new LinkifyIt();
/** Where an address may begin. Some scripts put no blank before an address, so only Latin letters prevent one. */
const SCHEME = /(?<![A-Za-z0-9+.-])https?:/gi;
/** Full stops and closing brackets of scripts that put no blank behind them. */
const TRAILING =
  /[\u3001\u3002\u3008-\u3011\u3014-\u301b\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\u2018-\u201d].*$/su;
/** A host with lookalike letters becomes a link only when spelled in punycode. */
const PLAIN_HOST = /^https?:\/\/[!-~]*?(?:[/?#]|$)/i;

/** Splits a text into links and the text between them. */
export function findLinks(text: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const { 0: scheme, index } of text.matchAll(SCHEME)) {
    if (index < at) continue;
    const length = linkify.testSchemaAt(text, scheme, index + scheme.length);
    const address = text.slice(index, index + scheme.length + length).replace(TRAILING, '');
    if (length === 0 || !PLAIN_HOST.test(address) || !URL.canParse(address)) continue;
    if (isGoneOn(address, text.slice(index + address.length))) continue;
    if (index > at) segments.push({ text: text.slice(at, index), href: null });
    segments.push({ text: address, href: address });
    at = index + address.length;
  }
  if (at < text.length) segments.push({ text: text.slice(at), href: null });
  return segments;
}

/** Whether a bare host name goes on behind the address, in other letters or as a user's password: the host is another then. */
const isGoneOn = (address: string, rest: string) =>
  !/^https?:\/\/[^/?#]*[/?#]/i.test(address) && /^(?:[\p{L}\p{N}\p{M}@]|:[^\s/]*@)/u.test(rest);

/** Posts that are shown below the text that names them. */
const MOST_NAMED = 3;
const ID = /(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])/gi;
const POST_ADDRESS = /^[^?#]*\/post\/([0-9a-f]{64})\/?$/i;

/** Ids of the posts that a text names, each by its id or by its address on any node, in their order. */
export function postsNamedIn(segments: readonly Segment[]): string[] {
  const ids = segments.flatMap(({ text, href }) =>
    href === null ? [...text.matchAll(ID)].map(([id]) => id) : (POST_ADDRESS.exec(href)?.[1] ?? []),
  );
  return [...new Set(ids.map((id) => id.toLowerCase()))].slice(0, MOST_NAMED);
}

/** How much of a text is shown while it is folded. */
const MOST_CHARACTERS = 1_500;
const MOST_LINES = 24;

/** The part of a quoted text that is shown. */
const QUOTED_CHARACTERS = 300;
const QUOTED_LINES = 5;

/** The beginning of a text for a quotation. */
export function startOf(segments: readonly Segment[]): readonly Segment[] {
  const start = beginningOf(segments, QUOTED_CHARACTERS, QUOTED_LINES);
  return start ? [...start, { text: '…', href: null }] : segments;
}

/**
 * The beginning of a long text, cut between two characters as people count them and outside of addresses.
 * @returns null when the text is short enough to be shown whole.
 */
export function beginningOf(
  segments: readonly Segment[],
  mostCharacters = MOST_CHARACTERS,
  mostLines = MOST_LINES,
): Segment[] | null {
  const text = segments.map((segment) => segment.text).join('');
  const lines = text.split('\n', mostLines + 1);
  if (text.length <= mostCharacters && lines.length <= mostLines) return null;
  let left = Math.min(mostCharacters, lines.slice(0, mostLines).join('\n').length);
  const shown: Segment[] = [];
  for (const segment of segments) {
    if (left <= 0) break;
    if (segment.text.length <= left) shown.push(segment);
    else if (segment.href === null) shown.push({ text: cut(segment.text, left), href: null });
    // A link that is too long is shown whole when there is nothing else to show.
    else if (shown.length === 0) shown.push(segment);
    left -= segment.text.length;
  }
  return shown;
}

/** The longest beginning of a text that has at most so many UTF-16 units and ends between two graphemes. */
function cut(text: string, most: number): string {
  const { index } = new Intl.Segmenter().segment(text).containing(most) ?? { index: text.length };
  // A grapheme of over a thousand marks is a trick: it is cut all the same.
  return text.slice(0, index > 0 ? index : most);
}
