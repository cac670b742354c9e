/**
 * The difference between the committed migrations and `prisma/schema.prisma`, for developers:
 *
 *   npx tsx scripts/migration.ts NAME      writes prisma/migrations/<time>_NAME/migration.sql
 *   npx tsx scripts/migration.ts --check   exits with 1 when they disagree
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
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import Database from 'better-sqlite3';
import { applyMigrations, MIGRATIONS_DIRECTORY, readMigrations } from '../src/store/sqlite/migrations.ts';

const PRISMA = fileURLToPath(new URL('../prisma', import.meta.url));
const SCHEMA = join(PRISMA, 'schema.prisma');

/** The part used here: Node's types leave it out, and the DOM's would bring a browser's globals along. */
interface WebAssemblyApi {
  instantiate(wasm: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
}

type EngineClass = typeof SchemaEngine;

/** Loaded once: the module remembers where the memory of its WebAssembly instance lies. */
let engineClass: Promise<EngineClass> | undefined;

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

/** A schema engine over a database file. */
export async function openEngine(file: string): Promise<SchemaEngine> {
  engineClass ??= loadEngine();
  const engine = await engineClass;
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaBetterSqlite3({ url: `file:${file}` }));
  return engine.new({ datamodels: undefined }, () => undefined, adapter);
}

/** SQL that takes a database from the committed migrations to the schema; null when they agree. */
export async function missingSql(): Promise<string | null> {
  const directory = await mkdtemp(join(tmpdir(), 'stele-migration-'));
  try {
    const file = join(directory, 'migrated.db');
    migrate(file);
    return await difference(file);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function migrate(file: string): void {
  const database = new Database(file);
  applyMigrations(database, readMigrations());
  database.close();
}

async function difference(file: string): Promise<string | null> {
  const files = [{ path: SCHEMA, content: await readFile(SCHEMA, 'utf8') }];
  const engine = await openEngine(file);
  const { exitCode, stdout } = await engine.diff({
    from: { tag: 'schemaDatasource', files, configDir: PRISMA },
    to: { tag: 'schemaDatamodel', files },
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  });
  return exitCode === 0 ? null : stdout;
}

async function writeMigration(name: string, sql: string): Promise<string> {
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const directory = join(MIGRATIONS_DIRECTORY, `${time}_${name}`);
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'migration.sql');
  await writeFile(file, sql);
  return file;
}

async function main(argument: string | undefined): Promise<number> {
  if (argument === undefined) throw new Error('give the new migration a name, or --check');
  const sql = await missingSql();
  const agree = 'Migrations and schema agree.\n';
  if (sql === null) process.stdout.write(agree);
  else if (argument === '--check') process.stdout.write(`The migrations lack this:\n${sql}\n`);
  else process.stdout.write(`Wrote ${await writeMigration(argument, sql)}\n`);
  return sql !== null && argument === '--check' ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv[2]);
