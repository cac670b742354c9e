/** Lists of authors and topics with their posts, whatever the database. */
import type { TotalKind, TotalOrder, TotalRecord } from '../ports.ts';

/** A row of `AuthorTotal` or `TopicTotal`: the number of posts, negated, so that most posts come first in an index. */
export interface TotalRow {
  name: string;
  rank: number;
}

export const TOTAL_TABLES: Readonly<Record<TotalKind, string>> = { author: 'AuthorTotal', topic: 'TopicTotal' };

/** The number at which a count of authors or topics stops. */
export const COUNTED_NAMES = 10_000;

/** `rank` is the number of posts, negative, so that the index runs from the most posts to the fewest. */
export const rowToTotal = ({ name, rank }: TotalRow): TotalRecord => ({ name, posts: -rank });

/** The columns of the index that a list is read along, and a record as values for them. */
export function totalKey(order: TotalOrder): { columns: string[]; values(key: TotalRecord): (number | string)[] } {
  return order === 'name'
    ? { columns: ['"name"'], values: ({ name }) => [name] }
    : { columns: ['"rank"', '"name"'], values: ({ name, posts }) => [-posts, name] };
}
