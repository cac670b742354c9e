/**
 * The history of the archive's schema, each step applied once and recorded as Prisma's own command would. The archive that
 * holds the lock applies it; whoever reads only looks whether the database is of this version.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import type { Hash } from '../../domain/bytes.ts';
import { type Migration, readMigrationFiles } from '../model/migrationFiles.ts';
import { StoreError } from '../storeError.ts';

/** Beside the package's own `package.json`: the same path from `src/` and from `dist/`. */
export const POSTGRES_MIGRATIONS = fileURLToPath(new URL('../../../prisma/postgres/migrations', import.meta.url));

/** Prisma's own table, to the letter. */
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`;

type Queries = Pick<pg.ClientBase, 'query'>;
type Applied = Pick<Migration, 'name' | 'checksum'>;

/**
 * Brings a database up to this version, all at once, so that a server that starts meanwhile finds no version in between,
 * which it would refuse.
 * @throws StoreError `newer-version`, `not-a-database`.
 */
export async function applyMigrations(client: Queries): Promise<void> {
  const known = readMigrationFiles(POSTGRES_MIGRATIONS);
  const applied = await appliedMigrations(client);
  checkKnown(known, applied);
  await client.query('BEGIN');
  try {
    await client.query(MIGRATIONS_TABLE);
    for (const migration of known.slice(applied.length)) await applyMigration(client, migration);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** @throws StoreError `no-database`, `newer-version`, `older-version`, `not-a-database`, `other-network`. */
export async function checkDatabase(client: Queries, network: Hash): Promise<void> {
  const known = readMigrationFiles(POSTGRES_MIGRATIONS);
  const applied = await appliedMigrations(client);
  if (applied.length === 0)
    throw new StoreError('no-database', 'The database is empty: start `stele archive` first, which fills it.');
  checkKnown(known, applied);
  if (applied.length < known.length)
    throw new StoreError(
      'older-version',
      'The database is of an earlier version: start the `stele archive` of this version first, which brings it up to date.',
    );
  await checkNetwork(client, network);
}

/** @throws StoreError `other-network`; `no-database` when it is of none yet. */
export async function checkNetwork(client: Queries, network: Hash): Promise<void> {
  const { rows } = await client.query(`SELECT "value" FROM "Meta" WHERE "key" = 'genesis'`);
  const found = rows[0]?.value as Hash | undefined;
  if (found === undefined)
    throw new StoreError('no-database', 'The database holds no chain yet: start `stele archive`.');
  if (found === network) return;
  throw new StoreError(
    'other-network',
    `The database holds the network with genesis ${found}, not ${network}: give each network a database of its own.`,
  );
}

function checkKnown(known: readonly Migration[], applied: readonly Applied[]): void {
  const odd = applied.find(({ name, checksum }, i) => known[i]?.name !== name || known[i]?.checksum !== checksum);
  if (odd === undefined) return;
  throw new StoreError(
    'newer-version',
    `The database has the migration ${odd.name}, which this version does not know: use the version that made it.`,
  );
}

async function appliedMigrations(client: Queries): Promise<Applied[]> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`,
  );
  if (tables.length === 0) return [];
  if (!tables.some(({ name }) => name === '_prisma_migrations'))
    throw new StoreError(
      'not-a-database',
      'The database holds tables of another program: make one of its own, with CREATE DATABASE.',
    );
  const { rows } = await client.query<Applied>(`SELECT migration_name AS name, checksum FROM _prisma_migrations
    WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`);
  return rows;
}

async function applyMigration(client: Queries, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql);
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     VALUES ($1, $2, now(), $3, 1)`,
    [randomUUID(), checksum, name],
  );
}
