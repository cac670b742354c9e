/** What a filter of posts asks for, whatever the database. */
import type { PostFilter, TotalKind } from '../ports.ts';

/** Whether every post passes that is on the chain, up to where that is looked at. */
export function isOpen(filter: PostFilter): boolean {
  return countFields(filter) === 0;
}

/** Whether a read by this filter may pass over posts without end: no index knows where the next match stands. */
export function isHeavy(filter: PostFilter): boolean {
  const { text, latestOnly } = filter;
  return hasTime(filter) || (text ?? null) !== null || latestOnly === true || countFields(filter) > 1;
}

/** Whether a time is asked for. */
export function hasTime({ since, until }: PostFilter): boolean {
  return (since ?? until ?? null) !== null;
}

/** Whether posts are looked for by a time, and by nothing that another index knows: the ranges of times give the page. */
export function isByTime(filter: PostFilter): boolean {
  const { author, publicKey, topic, replyTo, text } = filter;
  return hasTime(filter) && (author ?? publicKey ?? topic ?? replyTo ?? text ?? null) === null;
}

/** A count goes so far: that many posts, or more. An index counts the posts by one field alone, others are looked at. */
export function countedUpTo(filter: PostFilter): number {
  return isHeavy(filter) ? 1_000 : 10_000;
}

/** The list of totals that has the count of a filter, by one author or topic alone as of now; null: none has. */
export function keptTotal({ author, topic, ...others }: PostFilter): { kind: TotalKind; name: string } | null {
  if (!isOpen(others) || others.upTo != null) return null;
  if (author != null) return topic == null ? { kind: 'author', name: author } : null;
  return topic == null ? null : { kind: 'topic', name: topic };
}

function countFields({ upTo: _, ...filter }: PostFilter): number {
  return Object.values(filter).filter((value) => (value ?? false) !== false).length;
}
