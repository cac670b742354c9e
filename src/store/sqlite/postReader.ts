/** The API's reads of posts. Those that may be long are run by threads, and can be ended under way. */
import type { Hash } from '../../domain/bytes.ts';
import { rowsToSlice } from '../model/pages.ts';
import { isHeavy } from '../model/postFilter.ts';
import { type RowContext, rowToPost } from '../model/rows.ts';
import type { BlockRecord, KeyRange, PostFilter, PostReader, PostRecord, Reader } from '../ports.ts';
import { readBlocksAt } from './blocksAt.ts';
import {
  type BlockPostRow,
  blockPostsSql,
  type PostQuery,
  postsByIdSql,
  type Row,
  runQuery,
  supersedingSql,
  versionsSql,
} from './postQueries.ts';
import type { ReaderThreads } from './readerThreads.ts';
import type { SqliteTextSearch } from './search/textSearch.ts';
import type { SqlReader } from './sqlReader.ts';

/** Posts of a block read before other work gets a turn of the event loop. */
const POSTS_A_SLICE = 250;

export interface PostSources extends RowContext {
  reader: SqlReader;
  threads: ReaderThreads;
  /** Null where nothing is written, and so no text is looked for. */
  texts: SqliteTextSearch | null;
}

/** Reads posts: many at once in one query, pages by key. */
export class SqlitePostReader implements PostReader {
  readonly #sources: PostSources;

  constructor(sources: PostSources) {
    this.#sources = sources;
  }

  postsById: Reader['postsById'] = async (ids) => {
    const rows = this.#sources.reader.readNow<Row>(postsByIdSql(ids));
    const toPost = this.#toPost(rows);
    return new Map(rows.map((row) => [row.id, toPost(row)]));
  };

  posts: Reader['posts'] = async (filter, range, order, signal) => {
    const rows = await this.#run<Row>({ kind: 'posts', filter, range, order }, filter, signal);
    return rowsToSlice(rows, range, this.#toPost(rows));
  };

  countPosts: Reader['countPosts'] = async (filter, signal) => {
    const [row] = await this.#run<{ count: number }>({ kind: 'count', filter }, filter, signal);
    return row?.count ?? 0;
  };

  supersededBy: Reader['supersededBy'] = async (ids) => {
    const rows = this.#sources.reader.readNow<Row>(supersedingSql(ids));
    const toPost = this.#toPost(rows);
    return new Map(rows.map((row) => [row.supersedes as Hash, toPost(row)]));
  };

  versions: Reader['versions'] = async (id, limit) => {
    const rows = this.#sources.reader.readNow<Row>(versionsSql(id, limit));
    return rows.map(this.#toPost(rows));
  };

  blockPosts: Reader['blockPosts'] = async (hash, range, signal) => {
    const rows = await this.#readBlock(hash, range, signal);
    const toPost = this.#toPost(rows);
    // The position is the one in this block, which may stand on another branch than the best chain and so than its place.
    return rowsToSlice(rows, range, (row) => ({ ...toPost(row), position: row.blockPosition }));
  };

  blockIds: Reader['blockIds'] = async (hash, signal) => {
    const rows = await this.#sources.threads.run<{ id: Hash }>({ kind: 'ids', hash }, signal);
    return rows.map(({ id }) => id);
  };

  /** A caller who looks for a text finds it in all posts that were stored when they asked. */
  async #run<Result>(query: PostQuery, filter: PostFilter, signal: AbortSignal | undefined): Promise<Result[]> {
    const { reader, threads, texts } = this.#sources;
    signal?.throwIfAborted();
    if ((filter.text ?? null) !== null) await texts?.ready();
    if (isHeavy(filter)) return threads.run<Result>(query, signal);
    return runQuery(reader, query) as Result[];
  }

  /** The rows of a page of a block, and one more when there is more; a long page in slices. */
  async #readBlock(hash: Hash, range: KeyRange<number>, signal: AbortSignal | undefined): Promise<BlockPostRow[]> {
    const rows: BlockPostRow[] = [];
    for (let next = range; ; ) {
      signal?.throwIfAborted();
      const wanted = Math.min(range.limit + 1 - rows.length, POSTS_A_SLICE);
      const slice = this.#sources.reader.readNow<BlockPostRow>(blockPostsSql(hash, { ...next, limit: wanted - 1 }));
      rows.push(...slice);
      const last = slice.at(-1);
      if (!last || slice.length < wanted || rows.length > range.limit) return rows;
      next = range.fromEnd ? { ...next, before: last.blockPosition } : { ...next, after: last.blockPosition };
      await new Promise(setImmediate);
    }
  }

  /** The blocks of rows that were read together are read together, too: all of them as soon as one is asked for. */
  #toPost(rows: readonly Row[]): (row: Row) => PostRecord {
    const { reader } = this.#sources;
    let blocks: Map<number, BlockRecord> | null = null;
    const blockAt = (height: number) => {
      blocks ??= readBlocksAt(reader, new Set(rows.flatMap((row) => row.height ?? [])));
      return blocks.get(height) ?? null;
    };
    return (row) => rowToPost(row, this.#sources, blockAt);
  }
}
