/** The built `stele/client`: in a browser, bundled as an application would; and in this process, over a network that is cut. */
import { getEventListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { Cable } from '../support/cable.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, startNodeProcess } from '../support/nodeProcess.ts';

const ENTRY = fileURLToPath(new URL('../../dist/client/index.js', import.meta.url));
const CHROMIUM = '/usr/bin/chromium';
const SCRIPT = "import * as library from '/client.js'; window.library = library";

/** What Node alone has cannot be bundled so. */
async function bundle(): Promise<Buffer> {
  const options = { bundle: true, minify: true, format: 'esm', platform: 'browser', write: false } as const;
  const { outputFiles } = await build({ entryPoints: [ENTRY], ...options });
  return Buffer.from(outputFiles[0]?.contents ?? []);
}

it.skipIf(!existsSync(CHROMIUM))('signs, submits, waits and follows in Chromium', async () => {
  const directory = temporaryDirectory();
  const node = await startNodeProcess(directory, 0, ['--mine']);
  onTestFinished(async () => {
    await node.end('SIGTERM');
  });
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const body = await bundle();
  await page.route('**/client.js', (route) => route.fulfill({ contentType: 'text/javascript', body }));
  // A document from the node itself: browsers keep pages from elsewhere off the local network.
  await page.goto(`${node.url}/health`);
  await page.addScriptTag({ type: 'module', content: SCRIPT });
  await page.waitForFunction('window.library !== undefined');
  const told = await page.evaluate(async (url) => {
    const { library } = globalThis as unknown as { library: typeof import('../../src/client/index.ts') };
    const client = library.createClient({ url });
    const { cursor } = await client.tip();
    const key = await library.newKey();
    const post = await client.sign({ author: 'ada', content: 'From a browser.' }, key);
    const submission = await client.submit(post);
    const { block } = await client.awaitInclusion(post.id);
    const receipt = JSON.parse(await client.receipt(post.id));
    const { value } = await client.follow({ after: cursor }).next();
    client.dispose();
    const contents = value.block.transactions.map(({ content }) => content);
    return { submission, height: block.height, proved: receipt.transaction.content, kind: value.kind, contents };
  }, `${node.url}/graphql`);
  expect(told).toEqual({
    submission: { taken: true, state: 'PENDING' },
    height: 1,
    proved: 'From a browser.',
    kind: 'ATTACHED',
    contents: ['From a browser.'],
  });
});

/** Lost connections. One listener left for each would be plain to see. */
const CUTS = 25;
const MINE = 'mutation { mine(input: { allowEmpty: true }) { outcome } }';
const POST = 'mutation { post(input: { author: "Ada", content: "waits" }) { transaction { id } } }';

/** Sees every signal that somebody listens to. */
function watchSignals(): Set<AbortSignal> {
  const seen = new Set<AbortSignal>();
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (this: EventTarget, ...args: Parameters<typeof add>) {
    if (this instanceof AbortSignal) seen.add(this);
    return add.apply(this, args);
  };
  onTestFinished(() => {
    EventTarget.prototype.addEventListener = add;
  });
  return seen;
}

it('the client keeps no listener and no socket of lost connections', async () => {
  const node = await startNodeProcess(temporaryDirectory());
  onTestFinished(() => node.end('SIGKILL').then(() => {}));
  const cable = await Cable.lay(() => node.port);
  onTestFinished(() => cable.close());
  const library = (await import(ENTRY)) as typeof import('../../src/client/index.ts');
  const client = library.createClient({ url: `${cable.url}/graphql`, timing: { pause: () => Promise.resolve() } });
  const { id } = (await ask(node.url, POST)).data.post.transaction;
  const signals = watchSignals();
  const controller = new AbortController();
  const { signal } = controller;
  const lost = { follow: 0, awaiting: 0 };
  const { cursor: after } = await client.tip();
  const steps = client.follow({ after, signal, onLost: () => (lost.follow += 1) });
  const confirmations = CUTS + 2;
  const deep = client.awaitInclusion(id, { signal, confirmations, onLost: () => (lost.awaiting += 1) });
  const heights: number[] = [];
  const readStep = async () => void heights.push((await steps.next()).value.block.height);
  await Promise.all([readStep(), ask(node.url, MINE)]);
  const lasting = [...signals];
  const listenersOf = (each: AbortSignal) => getEventListeners(each, 'abort').length;
  const atFirst = lasting.map(listenersOf);
  for (let i = 0; i < CUTS; i++) {
    const before = { ...lost };
    const step = readStep();
    cable.cut();
    await expect.poll(() => lost.follow > before.follow && lost.awaiting > before.awaiting).toBe(true);
    cable.mend();
    await Promise.all([step, ask(node.url, MINE)]);
  }
  expect(heights).toEqual(Array.from({ length: CUTS + 1 }, (_, i) => i + 1));
  await ask(node.url, MINE);
  expect((await deep).block.height).toBe(1);
  // awaitInclusion is over, so fewer listen than at first.
  expect(lasting.filter((each, i) => listenersOf(each) > Number(atFirst[i]))).toEqual([]);
  controller.abort();
  await steps.next().catch(() => {});
  client.dispose();
  expect(listenersOf(signal)).toBe(0);
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  await cable.close();
  await expect.poll(sockets).toBeLessThan(CUTS / 2);
});
