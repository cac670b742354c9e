/** The chain's port over the database. It keeps nothing in memory: the chain caches its own tip and entries. */
import type { Binding, ChainStore, IndexEntry, Revealed, SideRoom, TipMove } from '../../chain/ports.ts';
import { type Block, buildBlock } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { RuleReason } from '../../domain/errors.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { extensionOf, type LateBlock, LateBlocks, withLate } from '../model/lateBlocks.ts';
import { BLOCK_COLUMNS, type BlockRow, type PostRow, rowToEntry, rowToTransaction } from '../model/rows.ts';
import { makeSideRoom } from '../model/sideBlocks.ts';
import type { ChainStoreOptions } from '../ports.ts';
import { POST_COLUMNS } from './columns.ts';
import { contentStates, fillContents } from './contents.ts';
import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';
import { sideBlocksIn } from './sideBlocks.ts';
import { listOf } from './storePosts.ts';
import { storeBlock, writeTipMove } from './tipMove.ts';

/** Key of the fact that the first synchronisation is over. */
const SYNCHRONISED = 'synchronised';

/** The chain on disk. The tip and entries are kept in memory; all else is read when it is asked for. */
export class SqliteChainStore implements ChainStore {
  readonly #options: ChainStoreOptions;
  readonly #database: Database;

  constructor(options: ChainStoreOptions, database: Database) {
    this.#options = options;
    this.#database = database;
  }

  async tip(): Promise<IndexEntry> {
    const [row] = await this.#database.reader.$queryRaw<[BlockRow]>`
      SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" IS NOT NULL ORDER BY b."bestHeight" DESC LIMIT 1`;
    return rowToEntry(row);
  }

