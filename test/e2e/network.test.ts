/** The walk-through of docs/NETWORK.md: its commands run as they stand there, block by block, on machines of a kind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from '../../src/client/client.ts';
import { Cable } from '../support/cable.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { announced, ask, finish, PROGRAM } from '../support/nodeProcess.ts';

/** A directory, and the address that the others know. */
interface Machine {
  directory: string;
  /** Leads to the node, once one runs here. */
  cable: Cable;
  node: { process: ChildProcess; url: string } | null;
}

const NAMES = ['on 10.0.0.1', 'on 10.0.0.2', 'on 10.0.0.3', 'behind a firewall'] as const;
const PAGE = readFileSync(new URL('../../docs/NETWORK.md', import.meta.url), 'utf8');
/** What is to be typed, and where. */
const blocks = [...PAGE.matchAll(/```sh\n# (.+)\n([\s\S]*?)```/g)].map(([, where, script]) => ({ where, script }));

const directory = temporaryDirectory();
const machines = new Map<string, Machine>();

beforeAll(async () => {
  for (const name of NAMES) {
    const own = join(directory, name.replaceAll(' ', '-'));
    mkdirSync(own);
    const machine: Machine = { directory: own, node: null, cable: await Cable.lay(() => Number(portOf(machine))) };
    machines.set(name, machine);
  }
});
afterAll(async () => {
  for (const { node, cable } of machines.values()) {
    const ended = node && finish(node.process);
    node?.process.kill('SIGTERM');
    await ended;
    await cable.close();
  }
});

const machineAt = (where: string) => machines.get(where) as Machine;
const portOf = ({ node }: Machine) => new URL(node?.url ?? 'http://127.0.0.1:1').port;

/** All that differs from the page: where the program is, and that one machine stands for four. */
function adapt(script: string): string {
  return script
    .replaceAll('npm run -s stele --', `${process.execPath} ${PROGRAM}`)
    .replace(/^(.* start )/m, 'exec $1--port 0 --json ')
    .replace('--host 0.0.0.0', '--host 127.0.0.1')
    .replaceAll(/http:\/\/(10\.0\.0\.\d):4000/g, (_, address) => machineAt(`on ${address}`).cable.url);
}

/** Types the next block of the page, which must be the one that the test has come to. */
function type(where: string, holds: RegExp): ChildProcess {
  const block = blocks.shift();
  expect(block).toEqual({ where, script: expect.stringMatching(holds) });
  const { directory: cwd, node } = machineAt(where);
  const env = { ...process.env, STELE_URL: `${node?.url}/graphql` };
  return spawn('sh', ['-ec', adapt(block?.script ?? '')], { cwd, env });
}

async function run(where: string, holds: RegExp): Promise<string> {
  const { code, stdout, stderr } = await finish(type(where, holds));
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function start(where: string): Promise<void> {
  const child = type(where, / start /);
  machineAt(where).node = { process: child, url: (await announced(child)).url };
}

const STATUS = `subscription {
  nodeStatus { height tip { hash } pool { count } peers { outgoing incoming } sync { state } }
}`;
interface Status {
  height: number;
  tip: { hash: string };
  pool: { count: number };
  peers: { outgoing: number; incoming: number };
}

/** Waits until a node says so of itself. */
async function until(where: string, holds: (status: Status) => boolean): Promise<Status> {
  const client = createClient({ url: `${machineAt(where).node?.url}/graphql`, webSocketImpl: WebSocket });
  try {
    for await (const { nodeStatus } of client.subscribe<{ nodeStatus: Status }, object>(STATUS, {})) {
      if (holds(nodeStatus)) return nodeStatus;
    }
    throw new Error('a subscription has no end');
  } finally {
    client.dispose();
  }
}

const everywhere = (names: readonly string[], holds: (status: Status) => boolean) =>
  Promise.all(names.map((name) => until(name, holds)));

it('three nodes of a new network mine and agree, with one behind a firewall', async () => {
  const [first, second, third, wall] = NAMES;
  const three = [first, second, third];
  await run(first, / found /);
  const file = join(machineAt(first).directory, 'village.json');
  for (const name of NAMES.slice(1)) copyFileSync(file, join(machineAt(name).directory, 'village.json'));

  await start(first);
  await start(second);
  await until(first, ({ peers }) => peers.outgoing === 1);
  await start(third);
  // All have called all others: the first was named to two, and has told of them.
  await everywhere(three, ({ peers }) => peers.outgoing === 2 && peers.incoming === 2);

  await run(second, / post bob /);
  await everywhere(three, ({ height, pool }) => height >= 1 && pool.count === 0);
  const shown = await run(third, / show author bob .*\n.* show tip /);
  expect(shown).toContain('bob');
  const [mined] = (await run(first, / mine --allow-empty /)).match(/[0-9a-f]{64}/) ?? [];
  const agreed = await everywhere(three, ({ tip }) => tip.hash === mined);
  expect(agreed.map(({ height }) => height)).toEqual([2, 2, 2]);

  await start(wall);
  await until(wall, ({ tip }) => tip.hash === mined);
  await run(wall, / post dora /);
  await everywhere(NAMES, ({ height, pool }) => height >= 3 && pool.count === 0);
  const [outward] = (await run(wall, / mine --allow-empty /)).match(/[0-9a-f]{64}/) ?? [];
  await everywhere(NAMES, ({ tip }) => tip.hash === outward);
  const { data } = await ask(
    machineAt(first).node?.url ?? '',
    '{ peers { url direction } author(name: "dora") { name } }',
  );
  expect(data.author).toEqual({ name: 'dora' });
  // Nobody has called it: it has no address.
  expect(data.peers.filter(({ url }: { url: string | null }) => url === null)).toEqual([
    { url: null, direction: 'INCOMING' },
  ]);

  const watched = await run(first, / peers .*\n.*ready\n.*metrics/);
  expect(watched).toMatch(/connected {2,}outgoing/);
  expect(watched).toMatch(/^\{"ready":true,"reasons":\[\]\}$/m);
  expect(watched).toMatch(/^stele_tip_height 4$/m);
  expect(JSON.parse(watched.trim().split('\n').at(-1) ?? '').data.node).toMatchObject({
    height: 4,
    peers: { outgoing: 2 },
  });
  expect(await run(first, / resync /)).toMatch(/^2 of 2 nodes answered\. The chain is as it was\./);
  expect(await run(first, / add-peer .*\n.* remove-peer /)).toMatch(/^Connected to .*\nForgot /);
  expect(blocks).toEqual([]);
});
