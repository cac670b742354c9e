/** A node, an archive and a server of the copy in this process. Needs PostgreSQL, and says so where none answers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pair, startPair } from '../../scripts/differential/compare.ts';
import { headerToHex } from '../../src/domain/header.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { GENESIS_ENTRY, makeKey, makePost, mineBlock } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask } from '../support/nodeProcess.ts';
import { createDatabase, hasServer, type TestDatabase } from '../support/postgres.ts';

describe.skipIf(!(await hasServer()))('a server of the copy', () => {
  let database: TestDatabase;
  let pair: Pair;
  beforeAll(async () => {
    database = await createDatabase();
    pair = await startPair(temporaryDirectory(), database.url);
  }, 60_000);
  afterAll(async () => {
    await pair.close();
    await database.remove();
  });

  it('a server answers random queries as the node does, byte for byte', async () => {
    expect(await pair.compare(Array.from({ length: 150 }, (_, seed) => seed))).toBeNull();
  });

  it('a server reports that it is ready', async () => {
    expect(await (await fetch(`${pair.server}/ready`)).json()).toEqual({ ready: true, reasons: [] });
  });

  it('a server forwards posts to the node, and returns its answers', async () => {
    const submit = async (url: string, post: ReturnType<typeof makePost>) => {
      const query = `mutation ($input: TransactionInput!) {
        submitTransaction(input: $input) { transaction { id content } status { state reason message } } }`;
      return (await ask(url, query, { input: transactionToWire(post) })).data.submitTransaction;
    };
    const post = makePost({ author: 'by serve', content: 'handed on' });
    expect(await submit(pair.server, post)).toMatchObject({
      transaction: { id: post.id, content: 'handed on' },
      status: { state: 'PENDING' },
    });
    const robbed = makePost({ author: 'by serve', content: 'by another key', key: makeKey('a thief') });
    expect(await submit(pair.server, robbed)).toEqual(await submit(pair.node, robbed));
    const broken = { ...post, signature: '0'.repeat(128) };
    expect(await submit(pair.server, broken)).toEqual(await submit(pair.node, broken));
  });

  it('a server forwards blocks to the node, and reports which rule is broken', async () => {
    const offer = async (url: string) => {
      const { block } = mineBlock(GENESIS_ENTRY, [], { time: 1 });
      const input = { header: headerToHex(block.header), transactionIds: [] };
      const query = `mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome reason message } }`;
      return ask(url, query, { input });
    };
    const told = await offer(pair.server);
    expect(told.data.addBlock).toMatchObject({ outcome: 'REJECTED', reason: 'TIME_TOO_OLD' });
  });

  it('a server refuses what only the operator may do, and names the node', async () => {
    const { errors } = await ask(pair.server, 'mutation { mine { outcome } }');
    expect(errors).toMatchObject([{ extensions: { code: 'NODE_ONLY' } }]);
    expect(errors?.[0]?.message).toContain(pair.node);
  });
});
