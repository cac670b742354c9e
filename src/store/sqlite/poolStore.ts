/** The pool's port over the database. */
import DataLoader from 'dataloader';
import type { Hash } from '../../domain/bytes.ts';
import type { DropReason, PoolEntry, PoolStore, StoredPending } from '../../mempool/ports.ts';
import { type Damage, findDamage } from '../model/damage.ts';
import { type PostRow, rowToTransaction } from '../model/rows.ts';
import { POST_COLUMNS } from './columns.ts';
import type { Database, Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { listOf, removeUnheld, storePosts } from './storePosts.ts';

/** Flushes after ten turns of the event loop even while posts keep arriving. */
const MOST_TURNS = 10;

interface PoolStoreOptions {
  /** Genesis hash. */
  network: Hash;
  /** How many of the latest drops are remembered. */
  droppedLimit: number;
  /** Sets posts aside that are not what was stored. */
  onDamage(damages: readonly Damage[]): Promise<void>;
}

interface PendingRow extends PostRow {
  receivedAt: number;
}

/** Pending posts on disk. Posts that come at the same time share a commit. */
export class SqlitePoolStore implements PoolStore {
  readonly #options: PoolStoreOptions;
  readonly #database: Database;
  /** Posts that arrive at the same time share one transaction, and so one wait for the disk. */
  readonly #adding: DataLoader<PoolEntry, null>;
  /** How many posts have ever arrived. */
  #added = 0;

  constructor(options: PoolStoreOptions, database: Database) {
    this.#options = options;
    this.#database = database;
    this.#adding = new DataLoader(
      async (entries) => {
        await database.write((tx) => addPending(tx, entries));
        return entries.map(() => null);
      },
      {
        cache: false,
        batchScheduleFn: (dispatch) => void this.#gather().then(dispatch),
        maxBatchSize: 1_000,
      },
    );
  }

  /** Posts that have been damaged are not among them: they are set aside, and told of. */
  load(): Promise<StoredPending[]> {
    return this.#read(Prisma.sql`true`);
  }

  pending(ids: readonly Hash[]): Promise<StoredPending[]> {
    return this.#read(Prisma.sql`p."id" IN (${listOf(ids)})`);
  }

  async add(entry: PoolEntry): Promise<void> {
    this.#added += 1;
    await this.#adding.load(entry);
  }

  /**
   * Gathers posts while another transaction is under way, and then as long as turns of the event loop bring more: all posts
   * of a transaction wait for the disk once, and a sender that was answered has the next post ready.
   */
  async #gather(): Promise<void> {
    await turn();
    await this.#database.drain();
    let seen = -1;
    for (let i = 0; i < MOST_TURNS && seen !== this.#added; i++) {
      seen = this.#added;
      await turn();
    }
  }

  async drop(drops: readonly { id: Hash; reason: DropReason }[], at: number): Promise<void> {
    if (drops.length === 0) return;
    await this.#database.write((tx) => dropPending(tx, drops, at, this.#options.droppedLimit));
  }

  async #read(condition: Prisma.Sql): Promise<StoredPending[]> {
    const rows = await this.#database.reader.$queryRaw<PendingRow[]>`
      SELECT e."receivedAt", ${POST_COLUMNS} FROM "Pending" e JOIN "Post" p ON p."seq" = e."postSeq"
      WHERE ${condition} ORDER BY e."arrival"`;
    const sound: StoredPending[] = [];
    const damages: Damage[] = [];
    for (const row of rows) {
      const transaction = rowToTransaction(row, this.#options.network);
      const part = findDamage(transaction);
      if (part === null) sound.push({ transaction, receivedAt: row.receivedAt });
      else damages.push({ id: row.id, part });
    }
    if (damages.length > 0) await this.#options.onDamage(damages);
    return sound;
  }
}

/** The next turn of the event loop, in which what has come over the network is handed on. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A block may have taken the post since the pool decided: then the post has nothing to wait for any more. */
const INSERT_PENDING = `
  INSERT INTO "Pending" ("postSeq", "receivedAt")
  SELECT "seq", ? FROM "Post" WHERE "id" = ? AND "height" IS NULL AND NOT "withheld" ON CONFLICT ("postSeq") DO NOTHING`;

async function addPending(tx: Tx, entries: readonly PoolEntry[]): Promise<void> {
  await storePosts(tx, entries);
  void tx.runEach(
    INSERT_PENDING,
    entries.map(({ transaction, receivedAt }) => [receivedAt, transaction.id]),
  );
  const ids = listOf(entries.map(({ transaction }) => transaction.id));
  void tx.$executeRaw`DELETE FROM "Dropped" WHERE "id" IN (${ids})`;
}

async function dropPending(
  tx: Tx,
  drops: readonly { id: Hash; reason: DropReason }[],
  at: number,
  limit: number,
): Promise<void> {
  const ids = listOf(drops.map(({ id }) => id));
  void tx.$executeRaw`
    DELETE FROM "Pending" WHERE "postSeq" IN (SELECT "seq" FROM "Post" WHERE "id" IN (${ids}))`;
  // Posts on the chain are not reported as dropped.
  void tx.$executeRaw`
    INSERT OR REPLACE INTO "Dropped" ("id", "reason", "at")
    SELECT value ->> 'id', value ->> 'reason', ${at} FROM json_each(${JSON.stringify(drops)})
    WHERE NOT EXISTS (SELECT 1 FROM "Post" p WHERE p."id" = value ->> 'id' AND p."height" IS NOT NULL)`;
  void tx.$executeRaw`
    DELETE FROM "Dropped" WHERE "seq" <= (SELECT "seq" FROM "Dropped" ORDER BY "seq" DESC LIMIT 1 OFFSET ${limit})`;
  removeUnheld(tx, ids);
}
