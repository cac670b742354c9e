import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, type Tx } from '../../../src/store/sqlite/database.ts';
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
    ['busy_timeout', 0], // the writer waits by itself
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

  it('leaves the disk to the next one that is not late', async () => {
    const database = await openDatabase();
    const seen = [await database.write(mode, { isLate: true }), await database.write(mode), await database.write(mode)];
    expect(seen).toEqual([MODES.isLate, MODES.waits, MODES.waits]);
  });

  it('is followed by one when the database closes', async () => {
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

  it('leaves nothing when it fails, and does not hold up the next', async () => {
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

  it('keeps references whole', async () => {
    const database = await openDatabase();
    const orphan = database.write((transaction) => transaction.pending.create({ data: { postSeq: 7, receivedAt: 1 } }));
    await expect(orphan).rejects.toThrow(/[Ff]oreign key/);
  });
});
