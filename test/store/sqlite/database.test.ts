import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../../src/store/sqlite/database.ts';
import { prepareDatabase } from '../../../src/store/sqlite/prepare.ts';
import { GENESIS } from '../../support/chain.ts';
import { temporaryDirectory } from '../../support/directories.ts';

async function openDatabase() {
  const file = join(temporaryDirectory(), 'stele.db');
  prepareDatabase(file, GENESIS, false);
  const database = await connect(file, false);
  onTestFinished(() => database.close());
  return database;
}

describe("the writer's connection", () => {
  it.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2n], // FULL: each commit waits for the disk
    ['foreign_keys', 1n],
    ['secure_delete', 1n],
    ['busy_timeout', 5_000n],
  ])('has %s set to %s', async (pragma, value) => {
    const { write } = await openDatabase();
    const rows = await write((transaction) => transaction.$queryRawUnsafe<object[]>(`PRAGMA ${pragma}`));
    const [found] = Object.values(rows[0] ?? {});
    expect(typeof found === 'number' ? BigInt(found) : found).toBe(value);
  });
});

describe('writing', () => {
  it('is not seen by the reader before it is committed', async () => {
    const { reader, write } = await openDatabase();
    const find = () => reader.$queryRaw<object[]>`SELECT * FROM "Meta" WHERE "key" = 'x'`;
    await write(async (transaction) => {
      await transaction.meta.create({ data: { key: 'x', value: 'y' } });
      expect(await transaction.meta.count({ where: { key: 'x' } })).toBe(1);
      expect(await find()).toEqual([]);
    });
    expect(await find()).toEqual([{ key: 'x', value: 'y' }]);
  });

  it('is one transaction at a time, in the order asked for', async () => {
    const { write, settled } = await openDatabase();
    const events: string[] = [];
    const work = (name: string) =>
      write(async (transaction) => {
        events.push(`${name} begins`);
        await transaction.meta.create({ data: { key: name, value: '' } });
        events.push(`${name} ends`);
      });
    const all = [work('a'), work('b'), work('c')];
    await settled();
    expect(events).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
    await Promise.all(all);
  });

  it('leaves nothing when it fails, and does not hold up the next', async () => {
    const { reader, write } = await openDatabase();
    const failing = write(async (transaction) => {
      await transaction.meta.create({ data: { key: 'x', value: 'y' } });
      throw new Error('no');
    });
    const next = write((transaction) => transaction.meta.create({ data: { key: 'z', value: '' } }));
    await expect(failing).rejects.toThrow('no');
    await next;
    const others = await reader.$queryRaw<object[]>`SELECT * FROM "Meta" WHERE "key" <> ${'genesis'}`;
    expect(others).toEqual([{ key: 'z', value: '' }]);
  });

  it('is impossible for the reader', async () => {
    const { reader } = await openDatabase();
    const write = reader.$queryRaw`INSERT INTO "Meta" VALUES ('x', 'y') RETURNING "key"`;
    await expect(write).rejects.toThrow(/readonly/);
  });

  it('keeps references whole', async () => {
    const { write } = await openDatabase();
    const orphan = write((transaction) => transaction.pending.create({ data: { postSeq: 7, receivedAt: 1 } }));
    await expect(orphan).rejects.toThrow(/[Ff]oreign key/);
  });
});
