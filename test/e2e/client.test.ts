/** The built `stele/client` in a browser, bundled as an application would: with the runtime's own fetch and WebSocket. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { startNodeProcess } from '../support/nodeProcess.ts';

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
