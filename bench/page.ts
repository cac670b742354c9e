/**
 * The page over a long chain, in Chromium: `npm run bench:page` (100,000 posts; another number as an argument).
 *
 * How long until the feed shows its posts, in an empty browser and in one that has the files; then what the page holds in
 * memory, garbage collected, and in its document while one scrolls through 2,000 posts and back to the top.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../test/support/browser.ts';
import { startNodeProcess } from '../test/support/nodeProcess.ts';
import { buildChain } from './longChain.ts';

const POSTS = Number(process.argv[2] ?? 100_000);
const SCROLLED = 2_000;
const STEP = 500;
const OPENINGS = 5;

const say = (line: string) => process.stdout.write(`${line}\n`);
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;

/** Milliseconds from asking for the page until its first post is in the document, and painted. */
async function open(page: Page, url: string): Promise<number> {
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator('article.post').first().waitFor();
  return page.evaluate(
    'new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))',
  ) as Promise<number>;
}

async function held(page: Page, session: CDPSession): Promise<string> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const elements = await page.evaluate('document.querySelectorAll("*").length');
  return `${(usedSize / 1_048_576).toFixed(1)} MB, ${elements} elements`;
}

/** Scrolls until a post of that place in the feed is in the document. */
async function scrollTo(page: Page, place: number): Promise<void> {
  const last = 'Math.max(...[...document.querySelectorAll("article[aria-posinset]")].map((e) => e.ariaPosInSet))';
  while (((await page.evaluate(last)) as number) < place) {
    await page.mouse.wheel(0, 2_000);
    await page.evaluate('new Promise(requestAnimationFrame)');
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'stele-page-bench-'));
const browser = await launchBrowser();
try {
  await buildChain(dataDir, POSTS);
  const node = await startNodeProcess(dataDir);
  const first: number[] = [];
  const again: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    first.push(await open(page, node.url));
    again.push(await open(page, node.url));
    await context.close();
  }
  say(`${POSTS} posts: the feed shows ${median(first).toFixed(0)} ms after it was asked for, with an empty cache`);
  say(`and ${median(again).toFixed(0)} ms after it with the files at hand (medians of ${OPENINGS})`);

  const page = await browser.newPage();
  const session = await page.context().newCDPSession(page);
  await open(page, node.url);
  await page.locator('.proof-word.proven').first().waitFor();
  say(`at the top: ${await held(page, session)}`);
  for (let place = STEP; place <= SCROLLED; place += STEP) {
    await scrollTo(page, place);
    say(`at post ${place}: ${await held(page, session)}`);
  }
  await page.evaluate('scrollTo(0, 0)');
  await page.locator('article[aria-posinset="1"]').waitFor();
  say(`back at the top: ${await held(page, session)}`);
  await node.end('SIGTERM');
} finally {
  await browser.close();
  rmSync(dataDir, { recursive: true });
}
