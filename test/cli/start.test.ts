import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { SyncProgress } from '../../src/cli/ports.ts';
import { ADDRESS_FILE, clientOptions, type NodeOptions } from '../../src/options/config.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { Captured, stele } from './harness.ts';

const LOCAL = { trustsLocal: true, token: 'secret', tokenFile: '/stele/operator-token' };

/** A node that only notes what happens to it. */
function fakeNode(events: string[], operator = LOCAL) {
  let options: NodeOptions | null = null;
  return {
    given: () => options,
    async startNode(given: NodeOptions) {
      options = given;
      events.push('started');
      const close = async () => void events.push('closed');
      return { url: 'http://127.0.0.1:4000', operator, watchSync() {}, fault: new Promise<string>(() => {}), close };
    },
  };
}

test('a node starts with its options, prints its address, and closes when asked to stop', async () => {
  const events: string[] = [];
  const stdout = new Captured();
  const { startNode, given } = fakeNode(events);
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const dependencies = { startNode, stopped: () => stopped };
  const environment = { STELE_NETWORK: 'dev', STELE_PORT: '1' };
  const running = stele(['start', '--port', '0', '--mine'], { environment, stdout, dependencies });
  await expect
    .poll(() => stdout.text)
    .toBe(
      [
        'Stele is running on network dev.',
        '  Playground  http://127.0.0.1:4000/graphql',
        '  Page        http://127.0.0.1:4000/',
        `  Data        ${resolve('data/dev')}`,
        '  Operator    your programs and browser on this machine; else whoever has the token in /stele/operator-token',
        'Ctrl+C stops it.\n',
      ].join('\n'),
    );
  expect(given()).toMatchObject({ port: 0, mine: true, dataDir: resolve('data/dev') });
  expect(events).toEqual(['started']);
  stop();
  expect((await running).code).toBe(0);
  expect(events).toEqual(['started', 'closed']);
});

test.each([
  ['http://127.0.0.1:4321', 'http://127.0.0.1:4321\n'],
  ['http://0.0.0.0:4321', 'http://127.0.0.1:4321\n'],
  ['http://[::]:4321', 'http://[::1]:4321\n'],
])('notes where it listens in its data directory while it runs: %s', async (url, note) => {
  const dataDir = temporaryDirectory();
  const file = join(dataDir, ADDRESS_FILE);
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const startNode = async () => ({
    url,
    operator: LOCAL,
    watchSync() {},
    fault: new Promise<string>(() => {}),
    close: async () => {},
  });
  const running = stele(['start', '--data-dir', dataDir], { dependencies: { startNode, stopped: () => stopped } });
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toBe(note);
  expect(clientOptions({ dataDir }, {}).url).toBe(`${note.trim()}/graphql`);
  stop();
  await running;
  expect(existsSync(file)).toBe(false);
});

test('a stop during the start closes the node', async () => {
  const events: string[] = [];
  const { startNode } = fakeNode(events);
  expect((await stele(['start'], { dependencies: { startNode, stopped: () => Promise.resolve() } })).code).toBe(0);
  expect(events).toEqual(['started', 'closed']);
});

test('nodes to connect to may be named one by one', async () => {
  const { startNode, given } = fakeNode([]);
  await stele(['start', '--peer', 'http://a.example', '--peer', 'http://b.example'], { dependencies: { startNode } });
  expect(given()?.peers).toEqual(['http://a.example', 'http://b.example']);
  await stele(['start'], { environment: { STELE_PEERS: 'http://c.example' }, dependencies: { startNode } });
  expect(given()?.peers).toEqual(['http://c.example']);
});

test('the address is printed as JSON when asked', async () => {
  const { startNode } = fakeNode([]);
  const { stdout } = await stele(['start', '--json', '--data-dir', '/stele'], { dependencies: { startNode } });
  expect(JSON.parse(stdout)).toEqual({
    url: 'http://127.0.0.1:4000',
    playground: 'http://127.0.0.1:4000/graphql',
    page: 'http://127.0.0.1:4000/',
    dataDir: resolve('/stele'),
    network: 'main',
    operator: 'local',
    tokenFile: '/stele/operator-token',
  });
});

test('where only the token proves the operator, the printed links carry it behind the #', async () => {
  const { startNode } = fakeNode([], { ...LOCAL, trustsLocal: false });
  const { stdout } = await stele(['start', '--public-url', 'https://stele.example'], { dependencies: { startNode } });
  expect(stdout).toContain('  Playground  http://127.0.0.1:4000/graphql#token=secret\n');
  expect(stdout).toContain('  Page        http://127.0.0.1:4000/#token=secret\n');
  expect(stdout).toContain('  Operator    whoever has the token in /stele/operator-token\n');
});

test('a terminal shows how far the node has synchronised', async () => {
  const stderr = Object.assign(new Captured(), { isTTY: true });
  let tell: (progress: SyncProgress) => void = () => {};
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const startNode = async () => ({
    url: 'http://127.0.0.1:4000',
    operator: LOCAL,
    watchSync(told: typeof tell) {
      tell = told;
      tell({ height: 0, targetHeight: 0, unverified: null });
    },
    fault: new Promise<string>(() => {}),
    close: async () => {},
  });
  const running = stele(['start', '--data-dir', temporaryDirectory()], {
    stderr,
    dependencies: { startNode, stopped: () => stopped },
  });
  await expect.poll(() => tell).toHaveLength(1);
  expect(stderr.text).toBe('');
  tell({ height: 250, targetHeight: 1_000, unverified: null });
  expect(stderr.text).toContain('Synchronising [');
  tell({ height: 1_000, targetHeight: 1_000, unverified: { height: 430, targetHeight: 1_000 } });
  expect(stderr.text).toContain('Unverified [');
  stop();
  await running;
  expect(stderr.text).toMatch(/25% 250\/1000/);
  expect(stderr.text).toMatch(/43% 430\/1000/);
});

test('a node that has to stop is closed, and the command fails with the reason', async () => {
  const events: string[] = [];
  const { startNode } = fakeNode(events);
  const dependencies = {
    startNode: async (options: NodeOptions) => ({
      ...(await startNode(options)),
      fault: Promise.resolve('block 7: signature-invalid'),
    }),
    stopped: () => new Promise<void>(() => {}),
  };
  const { code, stderr } = await stele(['start', '--data-dir', temporaryDirectory()], { dependencies });
  expect(events).toEqual(['started', 'closed']);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^error: The snapshot is wrong.*: block 7: signature-invalid\n$/),
  });
});
