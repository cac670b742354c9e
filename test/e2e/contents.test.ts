/** Contents beside the chain, between built programs: a newcomer whose only peer withholds the newest post. */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from '../../src/client/client.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';

const directory = temporaryDirectory();
const nodes: NodeProcess[] = [];
afterAll(() => Promise.all(nodes.map((node) => node.end('SIGTERM'))));

async function start(name: string, ...peers: NodeProcess[]): Promise<NodeProcess> {
  const named = peers.flatMap(({ url }) => ['--peer', url]);
  const node = await startNodeProcess(join(directory, name), 0, ['--allow-private-peers', ...named]);
  nodes.push(node);
  return node;
}

const STATUS = 'subscription { nodeStatus { height sync { state } } }';
interface Status {
  height: number;
  sync: { state: string };
}

/** Waits until a node says so; asked whenever anything has changed there. @returns milliseconds. */
async function until(node: NodeProcess, holds: (status: Status) => unknown): Promise<number> {
  const client = createClient({ url: `${node.url}/graphql`, webSocketImpl: WebSocket });
  const begun = performance.now();
  try {
    for await (const { nodeStatus } of client.subscribe<{ nodeStatus: Status }, object>(STATUS, {})) {
      if (await holds(nodeStatus)) break;
    }
  } finally {
    client.dispose();
  }
  return performance.now() - begun;
}

const isAt = (height: number) => (status: Status) => status.height === height && status.sync.state === 'SYNCED';

const SHOW = 'query ($id: Hexadecimal!) { transaction(id: $id) { content contentState block { height } } }';
const show = async (node: NodeProcess, id: string) => (await ask(node.url, SHOW, { id })).data.transaction;

it('a new node reaches the tip, marks the withheld post as not here, and gets the text from any peer that has it', async () => {
  const source = await start('source');
  const POST = 'mutation { post(input: { author: "alice", content: "the newest post" }) { transaction { id } } }';
  const { id } = (await ask(source.url, POST)).data.post.transaction;
  await ask(source.url, 'mutation { mine { outcome } }');
  const withholding = await start('withholding', source);
  await until(withholding, isAt(1));
  const WITHHOLD =
    'mutation ($id: Hexadecimal!) { withhold(input: { id: $id, reason: "order 7" }) { transaction { id } } }';
  await ask(withholding.url, WITHHOLD, { id });

  const newcomer = await start('newcomer', withholding);
  expect(await until(newcomer, isAt(1))).toBeLessThan(10_000);
  const place = { block: { height: 1 } };
  const before = await show(newcomer, id);
  // The newcomer may have heard of the source from its peer by now.
  expect([
    { content: null, contentState: 'SEALED', ...place },
    { content: 'the newest post', contentState: 'HERE', ...place },
  ]).toContainEqual(before);
  expect(await show(withholding, id)).toEqual({ content: null, contentState: 'WITHHELD', ...place });

  await ask(newcomer.url, 'mutation ($url: String!) { addPeer(input: { url: $url }) { outcome } }', {
    url: source.url,
  });
  await until(newcomer, async () => (await show(newcomer, id)).contentState === 'HERE');
  expect(await show(newcomer, id)).toEqual({ content: 'the newest post', contentState: 'HERE', ...place });
});
