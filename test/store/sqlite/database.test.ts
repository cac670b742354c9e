import { once } from 'node:events';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, type Database, type Tx } from '../../../src/store/sqlite/database.ts';
import { Prisma } from '../../../src/store/sqlite/generated/client.ts';
import { prepareDatabase } from '../../../src/store/sqlite/prepare.ts';
import { GENESIS } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';

async function openDatabase() {
  const file = join(temporaryDirectory(), 'stele.db');
  prepareDatabase(file, GENESIS, false);
  const database = await connect({ file, readonly: false });
  onTestFinished(() => database.close());
  return database;
}

describe("the writer's connection", () => {
  it.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2], // FULL: each commit waits for the disk
    ['foreign_keys', 1],
    ['secure_delete', 1],
    ['busy_timeout', 0], // its thread waits by itself
  ])('has %s set to %s', async (pragma, value) => {
    const database = await openDatabase();
    const rows = await database.write((tx) => tx.$queryRaw<object[]>(Prisma.raw(`PRAGMA ${pragma}`)));
    expect(Object.values(rows[0] ?? {})).toEqual([value]);
  });
});

describe('a write that nobody waits for', () => {
  const MODES = { waits: 2, isLate: 1 };
  const mode = async (tx: Tx) =>
    Object.values((await tx.$queryRaw<object[]>(Prisma.raw('PRAGMA synchronous')))[0] ?? {})[0];

  it('is synced to disk by the next one that is not late', async () => {
    const database = await openDatabase();
    const seen = [await database.write(mode, { isLate: true }), await database.write(mode), await database.write(mode)];
    expect(seen).toEqual([MODES.isLate, MODES.waits, MODES.waits]);
  });

  it('is synced when the database closes', async () => {
    const file = join(temporaryDirectory(), 'stele.db');
    prepareDatabase(file, GENESIS, false);
    // Another connection keeps the log from being written into the file, and so onto the disk, at the end.
    const [database, other] = [
      await connect({ file, readonly: false, isLate: true }),
      await connect({ file, readonly: true }),
    ];
    onTestFinished(() => other.close());
    expect(await database.write(mode)).toBe(MODES.isLate);
    const probes = () => other.reader.readNow(Prisma.sql`SELECT * FROM "Meta" WHERE "key" = 'probe'`).length;
    expect(probes()).toBe(0);
    await database.close();
    expect(probes()).toBe(1);
  });
});

describe('the thread that writes', () => {
  const put = (database: Database, key: string) =>
    database.write((tx) => tx.$executeRaw`INSERT INTO "Meta" VALUES (${key}, '')`);
  const keys = async ({ reader }: Database) => {
    const rows = await reader.$queryRaw<{ key: string }[]>`SELECT "key" FROM "Meta" WHERE "key" IN ('a', 'b', 'c')`;
    return rows.map(({ key }) => key);
  };

  async function openWithThread() {
    // The thread of a database that was closed goes to the next one: to this, so that the one after it starts its own.
    await put(await openDatabase(), 'a');
    const started = once(process, 'worker') as Promise<[Worker]>;
    const database = await openDatabase();
    await put(database, 'a');
    const [thread] = await started;
    return { database, thread };
  }

  it('ends in the middle of a transaction: the write fails with a storage fault and leaves nothing', async () => {
    const { database, thread } = await openWithThread();
    const cut = database.write(async (tx) => {
      await tx.$executeRaw`INSERT INTO "Meta" VALUES ('b', '')`;
      await thread.terminate();
    });
    await expect(cut).rejects.toMatchObject({ code: 'STORAGE_FAILING' });
    expect(database.health.fault).toMatchObject({ code: 'STORAGE_FAILING' });
    await put(database, 'c');
    expect(database.health.fault).toBeNull();
    expect(await keys(database)).toEqual(['a', 'c']);
  });

  it('ends while it is idle: the fault is reported, and repaired without a write', async () => {
    const { database, thread } = await openWithThread();
    const told: (string | undefined)[] = [];
    const isMended = new Promise<void>((resolve) => {
      database.health.onChange(() => {
        told.push(database.health.fault?.code);
        if (database.health.fault === null) resolve();
      });
    });
    await thread.terminate();
    await isMended;
    expect(told).toEqual(['STORAGE_FAILING', undefined]);
    await put(database, 'b');
    expect(await keys(database)).toEqual(['a', 'b']);
  });

  it('serves the next database once its own is closed, and writes into that alone', async () => {
    const { database, thread } = await openWithThread();
    await database.close();
    let started = 0;
    const count = () => {
      started += 1;
    };
    process.on('worker', count);
    onTestFinished(() => void process.off('worker', count));
    const next = await openDatabase();
    await put(next, 'b');
    expect(await keys(next)).toEqual(['b']);
    expect(started).toBe(0);
    await Promise.all([thread.terminate(), once(thread, 'exit')]);
    await put(next, 'c').catch(() => put(next, 'c'));
    expect(await keys(next)).toEqual(['b', 'c']);
  });

  it('runs no statement of a transaction after one that failed, awaited or not', async () => {
    const database = await openDatabase();
    const failing = database.write(async (tx) => {
      void tx.$executeRaw`INSERT INTO "Meta" VALUES ('a', '')`;
      void tx.$executeRaw`INSERT INTO "Nowhere" VALUES ('b', '')`;
      void tx.$executeRaw`INSERT INTO "Meta" VALUES ('c', '')`;
    });
    await expect(failing).rejects.toThrow('no such table');
    expect(await keys(database)).toEqual([]);
  });
});

