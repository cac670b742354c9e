/** The page over a long chain, in Chromium: how soon the feed shows its posts, and what scrolling through it holds on to. */
import type { Browser, Page } from 'playwright-core';
import { hasBrowser, launchBrowser } from '../../test/support/browser.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { startNode } from '../support/node.ts';
import { POSTS_A_BLOCK } from './startup.ts';

export const page: Row = {
  name: 'page',
  title: 'The page',
  work: "the feed over a long chain: until its posts are painted; the page's memory, garbage collected, while one scrolls",
  against: 'the same page at its top',
  run,
};

async function run(bench: Bench): Promise<Finding[]> {
  if (!hasBrowser) throw new Error('there is no browser');
  const node = await startNode(bench, await bench.chains.data({ posts: bench.posts, postsABlock: POSTS_A_BLOCK }));
  const browser = await launchBrowser();
  bench.onEnd(() => browser.close());
  const known = await browser.newPage();
  await laterVisit(known, node.url);
  const times = await takeTurns(bench.rounds, {
    first: () => firstVisit(browser, node.url),
    again: () => laterVisit(known, node.url),
  });
  const scrolled = bench.amount(2_000, 200);
  const rounds = Math.min(3, bench.rounds);
  const held = await takeTurns(rounds, {
    top: () => scrollAndWeigh(browser, node.url, 0),
    deep: () => scrollAndWeigh(browser, node.url, scrolled),
  });
  const posts = `${bench.posts.toLocaleString('en')} posts`;
  return [
    {
      name: `feed shown, ${posts}, first visit`,
      unit: 'ms',
      ours: times.first,
      reference: null,
      goal: { atMost: 500 },
    },
    { name: `feed shown, ${posts}, later visits`, unit: 'ms', ours: times.again, reference: null, goal: null },
    {
      name: `memory ${scrolled.toLocaleString('en')} posts down`,
      unit: 'MB',
      ours: held.deep,
      reference: { name: 'at the top', values: held.top },
      goal: { atMost: 4 },
    },
  ];
}

async function firstVisit(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext();
  const ms = await open(await context.newPage(), url);
  await context.close();
  return ms;
}

/** In the window of earlier visits, which is emptied: a page goes on working, beside the next visit, when its feed is shown. */
async function laterVisit(known: Page, url: string): Promise<number> {
  const ms = await open(known, url);
  await known.goto('about:blank');
  return ms;
}

/** Milliseconds from asking for the page until its first post is painted. */
async function open(visited: Page, url: string): Promise<number> {
  await visited.goto(url, { waitUntil: 'commit' });
  await visited.locator('article.post').first().waitFor();
  const painted = 'new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))';
  return visited.evaluate(painted);
}

/** Megabytes that are held with the post of that place in view. */
async function scrollAndWeigh(browser: Browser, url: string, place: number): Promise<number> {
  const context = await browser.newContext();
  const visited = await context.newPage();
  await open(visited, url);
  await visited.locator('.proof-word.proven').first().waitFor();
  const lowest = 'Math.max(...[...document.querySelectorAll("article[aria-posinset]")].map((e) => e.ariaPosInSet))';
  while ((await visited.evaluate<number>(lowest)) < place) {
    await visited.mouse.wheel(0, 2_000);
    await visited.evaluate('new Promise(requestAnimationFrame)');
  }
  const session = await context.newCDPSession(visited);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await context.close();
  return usedSize / 2 ** 20;
}
