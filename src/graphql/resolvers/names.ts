/** Names: who has them and their posts, lists of authors and topics, and names that are like another. */

import type { Slice, TotalKind, TotalRecord } from '../../store/ports.ts';
import { readAsOf } from '../asOf.ts';
import { connect, type PageArguments, readRange, totalCursor } from '../connection.ts';
import type { Context } from '../context.ts';
import { problem } from '../errors.ts';
import type {
  AuthorConnectionResolvers,
  AuthorKeyResolvers,
  AuthorResolvers,
  QueryResolvers,
  TopicConnectionResolvers,
  TopicResolvers,
  TotalOrder,
} from '../generated/resolvers.ts';
import { pageInParts } from '../parts.ts';
import { mustFind, type ShownAuthor } from '../records.ts';
import { postsPage } from './posts.ts';

/** The most names in an answer that is not paged. */
const FOUND = 10;
/** Names of one skeleton that are looked at. */
const MOST_ALIKE = 100;

export const nameQueries = {
  async authors(_, args, context) {
    const { slice, range } = await totalsPage('author', args, context);
    const posts = new Map(slice.items.map(({ name, posts: count }) => [name, count]));
    const items = await authorsOf(context, [...posts.keys()]);
    const cursorOf = ({ name }: ShownAuthor) => totalCursor.encode({ name, posts: posts.get(name) ?? 0 });
    return connect({ ...slice, items }, range, cursorOf, () => context.reader.countTotals('author'));
  },

  async topics(_, args, context) {
    const { slice, range } = await totalsPage('topic', args, context);
    return connect(slice, range, totalCursor.encode, () => context.reader.countTotals('topic'));
  },

  async authorsByPrefix(_, { prefix }, context) {
    checkName('a prefix', prefix);
    return authorsOf(context, await context.reader.namesByPrefix(prefix, FOUND));
  },

  async lookalikes(_, { name }, context) {
    checkName('a name', name);
    const names = await context.reader.namesLike(name, MOST_ALIKE);
    const alike = names.filter((other) => context.isLookalike(other, name));
    return authorsOf(context, alike.slice(0, FOUND));
  },
} satisfies Pick<QueryResolvers, 'authors' | 'topics' | 'authorsByPrefix' | 'lookalikes'>;

/** Keeps the names that are bound on the chain, in the given order. */
export async function authorsOf({ reader }: Context, names: readonly string[]): Promise<ShownAuthor[]> {
  const authors = await reader.authorsByName(names);
  return names.flatMap((name) => authors.get(name) ?? []);
}

async function totalsPage(
  kind: TotalKind,
  { order, ...args }: PageArguments & { order: TotalOrder },
  { reader, limits }: Context,
) {
  const range = readRange(args, totalCursor, limits);
  const slice: Slice<TotalRecord> = await reader.totals(kind, range, order === 'NAME' ? 'name' : 'most-posts');
  return { slice, range };
}

function checkName(what: string, name: string): void {
  if (name === '' || Buffer.byteLength(name) > 64) throw problem('BAD_USER_INPUT', `${what} has 1 to 64 bytes`);
}

export const Author: AuthorResolvers = {
  since: ({ height }, _, { loaders }) => mustFind(loaders.blockByHeight.load(height)),
  keys({ name, asOf }, { first, skip }, context) {
    const { reader, limits } = context;
    const limit = first ?? limits.maxPage;
    if (limit > limits.maxPage) throw problem('PAGE_TOO_LARGE', `at most ${limits.maxPage} keys at once`);
    return readAsOf(context, asOf, (upTo) => reader.authorKeys(name, limit, skip, upTo ?? undefined));
  },
  keyCount: ({ name, asOf }, _, context) =>
    readAsOf(context, asOf, (upTo) => context.reader.countAuthorKeys(name, upTo ?? undefined)),
  postCount: async ({ name }, _, { loaders }) => (await loaders.authorPosts.load(name)) ?? 0,
  posts: ({ name, asOf }, args, context) => postsPage(context, { author: name }, { ...args, asOf }, 'newest-first'),
};

export const Topic: TopicResolvers = {
  postCount: ({ posts }) => posts,
  posts: ({ name }, args, context) => postsPage(context, { topic: name }, args, 'newest-first'),
};

export const AuthorKey: AuthorKeyResolvers = {
  since: ({ height }, _, { loaders }) => mustFind(loaders.blockByHeight.load(height)),
  until: ({ until }, _, { loaders }) => (until === null ? null : loaders.blockByHeight.load(until)),
  post: ({ postId }, _, { loaders }) => mustFind(loaders.postById.load(postId)),
};

export const AuthorConnection: AuthorConnectionResolvers = pageInParts;
export const TopicConnection: TopicConnectionResolvers = pageInParts;
