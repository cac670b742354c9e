/** What a filter of posts asks for, whatever the database. */
import type { PostFilter, TotalKind } from '../ports.ts';

/** Whether every post on the chain, up to the filter's `upTo`, passes the filter. */
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

/** Whether the ranges of times give the page: the filter has a time and no field that another index serves. */
export function isByTime(filter: PostFilter): boolean {
  const { author, publicKey, topic, replyTo, text } = filter;
  return hasTime(filter) && (author ?? publicKey ?? topic ?? replyTo ?? text ?? null) === null;
}

/** The number at which a count of posts stops. An index counts posts by one field; by others each post is read. */
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
