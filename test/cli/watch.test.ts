/** Following the chain, over restarts and reorganisations. */
import { expect, onTestFinished, test } from 'vitest';
import type { RunningNode } from '../../src/cli/ports.ts';
import { blockToWire } from '../../src/domain/block.ts';
import { GENESIS_ENTRY, makePosts, mineChain } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { Captured, startDevNode, stele } from './harness.ts';

interface Line {
  cursor: string;
  kind: 'ATTACHED' | 'DETACHED';
  block: { height: number; hash: string; transactions: { content: string }[] };
}

function watch(node: RunningNode, args: readonly string[], stdout: Captured, pause = () => Promise.resolve()) {
  const environment = { STELE_URL: `${node.url}/graphql` };
  return stele(['watch', ...args], { environment, stdout, dependencies: { pause } });
}

function ask(node: RunningNode, ...args: string[]) {
  return stele(args, { environment: { STELE_URL: `${node.url}/graphql` } });
}

function linesOf(stdout: Captured): Line[] {
  return stdout.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function steps(stdout: Captured): string[] {
  return linesOf(stdout).map(({ kind, block }) => `${kind === 'ATTACHED' ? '+' : '-'}${block.height}`);
}

/** Where a chain stands that has its genesis alone, as the node says it. */
async function genesisCursor(node: RunningNode): Promise<string> {
  const query = '{ chain(first: 1, order: OLDEST_FIRST) { edges { cursor } } }';
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${node.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { data } = (await response.json()) as { data: { chain: { edges: [{ cursor: string }] } } };
  return data.chain.edges[0].cursor;
}

async function started(dataDir = temporaryDirectory(), port = 0): Promise<RunningNode> {
  const node = await startDevNode(dataDir, { port });
  onTestFinished(() => node.close());
  return node;
}

test('blocks are shown with their posts', async () => {
  const node = await started();
  const after = await genesisCursor(node);
  await ask(node, 'post', 'alice', 'cut\nin \u202estone');
  await ask(node, 'mine', '--blocks', '2', '--allow-empty');
  const { code, stdout } = await watch(node, ['--after', after, '--blocks', '2'], new Captured());
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^\+ 1 {2}[0-9a-f]{64} {2}\S+Z {2}1 post\n {4}alice {2}\S+Z\n {6}cut\n {6}in \\u\{202e\}stone\n {6}id [0-9a-f]{64}\n\+ 2 .* 0 posts\n$/,
  );
});

test('all the posts of a large block are shown', async () => {
  const dataDir = temporaryDirectory();
  const [large] = mineChain(GENESIS_ENTRY, [makePosts(250)]);
  const stdin = JSON.stringify(blockToWire((large as { block: Parameters<typeof blockToWire>[0] }).block));
  await stele(['import', '-', '--network', 'dev', '--data-dir', dataDir], { stdin });
  const node = await started(dataDir);
  const stdout = new Captured();
  await watch(node, ['--json', '--blocks', '1', '--after', await genesisCursor(node)], stdout);
  const [line] = linesOf(stdout);
  expect(line?.block.transactions.map(({ content }) => content)).toEqual(
    Array.from({ length: 250 }, (_, i) => `post ${i}`),
  );
});

test('without a cursor watch begins at the tip', async () => {
  const node = await started();
  await ask(node, 'mine', '--allow-empty');
  const stdout = new Captured();
  const running = watch(node, ['--json', '--blocks', '1'], stdout);
  // Mined again and again, as nobody tells from outside when it has begun.
  while (stdout.text === '') await ask(node, 'mine', '--allow-empty');
  expect((await running).code).toBe(0);
  expect(linesOf(stdout)[0]?.block.height).toBeGreaterThan(1);
});

test('watch goes on over a restart and a reorganisation without a gap or a repeat', async () => {
  const dataDir = temporaryDirectory();
  const first = await startDevNode(dataDir);
  const port = Number(new URL(first.url).port);
  const after = await genesisCursor(first);
  await ask(first, 'mine', '--blocks', '2', '--allow-empty');
  const stdout = new Captured();
  let pauses = 0;
  let closed = Promise.resolve();
  const pause = async () => {
    if (pauses++ > 0) return;
    await closed;
    const better = mineChain(GENESIS_ENTRY, [[], makePosts(1), []], { version: 7 });
    const stdin = better.map(({ block }) => `${JSON.stringify(blockToWire(block))}\n`).join('');
    expect((await stele(['import', '-', '--network', 'dev', '--data-dir', dataDir], { stdin })).code).toBe(0);
    const second = await started(dataDir, port);
    await ask(second, 'mine', '--allow-empty');
  };
  const running = watch(first, ['--json', '--blocks', '8', '--after', after], stdout, pause);
  await expect.poll(() => steps(stdout), { timeout: 20_000 }).toEqual(['+1', '+2']);
  closed = first.close();
  const { code, stderr } = await running;
  expect(code).toBe(0);
  expect(stderr).toMatch(/^Lost the node \(.*\); trying again in 0\.\d s\.\n/);
  expect(steps(stdout)).toEqual(['+1', '+2', '-2', '-1', '+1', '+2', '+3', '+4']);
});

test('an invalid cursor ends watch with one line', async () => {
  const { code, stderr } = await watch(await started(), ['--after', 'nonsense'], new Captured());
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: .* \(CURSOR_INVALID\)\n$/);
});

test('an unreachable node ends watch with one line', async () => {
  const nowhere = { ...(await started()), url: 'http://127.0.0.1:1' };
  const { code, stderr } = await watch(nowhere, [], new Captured());
  expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 1, lines: 2 });
  expect(stderr).toMatch(/^error: No node answers/);
});
