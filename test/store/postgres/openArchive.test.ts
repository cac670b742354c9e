import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import type { UpstreamState } from '../../../src/archive/ports.ts';
import { openTestArchive } from '../../support/archiveStore.ts';
import { GENESIS_ENTRY, makePost, mineChain } from '../../support/chain.ts';
import { extension } from '../sqlite/moves.ts';

it('has PostgreSQL count the posts of a load, and not of each block after it', async () => {
  const { chain, noteUpstream, database } = await openTestArchive();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(() => client.end());
  const counted = async () =>
    (await client.query(`SELECT "reltuples" FROM pg_class WHERE "relname" = 'Post'`)).rows[0].reltuples;
  const mined = mineChain(
    GENESIS_ENTRY,
    Array.from({ length: 21 }, (_, i) => [makePost({ content: `post ${i}` })]),
  );
  const state: UpstreamState = {
    url: 'http://127.0.0.1',
    tip: { hash: '', height: 0 },
    pool: { maxCount: 1, maxBytes: 1, minimumWork: { knownName: 0, newName: 0 } },
  };
  const bound = new Set<string>();
  for (const [i, one] of mined.entries()) {
    await chain.moveTip({ ...extension([one], bound), isLate: true });
    for (const { statement } of one.block.transactions) bound.add(statement.author);
    if (i < 19) continue;
    await noteUpstream(state, true);
    expect(await counted()).toBe(20);
  }
});
