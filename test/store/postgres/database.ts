import pg from 'pg';
import { onTestFinished } from 'vitest';
import { createDatabase } from '../../support/postgres.ts';

/** A connection to a database of its own, which is removed when the test is over. */
export async function openDatabase(): Promise<pg.Client> {
  const { url, remove } = await createDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await remove();
  });
  return client;
}
