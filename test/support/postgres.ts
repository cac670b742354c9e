/**
 * A database of PostgreSQL for one test: on the server at STELE_TEST_DATABASE_URL (default: the one of this machine), and
 * where none answers in PGlite, which is PostgreSQL in WebAssembly, in this process and with one connection.
 */
import { randomBytes } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import pg from 'pg';

const SERVER = process.env.STELE_TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres';
/** Milliseconds in which a server that is there answers. */
const CONNECT_TIMEOUT_MS = 15_000;

export interface TestDatabase {
  url: string;
  /** Whether it is a server's, with as many connections as one likes. */
  isServer: boolean;
  /** Removes the database. */
  remove(): Promise<void>;
}

let answered: Promise<boolean> | undefined;

/** Whether a server answers; one line says when the tests that need one are skipped. */
export function hasServer(): Promise<boolean> {
  answered ??= withServer(async () => true).catch(() => {
    process.stderr.write(
      `No PostgreSQL answers at ${SERVER}: tests of archive and serve are skipped; the store's run in PGlite. STELE_TEST_DATABASE_URL names another.\n`,
    );
    return false;
  });
  return answered;
}

/** A new, empty database. Whoever makes it removes it. */
export async function createDatabase(): Promise<TestDatabase> {
  return (await hasServer()) ? createOnServer() : createInPGlite();
}

async function createOnServer(): Promise<TestDatabase> {
  const name = `stele_test_${randomBytes(6).toString('hex')}`;
  await withServer((client) => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    isServer: true,
    remove: async () => void (await withServer((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}

/** It takes seconds to make, so a process has one, which is emptied after each use. */
let inProcess: Promise<PGliteServer> | undefined;

interface PGliteServer {
  db: PGlite;
  url: string;
}

async function createInPGlite(): Promise<TestDatabase> {
  inProcess ??= startPGlite();
  const { db, url } = await inProcess;
  return {
    url,
    isServer: false,
    remove: async () => void (await db.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public;')),
  };
}

async function startPGlite(): Promise<PGliteServer> {
  const db = await PGlite.create({ extensions: { btree_gist, pg_trgm } });
  const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: 8 });
  await server.start();
  return { db, url: `postgresql://postgres@${server.getServerConn()}/postgres` };
}

async function withServer<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: SERVER, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
