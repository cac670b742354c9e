/** The API's reads of posts. */
import type { Hash } from '../../domain/bytes.ts';
import { rowsToSlice } from '../model/pages.ts';
import { type RowContext, rowToPost } from '../model/rows.ts';
import type { BlockRecord, PostRecord, Reader } from '../ports.ts';
import { readBlocksAt } from './blocksAt.ts';
import { type DecidedPostRow, toDecidedRow } from './columns.ts';
import type { Prisma } from './generated/client.ts';
import {
  blockIdsSql,
  blockPostsSql,
  countSql,
  isByShortWords,
  nearPostsSql,
  postsByIdSql,
  postsSql,
  rarePostsSql,
  supersedingSql,
  versionsSql,
} from './postQueries.ts';
import type { SqlReader } from './sqlReader.ts';

export type PostReader = Pick<
  Reader,
  'postsById' | 'posts' | 'countPosts' | 'blockPosts' | 'blockIds' | 'supersededBy' | 'versions'
>;

export class PostgresPostReader implements PostReader {
  readonly #reader: SqlReader;
  readonly #context: RowContext;

  constructor(reader: SqlReader, context: RowContext) {
    this.#reader = reader;
    this.#context = context;
  }

  postsById: Reader['postsById'] = async (ids) => {
    const posts = await this.#read(postsByIdSql(ids));
    return new Map(posts.map(({ row, post }) => [row.id, post]));
  };

  posts: Reader['posts'] = async (filter, range, order, signal) => {
    const read = async (sql: typeof postsSql) => this.#read(sql(filter, range, order), signal);
    let posts = await read(isByShortWords(filter) ? nearPostsSql : postsSql);
    if (isByShortWords(filter) && posts.length <= range.limit) posts = await read(rarePostsSql);
    return rowsToSlice(posts, range, ({ post }) => post);
  };

  countPosts: Reader['countPosts'] = async (filter, signal) => {
    const [row] = await this.#reader.rows<{ count: number }>(countSql(filter), signal);
    return row?.count ?? 0;
  };

  supersededBy: Reader['supersededBy'] = async (ids) => {
    const posts = await this.#read(supersedingSql(ids));
    return new Map(posts.map(({ row, post }) => [row.supersedes as Hash, post]));
  };

  versions: Reader['versions'] = async (id, limit) =>
    (await this.#read(versionsSql(id, limit))).map(({ post }) => post);

  blockPosts: Reader['blockPosts'] = async (hash, range, signal) => {
    const posts = await this.#read<DecidedPostRow & { blockPosition: number }>(blockPostsSql(hash, range), signal);
    // The position is the one in this block, which may stand on another branch than the best chain and so than its place.
    return rowsToSlice(posts, range, ({ row, post }) => ({ ...post, position: row.blockPosition }));
  };

  blockIds: Reader['blockIds'] = async (hash, signal) => {
    const rows = await this.#reader.rows<{ id: Hash }>(blockIdsSql(hash), signal);
    return rows.map(({ id }) => id);
  };

  /** The blocks of posts that were read together are read together, too: all of them as soon as one is asked for. */
  async #read<Row extends DecidedPostRow = DecidedPostRow>(
    query: Prisma.Sql,
    signal?: AbortSignal,
  ): Promise<{ row: Row; post: PostRecord }[]> {
    const rows = await this.#reader.rows<Row>(query, signal);
    let blocks: Promise<Map<number, BlockRecord>> | null = null;
    const blockAt = async (height: number) => {
      blocks ??= readBlocksAt(this.#reader, [...new Set(rows.flatMap((row) => row.height ?? []))]);
      return (await blocks).get(height) ?? null;
    };
    return rows.map((row) => ({ row, post: rowToPost(toDecidedRow(row), this.#context, blockAt) }));
  }
}
