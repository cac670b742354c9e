/**
 * The difference between the committed migrations and the schemas, `prisma/schema.prisma` of the node and
 * `prisma/postgres/schema.prisma` of the archive, for developers:
 *
 *   npx tsx scripts/migration.ts NAME      writes <time>_NAME/migration.sql into the migrations of each that differs
 *   npx tsx scripts/migration.ts --check   exits with 1 when they disagree
 *
 * The archive's are applied to the PostgreSQL at STELE_TEST_DATABASE_URL, in a database of their own, else to PGlite.
 *
 * It does what `prisma migrate dev --create-only` does, with the schema engine from the npm registry: the command itself
 * wants a native engine that it downloads.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import Database from 'better-sqlite3';
import pg from 'pg';
import { applyMigrations as migratePostgres, POSTGRES_MIGRATIONS } from '../src/store/postgres/migrations.ts';
import { applyMigrations, MIGRATIONS_DIRECTORY, readMigrations } from '../src/store/sqlite/migrations.ts';
import { createDatabase } from '../test/support/postgres.ts';

const PRISMA = fileURLToPath(new URL('../prisma', import.meta.url));

type Kind = 'sqlite' | 'postgres';
const SCHEMAS: Record<Kind, { schema: string; migrations: string }> = {
  sqlite: { schema: join(PRISMA, 'schema.prisma'), migrations: MIGRATIONS_DIRECTORY },
  postgres: { schema: join(PRISMA, 'postgres', 'schema.prisma'), migrations: POSTGRES_MIGRATIONS },
};

/** The part used here: Node's types leave it out, and the DOM's would bring a browser's globals along. */
interface WebAssemblyApi {
  instantiate(wasm: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
}

type EngineClass = typeof SchemaEngine;

/**
 * Loaded once a process: the engine's module remembers where the memory of its WebAssembly instance lies, so a second
 * instance corrupts the first. A test runner may evaluate this file twice, but never that module, hence the global.
 */
const shared = globalThis as unknown as { schemaEngineClass?: Promise<EngineClass> };

/** The engine's module, its WebAssembly put in by hand: Node 20 does not import `.wasm` files. */
async function loadEngine(): Promise<EngineClass> {
  const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
  const name = '@prisma/schema-engine-wasm/schema_engine_bg';
  const glue = await import(name);
  const file = createRequire(import.meta.url)
    .resolve(name)
    .replace(/js$/, 'wasm');
  const { instance } = await webAssembly.instantiate(await readFile(file), { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return glue.SchemaEngine;
}

type AdapterFactory = Parameters<typeof bindMigrationAwareSqlAdapterFactory>[0];

/** A schema engine over a database file. */
export function openEngine(file: string): Promise<SchemaEngine> {
  return engineOver(new PrismaBetterSqlite3({ url: `file:${file}` }));
}

async function engineOver(adapter: AdapterFactory): Promise<SchemaEngine> {
  shared.schemaEngineClass ??= loadEngine();
  const engine = await shared.schemaEngineClass;
  return engine.new({ datamodels: undefined }, () => undefined, bindMigrationAwareSqlAdapterFactory(adapter));
}

/** SQL that takes a database from the committed migrations to the schema; null when they agree. */
export async function missingSql(kind: Kind): Promise<string | null> {
  return kind === 'sqlite' ? missingSqlite() : missingPostgres();
}

async function missingSqlite(): Promise<string | null> {
  const directory = await mkdtemp(join(tmpdir(), 'stele-migration-'));
  try {
    const file = join(directory, 'migrated.db');
    const database = new Database(file);
    applyMigrations(database, readMigrations());
    database.close();
    return await difference('sqlite', await openEngine(file));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function missingPostgres(): Promise<string | null> {
  const { url, remove } = await createDatabase();
  try {
    const pool = poolForEngine(url);
    await migratePostgres(pool);
    return await difference('postgres', await engineOver(new PrismaPg(pool)));
  } finally {
    await remove();
  }
}

/** PostgreSQL's internal one-byte type `"char"`, which the engine reads of catalogues, and `char`. */
const [INTERNAL_CHAR, CHAR] = [18, 1042];

/** The adapter does not know a type that the engine asks the catalogues for, so that one is named as its like. */
function poolForEngine(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>;
  pool.query = (async (...args: unknown[]) => {
    const result = await query(...args);
    for (const field of result.fields ?? []) if (field.dataTypeID === INTERNAL_CHAR) field.dataTypeID = CHAR;
    // PostgreSQL 18 lists NOT NULL among the constraints, and the engine knows none of that kind.
    const kind = result.fields?.findIndex(({ name }) => name === 'constraint_type') ?? -1;
    if (kind >= 0) result.rows = result.rows.filter((row) => row[kind] !== 'n');
    return result;
  }) as typeof pool.query;
  // The database goes while the engine still has its connection.
  pool.on('error', () => {});
  return pool;
}

async function difference(kind: Kind, engine: SchemaEngine): Promise<string | null> {
  const { schema } = SCHEMAS[kind];
  const files = [{ path: schema, content: await readFile(schema, 'utf8') }];
  const { exitCode, stdout } = await engine.diff({
    from: { tag: 'schemaDatasource', files, configDir: PRISMA },
    to: { tag: 'schemaDatamodel', files },
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  });
  return exitCode === 0 ? null : stdout;
}

async function writeMigration(kind: Kind, name: string, sql: string): Promise<string> {
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const directory = join(SCHEMAS[kind].migrations, `${time}_${name}`);
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'migration.sql');
  await writeFile(file, sql);
  return file;
}

async function main(argument: string | undefined): Promise<number> {
  if (argument === undefined) throw new Error('give the new migration a name, or --check');
  let lacking = 0;
  for (const kind of Object.keys(SCHEMAS) as Kind[]) {
    const sql = await missingSql(kind);
    if (sql === null) process.stdout.write(`${kind}: migrations and schema agree.\n`);
    else if (argument === '--check') process.stdout.write(`${kind}: the migrations lack this:\n${sql}\n`);
    else process.stdout.write(`Wrote ${await writeMigration(kind, argument, sql)}\n`);
    lacking += sql === null ? 0 : 1;
  }
  return lacking > 0 && argument === '--check' ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv[2]);
