/**
 * The page over a long chain, in Chromium: how soon the feed can be read and used, how soon its posts are proved, how long
 * its thread is busy at once meanwhile, and what scrolling through it holds on to.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { hasBrowser, launchBrowser } from '../../test/support/browser.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { startNode } from '../support/node.ts';
import { POSTS_A_BLOCK } from './startup.ts';

export const page: Row = {
  name: 'page',
  title: 'The page',
  work: "the feed over a long chain: until its posts are painted, by the page's own clock; until those in view are proved; the page's memory, garbage collected, while one scrolls",
  against: 'the same page at its top',
  run,
};

async function run(bench: Bench): Promise<Finding[]> {
  if (!hasBrowser) throw new Error('there is no browser');
  const node = await startNode(bench, await bench.chains.data({ posts: bench.posts, postsABlock: POSTS_A_BLOCK }));
  const browser = await launchBrowser();
  bench.onEnd(() => browser.close());
  const known = await observed(await browser.newContext());
  await laterVisit(known, node.url);
  const visits: Visit[] = [];
  const times = await takeTurns(bench.rounds, {
    first: async () => {
      const visit = await firstVisit(browser, node.url);
      visits.push(visit);
      return visit.painted;
    },
    again: async () => (await laterVisit(known, node.url)).painted,
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
    {
      name: 'longest task of the page, first visit until proved',
      unit: 'ms',
      ours: visits.map(({ longest }) => longest),
      reference: null,
      goal: { atMost: 100 },
    },
    {
      name: 'posts in view proved, first visit',
      unit: 'ms',
      ours: visits.map(({ proved }) => proved),
      reference: null,
      goal: null,
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

/** Milliseconds of a visit, from asking for the page on. */
interface Visit {
  /** The first posts are painted. */
  readonly painted: number;
  /** All posts in view are proved. */
  readonly proved: number;
  /** The longest task of the page's thread; 0 when none took 50 ms. */
  readonly longest: number;
}

/** Notes in the page itself what it shows and when: asking it from outside would cost as much as what is measured. */
const OBSERVE = `
  globalThis.visit = new Promise((over) => {
    const visit = { painted: 0, proved: 0, longest: 0 };
    const isInView = (element) => element.getBoundingClientRect().top < innerHeight;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      visit.painted = performance.now();
      look();
    };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) visit.longest = Math.max(visit.longest, duration);
    }).observe({ type: 'longtask', buffered: true });
    let isShown = false;
    function look() {
      const posts = [...document.querySelectorAll('article.post')].filter(isInView);
      if (posts.length === 0) return;
      // A message that is sent before a paint comes after it.
      if (!isShown) requestAnimationFrame(() => port2.postMessage(null));
      isShown = true;
      if (visit.painted === 0 || !posts.every((post) => post.querySelector('.proof-word.proven'))) return;
      visit.proved = performance.now();
      over(visit);
      changes.disconnect();
    }
    const changes = new MutationObserver(look);
    changes.observe(document, { subtree: true, childList: true, attributes: true });
  });
`;

async function observed(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(OBSERVE);
  return page;
}

async function firstVisit(browser: Browser, url: string): Promise<Visit> {
  const context = await browser.newContext();
  const visit = await open(await observed(context), url);
  await context.close();
  return visit;
}

/** A visit in a window that has been here before. The window is emptied after it, since an open page works on beside the next visit. */
async function laterVisit(known: Page, url: string): Promise<Visit> {
  const visit = await open(known, url);
  await known.goto('about:blank');
  return visit;
}

async function open(visited: Page, url: string): Promise<Visit> {
  await visited.goto(url, { waitUntil: 'commit' });
  return visited.evaluate<Visit>('visit');
}

/** Megabytes that are held with the post of that place in view. */
async function scrollAndWeigh(browser: Browser, url: string, place: number): Promise<number> {
  const context = await browser.newContext();
  const visited = await observed(context);
  await open(visited, url);
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
