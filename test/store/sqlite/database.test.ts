import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../../src/store/sqlite/database.ts';
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
    await database.settled();
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
