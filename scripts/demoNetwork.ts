/**
 * `npm run demo:network`: five nodes on loopback, each pair joined by a cable that can be cut.
 *
 * The network is cut in two; posts are made and mined on both sides, one of them 80 blocks deep. It is mended, and one
 * node of the losing side is killed with SIGKILL in the middle of its reorganisation and started again. At the end all
 * must have the same tip, every post must stand on the chain exactly once, and `verify` must pass on every node's data.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, runCommand } from '../test/support/nodeProcess.ts';
import { DemoNetwork } from './demo/network.ts';
import { readBack } from './demo/readBack.ts';
import { Report, say } from './demo/report.ts';

const SIDES = [
  [0, 1],
  [2, 3, 4],
] as const;
/** Blocks that each side mines on its own: fewer than the 100 that a node undoes by itself. */
const LEFT_BLOCKS = 80;
const RIGHT_BLOCKS = 90;
const POSTS_A_BLOCK = 5;
/** The node that is killed, of the losing side. */
const VICTIM = 1;

const report = new Report();
const directory = mkdtempSync(join(tmpdir(), 'stele-network-'));
const network = new DemoNetwork(directory);

try {
  await network.start(5);
  say(`five nodes, ten cables: ${network.urls.join(' ')}`);
  await network.agree();

  await network.post(0, 20);
  await network.everywhere(({ pending }) => pending === 20);
  report.check('posts made on one node wait in the pool of every node', true);
  await network.mine(4, 1);
  await network.agree();
  report.check('a block mined on one node is the tip of every node', true);

  network.cut(SIDES);
  say('the network is cut in two');
  await Promise.all([
    network.postAndMine(0, LEFT_BLOCKS, POSTS_A_BLOCK),
    network.postAndMine(2, RIGHT_BLOCKS, POSTS_A_BLOCK),
  ]);
  // These wait on the losing side only, and on the winning side only.
  await network.post(1, 10);
  await network.post(3, 10);
  const [left, right] = await Promise.all([network.status(0), network.status(2)]);
  report.check(`the sides went apart: ${left.height} and ${right.height} blocks`, left.tip !== right.tip);

  const mended = performance.now();
  network.mend();
  say('the network is mended; node 1 is killed while it goes over to the other branch');
  const killedAt = await network.killWhileCatchingUp(VICTIM, right.height);
  say(`killed at height ${killedAt}`);
  await network.restart(VICTIM);
  await network.agree();
  const seconds = (performance.now() - mended) / 1000;
  const { tip } = await network.status(VICTIM);
  report.check(`all have the tip of the heavier side ${seconds.toFixed(1)} s after the mending`, tip === right.tip);

  await network.mineAll(3);
  await network.agree();
  const expected = [...network.acknowledged].sort();
  for (const [index, url] of network.urls.entries()) {
    const { ids, placesInOrder } = await readBack(url);
    const isWhole = placesInOrder && String([...ids].sort()) === String(expected);
    report.check(`node ${index}: each of ${expected.length} posts is on the chain exactly once`, isWhole);
    const { data } = await ask(url, '{ node { pool { count } } peers { state } }');
    report.check(`node ${index}: nothing is left pending`, data.node.pool.count === 0);
    const banned = data.peers.filter(({ state }: { state: string }) => state === 'BANNED').length;
    report.check(`node ${index}: nobody was banned`, banned === 0, true);
  }
  await network.stop();
  for (const dataDir of network.dataDirs) {
    const { code, stdout, stderr } = await runCommand(['verify', '--network', 'dev', '--data-dir', dataDir]);
    report.check(`verify: ${stdout.trim() || stderr.trim()}`, code === 0);
  }
} finally {
  await network.stop();
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = report.end() ? 0 : 1;
