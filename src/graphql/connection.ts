/** Relay connections (GraphQL Cursor Connections Specification): arguments, cursors and pages. */

import type { MaybePromise } from '@whatwg-node/promise-helpers';
import type { KeyRange, Place, Slice, TotalRecord } from '../store/ports.ts';
import { problem } from './errors.ts';
import { DEFAULT_PAGE, type Limits } from './limits.ts';

/** Arguments of a page, as Relay names them: `first` with `after`, or `last` with `before`. */
export interface PageArguments {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

/** An item with its cursor, which is computed when it is asked for. */
export interface Edge<Item> {
  cursor: () => MaybePromise<string>;
  node: Item;
}

/** A page of a list. */
export interface Connection<Item> {
  /** A function, like every field here that few operations ask for: the value is made only for those. */
  edges: () => Edge<Item>[];
  nodes: Item[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: () => MaybePromise<string> | null;
    endCursor: () => MaybePromise<string> | null;
  };
  totalCount: () => number | Promise<number>;
}

/** A kind of cursor. Clients must not read anything from its text, so it is opaque. */
interface CursorCodec<Key> {
  encode(key: Key): string;
  /** @throws GraphQLError CURSOR_INVALID. */
  decode(cursor: string): Key;
}

function codec<Key>(prefix: string, write: (key: Key) => string, read: (text: string) => Key | null): CursorCodec<Key> {
  return {
    encode: (key) => Buffer.from(`${prefix}:${write(key)}`).toString('base64url'),
    decode(cursor) {
      const text = Buffer.from(cursor, 'base64url').toString();
      const key = text.startsWith(`${prefix}:`) ? read(text.slice(prefix.length + 1)) : null;
      if (key === null) throw problem('CURSOR_INVALID', 'this cursor was not given out by this connection');
      return key;
    },
  };
}

const isHash = (text: string) => /^[0-9a-f]{64}$/.test(text);
const toNumber = (text: string | undefined) => (text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null);

/** A block of the chain, and so a place in its history: also what `chainChanged` resumes from. */
export const blockCursor = codec<string>('block', String, (text) => (isHash(text) ? text : null));

/** A pending post. */
export const pendingCursor = codec<string>('pending', String, (text) => (isHash(text) ? text : null));

/** A decision of the operator, by its number. */
export const decisionCursor = codec<number>('decision', String, (text) => toNumber(text));

/** A place in a list of authors or topics: posts and a name. */
export const totalCursor = codec<TotalRecord>(
  'total',
  ({ name, posts }) => `${posts}.${name}`,
  (text) => {
    const [, number, name] = /^(\d{1,10})\.(.+)$/su.exec(text) ?? [];
    return name === undefined ? null : { name, posts: Number(number) };
  },
);

/** A post's place on the chain, and the block that is there: another chain has other posts at the same places. */
export interface PlaceKey extends Place {
  block: string;
}

/** The cursor of a place on the chain: height, position in the block, and the hash of the block. */
export const placeCursor = codec<PlaceKey>(
  'place',
  ({ height, position, block }) => `${height}.${position}.${block}`,
  (text) => {
    const [first, second, block = ''] = text.split('.');
    const [height, position] = [toNumber(first), toNumber(second)];
    return height !== null && position !== null && isHash(block) ? { height, position, block } : null;
  },
);

/** A post's position within its block. */
export const positionCursor = codec<number>('position', String, (text) =>
  /^\d{1,4}$/.test(text) ? Number(text) : null,
);

/**
 * Checks the arguments of a connection.
 * @throws GraphQLError PAGE_INVALID, PAGE_TOO_LARGE, CURSOR_INVALID.
 */
export function readRange<Key>(args: PageArguments, cursors: CursorCodec<Key>, limits: Limits): KeyRange<Key> {
  const { first, last, after, before } = args;
  if (first != null && last != null) throw problem('PAGE_INVALID', 'give first or last, not both');
  const limit = first ?? last ?? DEFAULT_PAGE;
  if (limit < 1) throw problem('PAGE_INVALID', 'a page has at least 1 edge');
  if (limit > limits.maxPage)
    throw problem('PAGE_TOO_LARGE', `a page has at most ${limits.maxPage} edges, not ${limit}`);
  return {
    limit,
    fromEnd: last != null,
    after: after == null ? null : cursors.decode(after),
    before: before == null ? null : cursors.decode(before),
  };
}

/** A page for a slice that was read for this range. `totalCount` is counted when it is asked for. */
export function connect<Item>(
  slice: Slice<Item>,
  range: KeyRange<unknown>,
  cursorOf: (item: Item) => MaybePromise<string>,
  totalCount: () => number | Promise<number>,
): Connection<Item> {
  const { items } = slice;
  const cursorAt = (index: number) => {
    const item = items.at(index);
    return item === undefined ? null : cursorOf(item);
  };
  return {
    edges: () => items.map((node) => ({ cursor: () => cursorOf(node), node })),
    nodes: items,
    pageInfo: {
      hasNextPage: range.fromEnd ? range.before !== null : slice.more,
      hasPreviousPage: range.fromEnd ? slice.more : range.after !== null,
      startCursor: () => cursorAt(0),
      endCursor: () => cursorAt(-1),
    },
    totalCount,
  };
}

/** A page of a list that is in memory, which is not copied but for the page. */
export function sliceList<Item>(
  items: { readonly length: number; slice(from: number, to: number): Item[] },
  { after, before, limit, fromEnd }: KeyRange<number>,
): Slice<Item> {
  const from = after === null ? 0 : after + 1;
  const to = Math.max(from, before ?? items.length);
  const page = fromEnd ? items.slice(Math.max(from, to - limit), to) : items.slice(from, Math.min(to, from + limit));
  return { items: page, more: to - from > limit };
}
