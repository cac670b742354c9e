/** The API's reads of posts. */
import type { Hash } from '../../domain/bytes.ts';
import type { StandingPost } from '../../serve/ports.ts';
import { rowsToSlice } from '../model/pages.ts';
import { isHeavy } from '../model/postFilter.ts';
import { type RowContext, rowToBlock, rowToPost } from '../model/rows.ts';
import type { BlockRecord, PostFilter, PostReader, PostRecord, Reader } from '../ports.ts';
import { type DecidedPostRow, toDecidedRow, toHolder } from './columns.ts';
import type { Prisma } from './generated/client.ts';
import {
  blockIdsSql,
  blockPostsSql,
  countSql,
  postsByIdSql,
  postsSql,
  standingSql,
  supersedingSql,
  versionsSql,
} from './postQueries.ts';
import type { SqlReader } from './sqlReader.ts';
import { countFoundPosts, readFoundPosts } from './textReader.ts';

/** Reads posts of the copy: many at once in one query, pages by key. */
export class PostgresPostReader implements PostReader {
  readonly #reader: SqlReader;
  readonly #searches: SqlReader;
  readonly #context: RowContext;

  /** @param searches reads posts that hold a text. */
  constructor(reader: SqlReader, context: RowContext, searches = reader) {
    this.#reader = reader;
    this.#searches = searches;
    this.#context = context;
  }

  postsById: Reader['postsById'] = async (ids) => {
    const posts = await this.#read(postsByIdSql(ids));
    return new Map(posts.map(({ row, post }) => [row.id, post]));
  };

  posts: Reader['posts'] = async (filter, range, order, signal) => {
    const rows =
      filter.text == null
        ? this.#reader[rowsFor(filter)]<DecidedPostRow>(postsSql({ ...filter, text: null }, range, order), signal)
        : readFoundPosts(this.#searches, filter, range, order, signal);
    return rowsToSlice(await rows, range, (row) => this.#toPost(row));
  };

  countPosts: Reader['countPosts'] = async (filter, signal) => {
    if (filter.text != null) return countFoundPosts(this.#searches, filter, signal);
    const [row] = await this.#reader[rowsFor(filter)]<{ count: number }>(countSql({ ...filter, text: null }), signal);
    return row?.count ?? 0;
  };

  supersededBy: Reader['supersededBy'] = async (ids) => {
    const posts = await this.#read(supersedingSql(ids));
    return new Map(posts.map(({ row, post }) => [row.supersedes as Hash, post]));
  };

  /** Posts by their ids, and whether they are pending; null: all that are. In order of arrival. */
  standing = async (ids: readonly Hash[] | null): Promise<StandingPost[]> => {
    const posts = await this.#read<DecidedPostRow & { isPending: boolean }>(standingSql(ids));
    return posts.map(({ row: { isPending }, post }) => ({ post, isPending }));
  };

  versions: Reader['versions'] = async (id, limit) =>
    (await this.#read(versionsSql(id, limit))).map(({ post }) => post);

  blockPosts: Reader['blockPosts'] = async (hash, range, signal) => {
    const query = blockPostsSql(hash, range);
    const rows = await this.#reader.rows<DecidedPostRow & { blockPosition: number }>(query, signal);
    // The position is the one in this block, which may stand on another branch than the best chain and so than its place.
    return rowsToSlice(rows, range, (row) => ({ ...this.#toPost(row), position: row.blockPosition }));
  };

  blockIds: Reader['blockIds'] = async (hash, signal) => {
    const rows = await this.#reader.rows<{ id: Hash }>(blockIdsSql(hash), signal);
    return rows.map(({ id }) => id);
  };

  async #read<Row extends DecidedPostRow = DecidedPostRow>(
    query: Prisma.Sql,
  ): Promise<{ row: Row; post: PostRecord }[]> {
    const rows = await this.#reader.rows<Row>(query);
    return rows.map((row) => ({ row, post: this.#toPost(row) }));
  }

  #toPost(row: DecidedPostRow): PostRecord {
    return rowToPost(toDecidedRow(row), this.#context, () => holderOf(row));
  }
}

function holderOf(row: DecidedPostRow): BlockRecord | null {
  const holder = toHolder(row);
  return holder && rowToBlock(holder);
}

const rowsFor = (filter: PostFilter) => (isHeavy(filter) ? 'longRows' : 'rows');
