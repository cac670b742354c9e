/** What an offered block weighs on the wire: every byte that crosses a real socket, headers and answers included. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningNode } from '../../src/cli/ports.ts';
import { shortenIds } from '../../src/domain/compactBlock.ts';
import { headerToHex } from '../../src/domain/header.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { startNode } from '../../src/node/start.ts';
import { GENESIS_ENTRY, makePosts, mineBlock } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { testNodeOptions } from '../support/nodeOptions.ts';

const dataDir = temporaryDirectory();
let node: RunningNode;
beforeAll(async () => {
  node = await startNode(testNodeOptions({ dataDir, logLevel: 'silent' }));
});
afterAll(async () => {
  await node.close();
});

const ADD_BLOCK = 'mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome missing } }';
const SUBMIT =
  'mutation ($posts: [TransactionInput!]!) { submitTransactions(input: { transactions: $posts }) { statuses { state } } }';

/** An answer, and the bytes that crossed the socket for it, both ways. */
function exchange(query: string, variables: object) {
  const body = JSON.stringify({ query, variables });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise<{ answer: unknown; bytes: number }>((resolve, reject) => {
    const sent = request(`${node.url}/graphql`, { method: 'POST', headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const { bytesRead, bytesWritten } = response.socket;
      resolve({ answer: JSON.parse(Buffer.concat(chunks).toString()), bytes: bytesRead + bytesWritten });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

it('the traffic of a compact block is under a twentieth for 1,000 posts that the receiver has pending', async () => {
  const content = 'A short post, as people write them: about a hundred bytes of text that say one thing and stop.';
  const posts = makePosts(1_000, { author: 'Ada Lovelace', content, topics: ['letters'] });
  const wires = posts.map(transactionToWire);
  for (let at = 0; at < wires.length; at += 100) await exchange(SUBMIT, { posts: wires.slice(at, at + 100) });

  const { block } = mineBlock(GENESIS_ENTRY, posts);
  const ids = posts.map(({ id }) => id);
  const input = { header: headerToHex(block.header), transactionIds: shortenIds(ids) };
  const compact = await exchange(ADD_BLOCK, { input });
  expect(compact.answer).toEqual({ data: { addBlock: { outcome: 'ACCEPTED', missing: [] } } });

  // The same block once more: that it is known by now changes the answer's length and nothing else.
  const full = await exchange(ADD_BLOCK, { input: { ...input, transactionIds: ids, transactions: wires } });
  expect(full.answer).toEqual({ data: { addBlock: { outcome: 'DUPLICATE', missing: [] } } });
  expect(compact.bytes / full.bytes).toBeLessThan(0.05);
});
