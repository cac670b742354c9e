/** Connections that read PostgreSQL: SQL that Prisma's templates put together, run by the driver below its client. */
import pg from 'pg';
import { toPostgresFault } from './faults.ts';
import type { Prisma } from './generated/client.ts';

/** The connections for reads. */
export interface PoolOptions {
  url: string;
  /** Connections at most. */
  size: number;
  /** The name of our connections in the database. */
  name: string;
  /** Whether a connection sends statements before those ahead of them are answered. */
  isPipelined?: boolean;
  /** Settings of PostgreSQL for these connections, by their names. */
  settings?: Readonly<Record<string, string>>;
}

/** OID of 64-bit integers. Ours are all below 2^53. */
const INT8 = 20;
/** Statements that each connection prepares at most: planning costs as much as running them. */
const PREPARED = 200;
/** Milliseconds until a connection is given up that cannot be had. */
const CONNECT_TIMEOUT = 5_000;

/** Makes a pool. Nothing is connected to before the first query. */
export function createPool(options: PoolOptions): pg.Pool {
  const { url, size, name, isPipelined = false, settings = {} } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
    pipeline: isPipelined,
    onConnect: (connection) => beginSession(connection, settings),
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as never },
  });
  // An idle connection was lost: the next query opens another.
  pool.on('error', () => {});
  return pool;
}

/** The processes of PostgreSQL that serve connections of pools. A pooler between tells numbers of its own when one connects. */
const processes = new WeakMap<pg.ClientBase, number>();

/**
 * By a statement and not as one connects, since PgBouncer refuses a connection that asks for a limit of time. A pooler that has no
 * connection left takes ours all the same, and answers no statement.
 */
async function beginSession(connection: pg.ClientBase, settings: Readonly<Record<string, string>>): Promise<void> {
  const statement: pg.QueryConfig & { query_timeout: number } = {
    text: `SELECT pg_backend_pid() AS pid, count(set_config("name", "value", false))
      FROM unnest($1::text[], $2::text[]) s ("name", "value")`,
    values: [Object.keys(settings), Object.values(settings)],
    query_timeout: CONNECT_TIMEOUT,
  };
  const { rows } = await connection.query<{ pid: number }>(statement);
  processes.set(connection, (rows[0] as { pid: number }).pid);
}

let made = 0;

/** The names under which connections prepare statements. Not through a pooler that parts transactions. */
export class StatementNames {
  readonly #names = new Map<string, string>();
  /** Tells its names from those of others: PGlite has one session for all connections. */
  readonly #prefix = `s${++made}`;

  /** Undefined when so many are prepared that this one is planned anew each time. */
  of(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= PREPARED) return known;
    const name = `${this.#prefix}_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}

/** Runs reads on a pool of connections, with prepared statements. */
export class SqlReader {
  readonly #pool: pg.Pool;
  readonly #cancelling: pg.Pool;
  readonly #names: StatementNames | null;

  /**
   * @param isPreparing whether the same statements come again and again.
   * @param cancelling connections to cancel queries by: those of `pool` may all be busy with what is to be cancelled.
   */
  constructor(pool: pg.Pool, isPreparing = false, cancelling = pool) {
    this.#pool = pool;
    this.#cancelling = cancelling;
    this.#names = isPreparing ? new StatementNames() : null;
  }

  /**
   * The rows of a query that is over soon: a signal that aborts keeps it from beginning, and to listen for more would take longer.
   * @throws StoreError when the database cannot be read.
   */
  async rows<Row extends object>(query: Prisma.Sql, signal?: AbortSignal): Promise<Row[]> {
    signal?.throwIfAborted();
    try {
      return toRows(await this.#pool.query(this.#toStatement(query)));
    } catch (error) {
      throw toPostgresFault(error);
    }
  }

  /**
   * The rows of a query that may be long. When the signal aborts, the promise is rejected with its reason at once, and the
   * database is told to end the query.
   * @throws StoreError when the database cannot be read.
   */
  async longRows<Row extends object>(query: Prisma.Sql, signal?: AbortSignal): Promise<Row[]> {
    if (!signal) return this.rows(query);
    signal.throwIfAborted();
    try {
      return toRows(await this.#abortable(this.#toStatement(query), signal));
    } catch (error) {
      signal.throwIfAborted();
      throw toPostgresFault(error);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  #toStatement(query: Prisma.Sql): pg.QueryArrayConfig {
    const { text } = query;
    return { name: this.#names?.of(text), text, values: query.values.map(withoutNul), rowMode: 'array' };
  }

  async #abortable(statement: pg.QueryArrayConfig, signal: AbortSignal): Promise<pg.QueryArrayResult> {
    const client = await this.#connect(signal);
    const running = client.query(statement);
    const use: Use = { isOver: false, cancelling: null };
    const release = async (isBroken: boolean) => {
      use.isOver = true;
      await use.cancelling;
      client.release(isBroken);
    };
    running.then(
      () => release(false),
      (error: unknown) => release(isLost(error)),
    );
    try {
      return await unlessAborted(running, signal);
    } catch (error) {
      if (signal.aborted) this.#cancel(client, use).catch(() => {});
      throw error;
    }
  }

  /** A connection, for which nobody waits longer than for the query. One that comes too late goes back. */
  async #connect(signal: AbortSignal): Promise<pg.PoolClient> {
    const connecting = this.#pool.connect();
    try {
      return await unlessAborted(connecting, signal);
    } catch (error) {
      if (signal.aborted)
        connecting.then(
          (client) => client.release(),
          () => {},
        );
      throw error;
    }
  }

  /** Ends the query that runs on a connection, if it still runs when there is a connection to say so by. */
  async #cancel(client: pg.PoolClient, use: Use): Promise<void> {
    if (this.#cancelling === this.#pool && this.#pool.options.max === 1) return;
    const other = await this.#cancelling.connect();
    if (!use.isOver) {
      use.cancelling = other.query('SELECT pg_cancel_backend($1)', [processes.get(client)]).catch(() => {});
      await use.cancelling;
    }
    other.release();
  }
}

/** What a query does with its connection, which is for others once both are over: a cancellation would end their query. */
interface Use {
  isOver: boolean;
  cancelling: Promise<unknown> | null;
}

/** Settles as a promise does, or is rejected with the signal's reason once that aborts. */
async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The driver takes longer to make a row an object by itself. */
function toRows<Row extends object>({ rows, fields }: pg.QueryArrayResult): Row[] {
  return rows.map((values) => {
    const record: Record<string, unknown> = {};
    for (let i = 0; i < fields.length; i++) record[(fields[i] as pg.FieldDef).name] = values[i];
    return record as Row;
  });
}

const isLost = (error: unknown) => !(error instanceof pg.DatabaseError) || error.severity === 'FATAL';

/**
 * No text of PostgreSQL holds U+0000, and none of ours U+0001: names and hex digits have no control characters, and folded texts
 * have a space instead. So what asks for the one finds nothing, as it must.
 */
function withoutNul(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNul);
  return typeof value === 'string' ? value.replaceAll('\0', '\u0001') : value;
}
