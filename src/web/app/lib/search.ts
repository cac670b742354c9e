/** Parses a search from the text that was typed or pasted. */
import { isRoute } from '../../routes.ts';

/** A search, parsed into its filters. */
export interface Wanted {
  /** The words or quoted phrases that must all stand in a post's text. */
  words: string[];
  author: string | null;
  topic: string | null;
  /** Heights of the first and last block, both counted. */
  blocks: { from: number; to: number } | null;
  /** The first digits of an id, hash or key, when nothing else was typed. */
  digits: string | null;
  /** A height, when nothing else was typed. */
  height: number | null;
  /** An address of a page of this or another node, when nothing else was typed. */
  path: string | null;
}

const TERM = /(?:(from|author|topic|blocks?):|(#))?(?:["“”]([^"“”]*)["“”]?|(\S+))/giu;
const RANGE = /^(\d{1,10})(?:-|\.\.|–)(\d{1,10})$/;

/** Reads words, `from:`, `topic:`, `blocks:`, ids, hashes, heights and pasted addresses. */
export function readSearch(typed: string): Wanted {
  const text = typed.trim();
  const wanted: Wanted = { words: [], author: null, topic: null, blocks: null, digits: null, height: null, path: null };
  wanted.path = pathIn(text);
  const hex = text.replace(/[\s…]+/g, '').replace(/^0x/i, '');
  if (/^[0-9a-f]{8,64}$/i.test(hex)) wanted.digits = hex.toLowerCase();
  if (/^\d{1,10}$/.test(text)) wanted.height = Number(text);
  for (const [, field, sign, quoted, plain] of text.matchAll(TERM)) {
    const value = (quoted ?? plain ?? '').trim();
    const range = RANGE.exec(value) ?? RANGE.exec(`${value}-${value}`);
    if (value === '') continue;
    if (/^(from|author)$/i.test(field ?? '')) wanted.author = value;
    else if (sign || /^topic$/i.test(field ?? '')) wanted.topic = value.replace(/^#/, '');
    else if (field && range) wanted.blocks = ordered(Number(range[1]), Number(range[2]));
    else wanted.words.push(field ? `${field}:${value}` : value);
  }
  return wanted;
}

const ordered = (one: number, other: number) => ({ from: Math.min(one, other), to: Math.max(one, other) });

/** Only the path of a pasted address counts: the host may be another node of the network. */
function pathIn(text: string): string | null {
  if (!/^(https?:\/)?\/\S*$/i.test(text) || !URL.canParse(text, 'http://node')) return null;
  const { pathname, search } = new URL(text, 'http://node');
  const path = pathname.replace(/(?<=.)\/+$/, '');
  return isRoute(path) && path !== '/' ? path + search : null;
}

/** Whether a text holds all words and phrases, as the node compares: in any case, form and width of letters. */
export function holdsAll(text: string | null, words: readonly string[]): boolean {
  const folded = text === null ? null : fold(text);
  return folded !== null && words.every((word) => folded.includes(fold(word)));
}

/** The same as `foldText` of the node; lines and spaces part the words of a phrase alike. */
const fold = (text: string) => {
  const folded = text
    .replace(/[\0\p{Cs}]/gu, ' ')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase();
  return folded.replaceAll('ς', 'σ').normalize('NFKC').replace(/\s+/gu, ' ');
};
