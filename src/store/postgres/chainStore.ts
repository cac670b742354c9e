/** The chain's port over the archive's database, so that its blocks pass the same door as those of a node. */
import type { Binding, ChainStore, IndexEntry, Revealed, TipMove } from '../../chain/ports.ts';
import { type Block, buildBlock } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { RuleReason } from '../../domain/errors.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { type BlockRow, rowToEntry, rowToTransaction } from '../model/rows.ts';
import { StoreError } from '../storeError.ts';
import { changesOf, noteChanges } from './changes.ts';
import { BLOCK_COLUMNS, POST_COLUMNS, type StoredPostRow, toPostRow } from './columns.ts';
import type { Database, Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { TIP_SQL } from './reader.ts';
import type { SqlReader } from './sqlReader.ts';
import { storeTexts } from './storePosts.ts';
import { storeBlock, writeTipMove } from './tipMove.ts';

export interface ChainStoreOptions {
  /** Genesis hash. */
  network: Hash;
  /** What a name looks like to people. */
  skeletonOf(name: string): string;
  /** Whether the chain is still far behind: then a commit need not wait for the disk. */
  isLoading(): boolean;
}

/** The part that reads. */
export type ChainReads = Pick<ChainStore, 'tip' | 'entry' | 'bestHash' | 'block' | 'bindings' | 'heights'>;

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

/** With every content that is at hand, withheld or not: the chain's own checks need it. */
async function readPosts(reader: SqlReader, hash: Hash, network: Hash): Promise<Transaction[]> {
  const rows = await reader.rows<StoredPostRow>(Prisma.sql`
    SELECT ${POST_COLUMNS} FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
    JOIN "Post" p ON p."seq" = bp."postSeq" WHERE b."hash" = ${hash} ORDER BY bp."position"`);
  return rows.map((row) => rowToTransaction(toPostRow(row), network));
}

export function createChainStore(options: ChainStoreOptions, database: Database): ChainStore {
  const { network, skeletonOf, isLoading } = options;
  return {
    ...createChainReads(database.reader, network),
    reveal: (transactions) => database.write((tx) => fillContents(tx, transactions)),
    // Blocks beside the chain are those that the archive's own node has chosen, so their room is not bounded here.
    addSideBlock: (block: Block, entry: IndexEntry) =>
      database.write(async (tx) => {
        await storeBlock(tx, block, entry);
        return [];
      }, isLoading()),
    isSynchronised: async () => true,
    markSynchronised: async () => {},
    moveTip: (move: TipMove) => database.write((tx) => writeTipMove(tx, move, skeletonOf), isLoading()),
    markInvalid: (hash: Hash, reason: RuleReason) =>
      database.write(async (tx) => {
        await tx.$executeRaw`
          WITH RECURSIVE bad (hash) AS (
            SELECT "hash" FROM "Block" WHERE "hash" = ${hash} UNION SELECT b."hash" FROM bad JOIN "Block" b ON b."previousHash" = bad.hash)
          UPDATE "Block" SET "fault" = ${reason} WHERE "hash" IN (SELECT hash FROM bad) AND "fault" IS NULL`;
      }),
  };
}

type ContentState = Revealed | 'missing';

async function fillContents(tx: Tx, posts: readonly Transaction[]): Promise<Map<Hash, Revealed>> {
  const ids = posts.map(({ id }) => id);
  const rows = await tx.$queryRaw<{ id: Hash; state: ContentState }[]>`
    SELECT "id", CASE WHEN "withheld" THEN 'withheld' WHEN "content" IS NULL THEN 'missing' ELSE 'here' END AS "state"
    FROM "Post" WHERE "id" = ANY(${ids}::text[])`;
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  const lacking = posts.filter(({ id, opening }) => opening && states.get(id) === 'missing');
  if (lacking.length > 0) {
    await tx.$executeRaw`
      UPDATE "Post" p SET "content" = t.content, "salt" = t.salt
      FROM unnest(${lacking.map(({ id }) => id)}::text[],
        ${lacking.map(({ opening }) => Buffer.from(opening?.content ?? ''))}::bytea[],
        ${lacking.map(({ opening }) => opening?.salt ?? null)}::text[]) t (id, content, salt) WHERE p."id" = t.id`;
    await storeTexts(tx, lacking);
    await noteChanges(
      tx,
      changesOf(
        'revealed',
        lacking.map(({ id }) => id),
      ),
    );
  }
  for (const { id } of lacking) states.set(id, 'revealed');
  return new Map([...states].map(([id, state]) => [id, state === 'missing' ? 'here' : state]));
}
