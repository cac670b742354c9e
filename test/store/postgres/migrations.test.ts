import { describe, expect, it } from 'vitest';
import { missingSql } from '../../../scripts/migration.ts';
import { readMigrationFiles } from '../../../src/store/model/migrationFiles.ts';
import { applyMigrations, checkDatabase, POSTGRES_MIGRATIONS } from '../../../src/store/postgres/migrations.ts';
import { GENESIS } from '../../support/chain.ts';
import { openDatabase } from './database.ts';

/** What stands in databases out there. Never change a line: add one for each new migration. */
const CHECKSUMS = [
  ['20261130080753_init', '314e9b92cc44f3de291ae054fa72f74835eb7d8471b34ac89c9cb96a56c4d0db'],
  ['20261130113202_totals', 'c92becbd6b7ace74be0db685b9fb31a7ae53a8400c767a88e3f15bdeaf599d6a'],
  ['20261130154000_texts_of_authors', '80c3dbe4b8bd7a54ac43bf06066db745f62965af56fcd1c26a688dd9f092b10b'],
  ['20261130191304_places_by_time', '26fa86e1d54c6d791adf5cc1c9fd4e43a7ba40b0809a4b0ba36a30744660f975'],
  ['20261130221500_words', 'd11575290c297baf4ae0e3ab88c346abb66ff5b53f635eb2b4ee93f11dfbbfc4'],
];

it('no committed migration is edited, and each new one is listed here', () => {
  expect(readMigrationFiles(POSTGRES_MIGRATIONS).map(({ name, checksum }) => [name, checksum])).toEqual(CHECKSUMS);
});

it('the committed migrations lead to the schema', async () => {
  expect(await missingSql('postgres')).toBeNull();
});

describe('a database', () => {
  it.each([
    ['no-database', ''],
    ['not-a-database', 'CREATE TABLE theirs (id int)'],
  ])('is refused with %s', async (code, sql) => {
    const client = await openDatabase();
    await client.query(sql || 'SELECT 1');
    await expect(checkDatabase(client, GENESIS.hash)).rejects.toMatchObject({ code });
  });

  it('of a newer or older version or another network is refused, and left unchanged', async () => {
    const client = await openDatabase();
    await applyMigrations(client);
    const refusal = async () => (await checkDatabase(client, GENESIS.hash).catch((error) => error)).code;
    expect(await refusal()).toBe('no-database');
    await client.query(`INSERT INTO "Meta" ("key", "value") VALUES ('genesis', 'ff')`);
    expect(await refusal()).toBe('other-network');
    await client.query(
      `INSERT INTO _prisma_migrations SELECT 'x', 'x', now(), '99990101000000_later', NULL, NULL, now(), 1`,
    );
    expect(await refusal()).toBe('newer-version');
    await expect(applyMigrations(client)).rejects.toMatchObject({ code: 'newer-version' });
  });
});