describe('truncating the log', () => {
  async function openBesideReader() {
    const file = join(temporaryDirectory(), 'stele.db');
    prepareDatabase(file, GENESIS, false);
    const database = await connect({ file, readonly: false });
    onTestFinished(() => database.close());
    const other = new Sqlite(file, { readonly: true });
    onTestFinished(() => void other.close());
    other.exec('BEGIN; SELECT * FROM "Meta"');
    await database.write((tx) => tx.$executeRaw`INSERT INTO "Meta" VALUES ('a', '')`);
    return { database, other };
  }

  it('waits for those who are reading at that moment', async () => {
    const { database, other } = await openBesideReader();
    setTimeout(() => other.exec('COMMIT'), 100);
    expect(await database.flushLog()).toBe(true);
  });

  it('gives up when they read on', async () => {
    const { database } = await openBesideReader();
    expect(await database.flushLog()).toBe(false);
  });
});

describe('writing', () => {
  it('is not seen by the reader before it is committed', async () => {
    const database = await openDatabase();
    const { reader } = database;
    const find = () => reader.$queryRaw<object[]>`SELECT * FROM "Meta" WHERE "key" = 'x'`;
    await database.write(async (transaction) => {
      await transaction.meta.create({ data: { key: 'x', value: 'y' } });
      expect(await transaction.meta.count({ where: { key: 'x' } })).toBe(1);
      expect(await find()).toEqual([]);
    });
    expect(await find()).toEqual([{ key: 'x', value: 'y' }]);
  });

  it('is one transaction at a time, in the order asked for', async () => {
    const database = await openDatabase();
    const events: string[] = [];
    const work = (name: string) =>
      database.write(async (transaction) => {
        events.push(`${name} begins`);
        await transaction.meta.create({ data: { key: name, value: '' } });
        events.push(`${name} ends`);
      });
    const all = [work('a'), work('b'), work('c')];
    await database.drain();
    expect(events).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
    await Promise.all(all);
  });

  it('leaves nothing when it fails, and does not delay the next', async () => {
    const database = await openDatabase();
    const { reader } = database;
    const failing = database.write(async (transaction) => {
      await transaction.meta.create({ data: { key: 'x', value: 'y' } });
      throw new Error('no');
    });
    const next = database.write((transaction) => transaction.meta.create({ data: { key: 'z', value: '' } }));
    await expect(failing).rejects.toThrow('no');
    await next;
    const others = await reader.$queryRaw<object[]>`SELECT * FROM "Meta" WHERE "key" <> ${'genesis'}`;
    expect(others).toEqual([{ key: 'z', value: '' }]);
  });

  it('is impossible for the reader', async () => {
    const { reader } = await openDatabase();
    const write = reader.$queryRaw`INSERT INTO "Meta" VALUES ('x', 'y') RETURNING "key"`;
    await expect(write).rejects.toMatchObject({ code: 'STORAGE_READONLY' });
  });

  it('enforces foreign keys', async () => {
    const database = await openDatabase();
    const orphan = database.write((transaction) => transaction.pending.create({ data: { postSeq: 7, receivedAt: 1 } }));
    await expect(orphan).rejects.toThrow(/[Ff]oreign key/);
  });
});
