/** What ends a read that takes too long, from the server and through a pooler; and a pooler that has no connection left. */
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { Prisma } from '../../../src/store/postgres/generated/client.ts';
import { checkCopy } from '../../../src/store/postgres/openCopy.ts';
import { createPool, SqlReader } from '../../../src/store/postgres/sqlReader.ts';
import { GENESIS } from '../../support/chain.ts';
import { hasPgBouncer, startPgBouncer } from '../../support/pgbouncer.ts';
import { createDatabase, hasServer } from '../../support/postgres.ts';

/** Through a pooler, a connection cannot ask for its limit of time, and learns of another process than the one that serves. */
const THROUGH: [string, boolean][] = [['from the server', false]];
if (hasPgBouncer) THROUGH.push(['through PgBouncer', true]);
const each = it.skipIf(!(await hasServer())).each(THROUGH);

async function openReader(isPooled: boolean, statementTimeout: number) {
  const { url, remove } = await createDatabase();
  onTestFinished(remove);
  const pooler = isPooled ? await startPgBouncer(url) : null;
  if (pooler) onTestFinished(pooler.close);
  const at = pooler?.url(new URL(url).pathname.slice(1)) ?? url;
  const reader = new SqlReader(
    createPool({ url: at, size: 2, settings: { statement_timeout: String(statementTimeout) }, name: 'test' }),
    true,
  );
  onTestFinished(() => reader.close());
  return reader;
}

const SLEEP = Prisma.sql`SELECT pg_sleep(600)`;

each('%s, a statement ends at the limit of time', async (_, isPooled) => {
  const reader = await openReader(isPooled, 100);
  await expect(reader.rows(SLEEP)).rejects.toMatchObject({ code: 'STORAGE_BUSY' });
  expect(await reader.rows(Prisma.sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
});

each('%s, a read that nobody waits for any more ends in the database', async (_, isPooled) => {
  const reader = await openReader(isPooled, 0);
  const sleeping = async () =>
    (
      await reader.rows(Prisma.sql`
        SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND wait_event = 'PgSleep'`)
    ).length;
  const end = new AbortController();
  const read = reader.longRows(SLEEP, end.signal);
  const refused = expect(read).rejects.toThrow('enough');
  await expect.poll(sleeping).toBe(1);
  end.abort(new Error('enough'));
  await refused;
  await expect.poll(sleeping).toBe(0);
});

it.skipIf(!(await hasServer()))(
  'a read that waits for a connection ends at once when nobody waits for it',
  async () => {
    const { url, remove } = await createDatabase();
    onTestFinished(remove);
    const pool = createPool({ url, size: 1, name: 'test' });
    const reader = new SqlReader(pool);
    onTestFinished(() => reader.close());
    const busy = await pool.connect();
    const end = new AbortController();
    const read = reader.longRows(Prisma.sql`SELECT 1 AS one`, end.signal);
    await expect.poll(() => pool.waitingCount).toBe(1);
    end.abort(new Error('enough'));
    await expect(read).rejects.toThrow('enough');
    busy.release();
    // The connection that came too late is free again.
    expect(await reader.rows(Prisma.sql`SELECT 2 AS two`)).toEqual([{ two: 2 }]);
  },
);

it.skipIf(!(await hasServer()))('a cancellation that comes too late ends no other query', async () => {
  const { url, remove } = await createDatabase();
  onTestFinished(remove);
  const [pool, cancelling] = ['test', 'cancelling'].map((name) => createPool({ url, size: 1, name })) as [
    pg.Pool,
    pg.Pool,
  ];
  const reader = new SqlReader(pool, false, cancelling);
  const locks = new pg.Client({ connectionString: url });
  await locks.connect();
  onTestFinished(() => Promise.all([reader.close(), cancelling.end(), locks.end()]).then(() => {}));
  const held = async (condition: string) =>
    (await locks.query(`SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND ${condition}`)).rows;
  await locks.query('SELECT pg_advisory_lock(1), pg_advisory_lock(2)');
  const busy = await cancelling.connect();
  const end = new AbortController();
  const first = expect(reader.longRows(Prisma.sql`SELECT pg_advisory_xact_lock(1)`, end.signal)).rejects.toThrow(
    'enough',
  );
  await expect.poll(() => held('NOT granted')).toEqual([{ objid: 1 }]);
  end.abort(new Error('enough'));
  await first;
  const second = reader.rows(Prisma.sql`SELECT pg_advisory_xact_lock(2), 2 AS two`);
  await locks.query('SELECT pg_advisory_unlock(1)');
  await expect.poll(() => held('NOT granted')).toEqual([{ objid: 2 }]);
  busy.release();
  // Behind the cancellation, if there is one.
  await cancelling.query('SELECT 1');
  await locks.query('SELECT pg_advisory_unlock(2)');
  expect(await second).toMatchObject([{ two: 2 }]);
});

it.skipIf(!hasPgBouncer || !(await hasServer()))('a pooler without a connection left is told as busy', async () => {
  const { url, remove } = await createDatabase();
  onTestFinished(remove);
  const pooler = await startPgBouncer(url, 1);
  onTestFinished(pooler.close);
  const at = pooler.url(new URL(url).pathname.slice(1));
  const holder = new pg.Client({ connectionString: at });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('SELECT 1');
  const reader = new SqlReader(createPool({ url: at, size: 1, name: 'test' }));
  onTestFinished(() => reader.close());
  const busy = expect.objectContaining({ code: 'STORAGE_BUSY' });
  await Promise.all([
    expect(reader.rows(Prisma.sql`SELECT 1`)).rejects.toEqual(busy),
    expect(checkCopy(at, GENESIS.hash)).rejects.toEqual(busy),
  ]);
});
