/**
 * What posts with a text are found by, in one index: the grams of the text, and a gram of its own for the author and for each
 * topic. PostgreSQL then meets the posts of an author that hold a word in the index alone, however many hold the word.
 */
import type { Statement } from '../../domain/statement.ts';
import { gramsOf } from '../model/text.ts';

/** The grams of a post as words: no gram of a text begins with these letters. */
export function gramsOfPost({ author, topics }: Pick<Statement, 'author' | 'topics'>, folded: string): string {
  return [gramsOf(folded), authorGram(author), ...topics.map(topicGram)].join(' ');
}

export const authorGram = (author: string) => `n${toHex(author)}`;
export const topicGram = (topic: string) => `t${toHex(topic)}`;

const toHex = (text: string) => Buffer.from(text).toString('hex');
