/** The life of a post, as an application lives through it with a real node. */
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { RunningNode } from '../../src/cli/ports.ts';
import { type Client, type ClientError, keyFromSeed, newKey, Refusal } from '../../src/client/index.ts';
import { type Block, blockToWire } from '../../src/domain/block.ts';
import { postWork } from '../../src/domain/transaction.ts';
import { verifyReceipt } from '../../src/verify/index.ts';
import { startDevNode } from '../cli/harness.ts';
import { GENESIS, GENESIS_ENTRY, makePosts, mineChain } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { clientOf, errorOf } from './harness.ts';

const MINE = 'mutation ($blocks: PositiveInt) { mine(input: { blocks: $blocks, allowEmpty: true }) { outcome } }';
const ADD_BLOCK = 'mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome } }';

let dataDir: string;
let node: RunningNode;
let client: Client;
beforeEach(async () => {
  dataDir = temporaryDirectory();
  node = await startDevNode(dataDir);
  onTestFinished(() => node.close());
  client = clientOf(`${node.url}/graphql`);
});

const mine = (blocks: number) => client.request(MINE, { blocks });

async function offer(block: Block): Promise<unknown> {
  const { header, transactions } = blockToWire(block);
  const transactionIds = block.transactions.map(({ id }) => id);
  const { addBlock } = await client.request<{ addBlock: { outcome: string } }, object>(ADD_BLOCK, {
    input: { header, transactionIds, transactions },
  });
  return addBlock.outcome;
}

test('a post is signed by the client, accepted once however often it is sent, mined, and proved', async () => {
  const { cursor } = await client.tip();
  const key = await newKey();
  const post = await client.sign({ author: 'ada', content: 'Signed \u0000 elsewhere.', topics: ['stone'] }, key);
  expect(post.statement).toMatchObject({ network: GENESIS.hash, publicKey: key.publicKey, stamp: 0 });
  expect(await errorOf(client.receipt(post.id))).toMatchObject({ code: 'UNKNOWN_POST' });
  for (const _ of [1, 2]) expect(await client.submit(post)).toEqual({ taken: true, state: 'PENDING' });
  expect(await errorOf(client.receipt(post.id))).toMatchObject({ code: 'NOT_INCLUDED' });
  await mine(2);
  const { block, confirmations } = await client.awaitInclusion(post.id, { confirmations: 2 });
  expect({ height: block.height, confirmations }).toEqual({ height: 1, confirmations: 2 });
  expect(await client.submit(post)).toEqual({ taken: true, state: 'INCLUDED' });
  const report = await verifyReceipt(await client.receipt(post.id, { depth: 1 }), { network: GENESIS.hash });
  expect(report).toMatchObject({ id: post.id, content: 'Signed \u0000 elsewhere.', depth: 1 });
  for await (const step of client.follow({ after: cursor })) {
    expect(step).toMatchObject({ kind: 'ATTACHED', block: { hash: block.hash, transactions: [{ id: post.id }] } });
    break;
  }
});

test('a refused post has the rule that it breaks', async () => {
  const [ada, bob] = [await newKey(), await newKey()];
  await client.submit(await client.sign({ author: 'ada', content: 'mine' }, ada));
  await mine(1);
  const stolen = await client.sign({ author: 'ada', content: 'mine, too' }, bob);
  expect(await client.submit(stolen)).toMatchObject({ taken: false, reason: 'NAME_TAKEN' });
  const elsewhere = clientOf(`${node.url}/graphql`, { network: '00'.repeat(32) });
  const foreign = await elsewhere.sign({ author: 'ada', content: 'for another network' }, ada);
  expect(await client.submit(foreign)).toMatchObject({ taken: false, reason: 'WRONG_NETWORK' });
  await expect(client.sign({ author: '', content: 'x' }, ada)).rejects.toThrow(Refusal);
});

test('a key follows from its seed, and a post has the requested work', async () => {
  const key = await newKey();
  const again = await keyFromSeed(key.exportSeed());
  expect(again.publicKey).toBe(key.publicKey);
  expect(JSON.stringify(key)).toBe(JSON.stringify({ publicKey: key.publicKey }));
  expect((await errorOf(keyFromSeed('secret'))).code).toBe('SEED_INVALID');
  const post = await client.sign({ author: 'ada', content: 'x' }, key, { work: 8, timestamp: 5 });
  expect(post.statement.timestamp).toBe(5);
  await client.submit(post);
  const query = 'query ($id: Hexadecimal!) { transaction(id: $id) { work } }';
  const { transaction } = await client.request<{ transaction: { work: number } }, object>(query, { id: post.id });
  expect(transaction.work).toBeGreaterThanOrEqual(8);
});

test('a post has the work that the node asks for under its name, and the search leaves turns to others', async () => {
  // As the node says when thousands of new names are pending.
  const crowded: typeof fetch = async (...args) => {
    const answer = await fetch(...args);
    return new Response((await answer.text()).replace('"newName":0', '"newName":11'), answer);
  };
  const asking = clientOf(`${node.url}/graphql`, { fetch: crowded });
  const key = await newKey();
  let turns = 0;
  const count = setInterval(() => {
    turns += 1;
  }, 1);
  const first = await asking.sign({ author: 'eve', content: 'a new name' }, key);
  clearInterval(count);
  expect(postWork(first.bytes)).toBeGreaterThanOrEqual(11);
  if (first.statement.stamp > 3_000) expect(turns).toBeGreaterThan(2);
  expect(await asking.submit(first)).toMatchObject({ taken: true });
  await mine(1);
  expect((await asking.sign({ author: 'eve', content: 'a known one' }, key)).statement.stamp).toBe(0);
});

test('work that takes too long ends with the client', async () => {
  const signing = client.sign({ author: 'eve', content: 'never' }, await newKey(), { work: 60 });
  await new Promise((resolve) => setTimeout(resolve));
  client.dispose();
  expect((await errorOf(signing)).code).toBe('DISPOSED');
});

test('inclusion is waited for over a reorganisation and a restart', async () => {
  const post = await client.sign({ author: 'ada', content: 'to be buried' }, await newKey());
  await client.submit(post);
  await mine(1);
  const port = Number(new URL(node.url).port);
  const lived: string[] = [];
  const lost: ClientError[] = [];
  const better = mineChain(GENESIS_ENTRY, [[], makePosts(1)], { version: 7 }).map(({ block }) => block);
  const included = client.awaitInclusion(post.id, {
    confirmations: 3,
    onStatus: ({ state, confirmations }) => void lived.push(`${state} ${confirmations}`),
    onLost: (why) => void lost.push(why),
  });
  await expect.poll(() => lived).toEqual(['INCLUDED 1']);
  for (const block of better) await offer(block);
  await expect.poll(() => lived.at(-1)).toBe('PENDING 0');
  await node.close();
  node = await startDevNode(dataDir, { port });
  await mine(3);
  const { block, confirmations } = await included;
  expect({ height: block.height, confirmations }).toEqual({ height: 3, confirmations: 3 });
  expect(lived.slice(0, 3)).toEqual(['INCLUDED 1', 'DETACHED 0', 'PENDING 0']);
  expect(lost.map(({ code }) => code)).toContain('UNREACHABLE');
});
