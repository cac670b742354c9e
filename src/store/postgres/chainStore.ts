/** The chain's port over the archive's database, so that its blocks pass the same door as those of a node. */
import type { Binding, ChainReads, ChainStore, IndexEntry, Revealed, SideRoom, TipMove } from '../../chain/ports.ts';
import { type Block, buildBlock } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { RuleReason } from '../../domain/errors.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { extensionOf, type LateBlock, type LateBlocks, withLate } from '../model/lateBlocks.ts';
import { BLOCK_COLUMNS, type BlockRow, rowToEntry, rowToTransaction } from '../model/rows.ts';
import { makeSideRoom } from '../model/sideBlocks.ts';
import type { ChainStoreOptions } from '../ports.ts';
import { StoreError } from '../storeError.ts';
import { changesOf, noteChanges } from './changes.ts';
import { POST_COLUMNS, type StoredPostRow, toPostRow } from './columns.ts';
import type { Database, Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { loadBlocks } from './loadBlocks.ts';
import { TIP_SQL } from './reader.ts';
import { sideBlocksIn } from './sideBlocks.ts';
import type { SqlReader } from './sqlReader.ts';
import { storeTexts } from './storePosts.ts';
import { storeBlock, writeTipMove } from './tipMove.ts';

/** The part that reads. */
export function createChainReads(reader: SqlReader, network: Hash): ChainReads {
  const entryBy = async (query: Prisma.Sql) => {
    const [row] = await reader.rows<BlockRow>(query);
    return row ? rowToEntry(row) : null;
  };
  const entry = (hash: Hash) => entryBy(Prisma.sql`SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."hash" = ${hash}`);
  return {
    entry,
    async tip() {
      const tip = await entryBy(TIP_SQL);
      if (!tip) throw new StoreError('no-database', 'The database holds no chain yet.');
      return tip;
    },
    async bestHash(height) {
      const [row] = await reader.rows<{ hash: Hash }>(Prisma.sql`
        SELECT "hash" FROM "Block" WHERE "bestHeight" = ${height}::int8`);
      return row?.hash ?? null;
    },
    async block(hash) {
      const found = await entry(hash);
      return found && buildBlock(found.header, await readPosts(reader, hash, network));
    },
    async bindings(names, height = Number.MAX_SAFE_INTEGER) {
      const rows = await reader.rows<Binding>(Prisma.sql`
        SELECT DISTINCT ON ("name") "name", "publicKey", "successor", "height", "position" FROM "Binding"
        WHERE "name" = ANY(${[...new Set(names)]}::text[]) AND "height" <= ${height}::int8
        ORDER BY "name", "height" DESC, "position" DESC`);
      return new Map(rows.map((row) => [row.name, row]));
    },
    async heights(ids) {
      const rows = await reader.rows<{ id: Hash; height: number }>(Prisma.sql`
        SELECT "id", "height" FROM "Post" WHERE "id" = ANY(${ids}::text[]) AND "height" IS NOT NULL`);
      return new Map(rows.map(({ id, height }) => [id, height]));
    },
  };
}

/** Includes withheld contents: the chain's own checks need them. */
async function readPosts(reader: SqlReader, hash: Hash, network: Hash): Promise<Transaction[]> {
  const rows = await reader.rows<StoredPostRow>(Prisma.sql`
    SELECT ${POST_COLUMNS} FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
    JOIN "Post" p ON p."seq" = bp."postSeq" WHERE b."hash" = ${hash} ORDER BY bp."position"`);
  return rows.map((row) => rowToTransaction(toPostRow(row), network));
}

/** @param late blocks that are written by {@link writeLate}. */
export function createChainStore(options: ChainStoreOptions, database: Database, late: LateBlocks): ChainStore {
  const { network, skeletonOf } = options;
  /** Other writes depend on the gathered blocks, so those are written first. */
  const write = async <Result>(work: (tx: Tx) => Promise<Result>, isLate = false) => {
    await late.flush();
    return database.write(work, isLate);
  };
  return {
    ...withLate(createChainReads(database.reader, network), late),
    reveal: (transactions) => write((tx) => fillContents(tx, transactions)),
    addSideBlock: (block: Block, entry: IndexEntry, room: SideRoom) =>
      write(async (tx) => {
        const gone = await makeSideRoom(sideBlocksIn(tx), block, entry, room);
        if (gone) await storeBlock(tx, block, entry);
        return gone;
        // The block is on the way to a better chain, and is written with the last block of that.
      }, room.maxBytes === Number.POSITIVE_INFINITY),
    isSynchronised: async () => true,
    markSynchronised: async () => {},
    async moveTip(move: TipMove) {
      const extension = move.isLate ? extensionOf(move) : null;
      if (extension) await late.add(extension);
      else await write((tx) => writeTipMove(tx, move, skeletonOf), move.isLate);
    },
    markInvalid: (hash: Hash, reason: RuleReason) =>
      write(async (tx) => {
        await tx.$executeRaw`
          WITH RECURSIVE bad (hash) AS (
            SELECT "hash" FROM "Block" WHERE "hash" = ${hash} UNION SELECT b."hash" FROM bad JOIN "Block" b ON b."previousHash" = bad.hash)
          UPDATE "Block" SET "fault" = ${reason} WHERE "hash" IN (SELECT hash FROM bad) AND "fault" IS NULL`;
      }),
  };
}

/** Writes blocks that were gathered: at once where all of their posts are new, else each by itself. */
export function writeLate({ skeletonOf }: ChainStoreOptions, database: Database, late: readonly LateBlock[]) {
  return database.write(async (tx) => {
    if (await loadBlocks(tx, late, skeletonOf)) return;
    for (const { block, entry, bindings } of late)
      await writeTipMove(tx, { block, detached: [], attached: [entry], bindings }, skeletonOf);
  }, true);
}

type ContentState = Revealed | 'missing';

async function fillContents(tx: Tx, posts: readonly Transaction[]): Promise<Map<Hash, Revealed>> {
  const ids = posts.map(({ id }) => id);
  const rows = await tx.$queryRaw<{ id: Hash; state: ContentState }[]>`
    SELECT "id", CASE WHEN "withheld" THEN 'withheld' WHEN "content" IS NULL THEN 'missing' ELSE 'here' END AS "state"
    FROM "Post" WHERE "id" = ANY(${ids}::text[])`;
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  const lacking = posts.filter(({ id, opening }) => opening && states.get(id) === 'missing');
  const revealed = lacking.map(({ id }) => id);
  if (lacking.length > 0) {
    await tx.$executeRaw`
      UPDATE "Post" p SET "content" = t.content, "salt" = t.salt
      FROM unnest(${revealed}::text[],
        ${lacking.map(({ opening }) => Buffer.from(opening?.content ?? ''))}::bytea[],
        ${lacking.map(({ opening }) => opening?.salt ?? null)}::text[]) t (id, content, salt) WHERE p."id" = t.id`;
    await storeTexts(tx, lacking);
    await noteChanges(tx, changesOf('revealed', revealed));
  }
  for (const id of revealed) states.set(id, 'revealed');
  return new Map([...states].map(([id, state]) => [id, state === 'missing' ? 'here' : state]));
}
