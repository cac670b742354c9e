/** Reading posts and authors, page by page where there are many. */
import { AUTHOR, POST, POSTS } from './documents.ts';
import type {
  ClientAuthorQuery,
  ClientPostsQueryVariables,
  ReadPostFragment,
  TransactionFilter,
} from './generated/graphql.ts';
import type { Document, RequestOptions } from './request.ts';

/** A post with its place on the chain. `block` and `position` are null while it is pending. */
export type ReadPost = ReadPostFragment;

/** A name, the key that it is bound to on the best chain, and the block that bound it. */
export type Author = NonNullable<ClientAuthorQuery['author']>;

/** Which posts to read: all fields that are given must match. See `TransactionFilter` of the schema. */
export type PostFilter = TransactionFilter;

/** What {@link Client.posts} reads, and in which order. */
export interface PostsWish {
  /** Default: all posts on the best chain. */
  filter?: PostFilter | undefined;
  /** Default: the newest first. */
  order?: 'NEWEST_FIRST' | 'OLDEST_FIRST' | undefined;
  /**
   * Hash of a block of the best chain: the posts as they stood there, all pages of one chain. The node refuses with
   * `CURSOR_DETACHED` when the block has left the chain. Default: as of now, page by page.
   */
  asOf?: string | undefined;
  /** Posts of a request, 1 to 100. Default 100. */
  pageSize?: number | undefined;
  /** Ends the reading, which then throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Posts that are fetched as they are read: `for await (const post of list)`. Each loop begins at the front. */
export interface PostList extends AsyncIterable<ReadPost> {
  /** The same posts, a page at a time, none of them empty. */
  pages(): AsyncGenerator<readonly ReadPost[], void>;
}

/** Asks the node, as {@link Client.request} does. */
type Ask = <Data, Variables>(
  document: Document<Data, Variables>,
  variables: Variables,
  options?: RequestOptions,
) => Promise<Data>;

const PAGE_SIZE = 100;

/** Makes a list that asks for its pages when they are read. See {@link Client.posts}. */
export function listPosts(ask: Ask, wish: PostsWish): PostList {
  const { filter = {}, order = 'NEWEST_FIRST', asOf = null, pageSize = PAGE_SIZE, signal } = wish;
  async function* pages(): AsyncGenerator<readonly ReadPost[], void> {
    for (let after: string | null = null, more = true; more; ) {
      const variables: ClientPostsQueryVariables = { filter, order, asOf, first: pageSize, after };
      const { transactions } = await ask(POSTS, variables, { signal });
      if (transactions.nodes.length > 0) yield transactions.nodes;
      ({ hasNextPage: more, endCursor: after = null } = transactions.pageInfo);
    }
  }
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page;
    },
  };
}

/** See {@link Client.post}. */
export async function readPost(ask: Ask, id: string, options: RequestOptions): Promise<ReadPost | null> {
  return (await ask(POST, { id }, options)).transaction ?? null;
}

/** See {@link Client.author}. */
export async function readAuthor(ask: Ask, name: string, options: RequestOptions): Promise<Author | null> {
  return (await ask(AUTHOR, { name }, options)).author ?? null;
}
