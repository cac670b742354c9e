/**
 * What posts with a text are found by: its words, which are far fewer than their groups of letters, and its author and topics,
 * all in one index. A part of a word is looked for among the words there are (`Word`), and then the posts with those words.
 */
import type { Hash } from '../../domain/bytes.ts';
import type { Statement } from '../../domain/statement.ts';

/** A longer word is kept in pieces of so many characters, since some scripts write sentences without spaces. */
const PIECE = 40;
/** From one piece to the next. */
const STEP = 20;
/** Wherever so many characters stand in a word, one piece holds them. */
const WITHIN = PIECE - STEP + 1;

/** The words of a folded text, each once, parted by spaces. */
export function wordsOfText(folded: string): string {
  const words = new Set<string>();
  for (const word of folded.split(/\s+/u)) {
    if (word === '') continue;
    if (word.length <= PIECE) words.add(word);
    else for (const piece of piecesOf([...word])) words.add(piece);
  }
  return [...words].join(' ');
}

function* piecesOf(characters: readonly string[]): Generator<string> {
  for (let i = 0; i === 0 || i + PIECE - STEP < characters.length; i += STEP)
    yield characters.slice(i, i + PIECE).join('');
}

/** What each word with a part has: the part, cut to what one piece holds, and the pairs or groups of three in that. */
export function wordsWith(part: string): { part: string; isWhole: boolean; grams: string[] } {
  const characters = [...part];
  const within = characters.slice(0, WITHIN);
  const length = Math.min(within.length, 3);
  const grams = within.slice(0, within.length - length + 1).map((_, i) => within.slice(i, i + length).join(''));
  return { part: within.join(''), isWhole: within.length === characters.length, grams: [...new Set(grams)] };
}

/** What a post is looked for by beside its text, parted by spaces: author, key, topics and the post that it answers. */
export function namesOfPost({ author, publicKey, topics, replyTo }: Statement): string {
  const names = [authorName(author), keyName(publicKey), ...topics.map(topicName)];
  return [...names, ...(replyTo === null ? [] : [repliesName(replyTo)])].join(' ');
}

/** Spelled so that none is one of another kind, and none has spaces. */
export const authorName = (author: string) => `n${toHex(author)}`;
export const topicName = (topic: string) => `t${toHex(topic)}`;
/** These by their beginnings, which tell enough apart. */
export const keyName = (publicKey: string) => `k${publicKey.slice(0, 16)}`;
export const repliesName = (replyTo: Hash) => `r${replyTo.slice(0, 16)}`;

const toHex = (text: string) => Buffer.from(text).toString('hex');