  async entry(hash: Hash): Promise<IndexEntry | null> {
    const rows = await this.#database.reader.$queryRaw<BlockRow[]>`
      SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."hash" = ${hash}`;
    return rows[0] ? rowToEntry(rows[0]) : null;
  }

  async bestHash(height: number): Promise<Hash | null> {
    const rows = await this.#database.reader.$queryRaw<{ hash: Hash }[]>`
      SELECT "hash" FROM "Block" WHERE "bestHeight" = ${height}`;
    return rows[0]?.hash ?? null;
  }

  /** Includes withheld contents: the chain's own checks need them. */
  async block(hash: Hash): Promise<Block | null> {
    const entry = await this.entry(hash);
    if (!entry) return null;
    const rows = await this.#database.reader.$queryRaw<PostRow[]>`
      SELECT ${POST_COLUMNS} FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
      JOIN "Post" p ON p."seq" = bp."postSeq" WHERE b."hash" = ${hash} ORDER BY bp."position"`;
    const posts = rows.map((row) => rowToTransaction(row, this.#options.network));
    return buildBlock(entry.header, posts);
  }

  async bindings(names: readonly string[], height = Number.MAX_SAFE_INTEGER): Promise<Map<string, Binding>> {
    const rows = await this.#database.reader.$queryRaw<Binding[]>`
      SELECT b."name", b."publicKey", b."successor", b."height", b."position"
      FROM json_each(${JSON.stringify([...new Set(names)])}) n CROSS JOIN "Binding" b ON b."rowid" = (
        SELECT "rowid" FROM "Binding" WHERE "name" = n.value AND "height" <= ${height}
        ORDER BY "height" DESC, "position" DESC LIMIT 1)`;
    return new Map(rows.map((row) => [row.name, row]));
  }

  async heights(ids: readonly Hash[]): Promise<Map<Hash, number>> {
    // The pool asks for one with each post, and a list is read as a table.
    const isAsked = ids.length === 1 ? Prisma.sql`= ${ids[0]}` : Prisma.sql`IN (${listOf(ids)})`;
    const rows = await this.#database.reader.$queryRaw<{ id: Hash; height: number }[]>`
      SELECT "id", "height" FROM "Post" WHERE "id" ${isAsked} AND "height" IS NOT NULL`;
    return new Map(rows.map(({ id, height }) => [id, height]));
  }

  async reveal(transactions: readonly Transaction[]): Promise<Map<Hash, Revealed>> {
    const states = await contentStates(this.#database.reader, transactions);
    const lacking = transactions.filter(({ id }) => states.get(id) === 'missing');
    const filled = lacking.length > 0 ? await this.#database.write((tx) => fillContents(tx, lacking)) : [];
    const revealed = new Set(filled);
    return new Map(
      [...states].map(([id, state]) => [id, revealed.has(id) ? 'revealed' : state === 'missing' ? 'here' : state]),
    );
  }

  async addSideBlock(block: Block, entry: IndexEntry, room: SideRoom): Promise<Hash[] | null> {
    return this.#database.write(async (tx) => {
      const pruned = await makeSideRoom(sideBlocksIn(tx), block, entry, room);
      if (pruned) await storeBlock(tx, block, entry);
      return pruned;
    });
  }

  async isSynchronised(): Promise<boolean> {
    const rows = await this.#database.reader.$queryRaw<unknown[]>`SELECT 1 FROM "Meta" WHERE "key" = ${SYNCHRONISED}`;
    return rows.length > 0;
  }

  async markSynchronised(): Promise<void> {
    await this.#database.write(
      (tx) => tx.$executeRaw`INSERT OR IGNORE INTO "Meta" ("key", "value") VALUES (${SYNCHRONISED}, 'yes')`,
    );
  }

  async moveTip(move: TipMove): Promise<void> {
    const { isLate = false } = move;
    await this.#database.write((tx) => writeTipMove(tx, move, this.#options.skeletonOf), { isLate });
  }

  /** Stores blocks on top of the tip, the lowest first, in one transaction for which nobody waits. */
  async writeLate(blocks: readonly LateBlock[]): Promise<void> {
    await this.#database.write(
      async (tx) => {
        for (const { block, entry, bindings } of blocks)
          await writeTipMove(tx, { block, detached: [], attached: [entry], bindings }, this.#options.skeletonOf);
      },
      { isLate: true },
    );
  }

  async markInvalid(hash: Hash, reason: RuleReason): Promise<void> {
    await this.#database.write(
      (tx) => tx.$executeRaw`
        WITH RECURSIVE bad (hash) AS (
          VALUES (${hash}) UNION SELECT b."hash" FROM bad CROSS JOIN "Block" b ON b."previousHash" = bad.hash)
        UPDATE "Block" SET "fault" = ${reason} WHERE "hash" IN (SELECT hash FROM bad) AND "fault" IS NULL`,
    );
  }
}

/** The chain's port where nobody waits for any block: those on top of the tip share commits. */
export interface LateChain extends ChainStore {
  /** Resolves when all is written. */
  flush(): Promise<void>;
}

/** The same store for `import`: blocks are gathered, and written many at a time. */
export function createLateChain(chain: SqliteChainStore): LateChain {
  const late = new LateBlocks((blocks) => chain.writeLate(blocks));
  /** Other writes depend on the gathered blocks, so those are written first. */
  const after = async <Result>(work: () => Promise<Result>) => {
    await late.flush();
    return work();
  };
  return {
    ...withLate(chain, late),
    moveTip(move) {
      const extension = extensionOf(move);
      return extension ? late.add(extension) : after(() => chain.moveTip(move));
    },
    reveal: (transactions) => after(() => chain.reveal(transactions)),
    addSideBlock: (block, entry, room) => after(() => chain.addSideBlock(block, entry, room)),
    isSynchronised: () => chain.isSynchronised(),
    markSynchronised: () => after(() => chain.markSynchronised()),
    markInvalid: (hash, reason) => after(() => chain.markInvalid(hash, reason)),
    flush: () => late.flush(),
  };
}
