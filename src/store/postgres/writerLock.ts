/** Which archive writes: the one that holds an advisory lock, which PostgreSQL releases with the connection of its holder. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StoreError } from '../storeError.ts';
import { toPostgresFault } from './faults.ts';

/** "stele" in ASCII. Locks are of one database, so that two networks on one server do not meet. */
const KEY = '495874042981';
/** Milliseconds between two tries. */
const RETRY = 500;
/** Milliseconds between two looks at whether the connection still stands, and that an answer may take. */
const LOOK = 2_000;

/** An advisory lock of PostgreSQL, held by the one archive that writes. */
export class WriterLock {
  readonly #client: pg.Client;
  readonly #timer: NodeJS.Timeout;
  /** Aborts when the lock is gone, and the right to write with it. */
  readonly lost: AbortSignal;

  private constructor(client: pg.Client) {
    const lost = new AbortController();
    const lose = (cause?: unknown) =>
      lost.abort(new StoreError('STORAGE_FAILING', 'The connection that held the lock of the archive is lost.', cause));
    this.#client = client;
    this.lost = lost.signal;
    client.on('error', lose);
    client.on('end', () => lose());
    this.#timer = setInterval(() => client.query('SELECT 1').catch(lose), LOOK);
  }

  /**
   * Waits until no other archive writes.
   * @param onWaiting called once when another one does.
   * @throws StoreError when the database cannot be reached; the signal's reason.
   */
  static async acquire(url: string, signal: AbortSignal, onWaiting: () => void): Promise<WriterLock> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'stele archive, lock',
      connectionTimeoutMillis: 5_000,
      query_timeout: LOOK * 2,
      keepAlive: true,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      for (let isFirst = true; ; isFirst = false) {
        const { rows } = await client.query(`SELECT pg_try_advisory_lock(${KEY}) AS held`);
        if (rows[0]?.held === true) return new WriterLock(client);
        if (isFirst) onWaiting();
        await delay(RETRY, undefined, { signal });
      }
    } catch (error) {
      await client.end().catch(() => {});
      signal.throwIfAborted();
      throw toPostgresFault(error);
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.end().catch(() => {});
  }
}
