/** The connections of a server of the copy: what pages and searches take from each other. */
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { skeleton } from '../../../src/mempool/lookalike.ts';
import type { KeyRange } from '../../../src/store/ports.ts';
import { openServed } from '../../../src/store/postgres/openServed.ts';
import { openTestArchive } from '../../support/archiveStore.ts';
import { GENESIS, GENESIS_ENTRY, makePost, mineChain } from '../../support/chain.ts';
import { hasServer } from '../../support/postgres.ts';
import { extension } from '../sqlite/moves.ts';

const PAGE: KeyRange<never> = { limit: 5, fromEnd: false, after: null, before: null };

it.skipIf(!(await hasServer()))(
  'pages are read, and a search is cancelled, while it holds the only connection for searches',
  async () => {
    const { chain, database } = await openTestArchive();
    await chain.moveTip(extension(mineChain(GENESIS_ENTRY, [[makePost({ content: 'a needle' })]])));
    const { reader, close } = await openServed({
      url: database.url,
      readUrl: database.url,
      genesis: GENESIS.hash,
      poolSize: 2,
      statementTimeout: 0,
      skeletonOf: skeleton,
      warn: () => {},
    });
    onTestFinished(close);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    onTestFinished(() => client.end());
    const locks = `SELECT FROM pg_locks WHERE relation = '"PostText"'::regclass AND NOT granted`;
    const waiting = async () => (await client.query(locks)).rowCount;
    const [order, end] = ['newest-first', new AbortController()] as const;
    await client.query('BEGIN; LOCK TABLE "PostText"');
    const refused = expect(reader.posts({ text: 'needle' }, PAGE, order, end.signal)).rejects.toThrow('enough');
    await expect.poll(waiting).toBe(1);
    expect((await reader.posts({}, PAGE, order)).items).toHaveLength(1);
    end.abort(new Error('enough'));
    await refused;
    await expect.poll(waiting).toBe(0);
    await client.query('ROLLBACK');
    expect((await reader.posts({ text: 'needle' }, PAGE, order)).items).toHaveLength(1);
  },
);
