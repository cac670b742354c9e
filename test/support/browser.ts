/** The page in a real browser: the system's Chromium. Where there is none, what needs it skips, and one line says so. */
import { existsSync } from 'node:fs';
import type { Browser, BrowserContext, BrowserContextOptions, Page, ViewportSize } from 'playwright-core';
import { expect } from 'vitest';
import { headerToHex } from '../../src/domain/header.ts';
import { transactionToWire, type VerifiedTransaction } from '../../src/domain/transaction.ts';
import { en, type Text } from '../../src/web/app/i18n/en.ts';
import { zh } from '../../src/web/app/i18n/zh.ts';
import { type Mined, makePost } from './chain.ts';
import { ask, type NodeProcess } from './nodeProcess.ts';
import { DEVICES, faultsIn, LOOKS, type Scheme } from './views.ts';

/** As many posts as a request may have. */
const APIECE = 100;
const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const hasBrowser = existsSync(CHROMIUM);
if (!hasBrowser) process.stderr.write(`skipped: tests of the page (no browser at ${CHROMIUM})\n`);

export async function launchBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: CHROMIUM, args: ARGS });
}

/** Waits for what is read to become what is expected of it. Locators look twice a second only, this every 50 milliseconds. */
export const until = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 20_000 });

const IS_LIVE = `document.querySelector('[data-connection="live"]') !== null`;

/** A visitor with an empty browser, who notes where it strays to and what fails in it. */
export class Visitor {
  readonly strayed: string[] = [];
  readonly context: BrowserContext;
  /** The colours that tabs ask for when they are opened; null: the context's. */
  scheme: Scheme | null = null;
  readonly #window: ViewportSize;
  readonly #open: Page[] = [];
  /** Tabs that were left, to be used again: a new one costs four seconds of a processor, until the page is live in it. */
  readonly #left: Page[] = [];

  constructor(context: BrowserContext, window: ViewportSize) {
    this.context = context;
    this.#window = window;
  }

  static async come(browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> {
    const { viewport } = { ...DEVICES.desk, ...options };
    return new Visitor(
      await browser.newContext({ locale: 'en', viewport, ...options }),
      viewport ?? DEVICES.desk.viewport,
    );
  }

  /** An empty tab. */
  async tab(): Promise<Page> {
    const page = this.#left.pop() ?? (await this.context.newPage());
    // A tab behind another one draws once a second.
    await page.bringToFront();
    await page.emulateMedia({ colorScheme: this.scheme });
    this.#open.push(page);
    return page;
  }

  /** Opens an address and, unless told otherwise, waits until the page is live. */
  async open(url: string, isLive = true): Promise<Page> {
    const page = await this.tab();
    const { host } = new URL(url);
    const note = (address: string) => {
      const at = new URL(address);
      if (!/^(data|blob):$/.test(at.protocol) && at.host !== host) this.strayed.push(address);
    };
    page.on('request', (request) => note(request.url()));
    page.on('websocket', (socket) => note(socket.url()));
    page.on('pageerror', (error) => this.strayed.push(String(error)));
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) this.strayed.push(message.text());
    });
    await page.goto(url);
    if (isLive) await until(() => page.evaluate(IS_LIVE)).toBe(true);
    return page;
  }

  /** Axe finds no fault in the tab that was opened first. */
  async judge(): Promise<void> {
    const [page] = this.#open;
    if (page) await judge(page);
  }

  /** Nothing went elsewhere, and nothing broke. The next one to come finds the browser empty but for its cache. */
  async makeWay(): Promise<void> {
    const open = this.#open.splice(0).filter((page) => !page.isClosed());
    const origins = new Set<string>();
    for (const page of this.context.pages()) {
      if (!open.includes(page) && !this.#left.includes(page)) await page.close();
    }
    for (const page of open) {
      page.removeAllListeners();
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      origins.add(new URL(page.url()).origin);
      // An empty tab has none.
      await page.evaluate('sessionStorage.clear()').catch(() => {});
      await page.goto('about:blank');
      await page.setViewportSize(this.#window);
    }
    this.#left.push(...open);
    await this.context.setOffline(false);
    const [page] = open;
    if (page) {
      const devTools = await this.context.newCDPSession(page);
      for (const origin of origins) {
        const storageTypes = 'local_storage,indexeddb';
        await devTools.send('Storage.clearDataForOrigin', { origin, storageTypes });
      }
      await devTools.detach();
    }
    expect(this.strayed.splice(0)).toEqual([]);
  }

  /** Nothing went elsewhere, and nothing broke. */
  async leave(): Promise<void> {
    await this.context.close();
    expect(this.strayed).toEqual([]);
  }
}

/** Goes to an address as a link within the page does: nothing is loaded anew, which costs a second of a processor. */
export async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => history.pushState(null, '', to), path);
}

/** Texts of the posts that are shown, from the top. */
export const texts = (page: Page) => page.locator('.post .content').allTextContents();

/** The post with a text. */
export const postWith = (page: Page, content: string) => page.locator('article.post', { hasText: content });

/** Where it says that the post stands. */
export const state = (page: Page, content: string) => postWith(page, content).locator('.state').textContent();

/** Axe finds no fault in the page, if this is one. */
async function judge(page: Page): Promise<void> {
  const isPage = !page.isClosed() && (await page.locator('#main').count()) > 0;
  if (isPage) expect(await faultsIn(page, '#main', LOOKS)).toEqual([]);
}

/** Has the page go on in Chinese, as a reader does who chooses it, once axe has judged it. @returns what it says from then on. */
export async function speakChinese(page: Page): Promise<Text> {
  await judge(page);
  await page.getByRole('button', { name: '简体中文' }).click();
  await page.locator('html[lang="zh-Hans"]').waitFor();
  return zh;
}

/** Writes a post by hand; the name only where one is asked for. @param t what the page says. */
export async function write(page: Page, content: string, name?: string, t: Text = en): Promise<void> {
  await page.getByLabel(t.text, { exact: true }).fill(content);
  if (name !== undefined) await page.getByLabel(t.name, { exact: true }).fill(name);
  await page.getByRole('button', { name: t.publish, exact: true }).click();
}

/** A post by way of the API, under a key of the node. @returns its id. */
export async function postBy(
  { url }: NodeProcess,
  author: string,
  content: string,
  more: { topics?: string[]; replyTo?: string; supersedes?: string } = {},
): Promise<string> {
  const query = 'mutation ($input: PostInput!) { post(input: $input) { transaction { id } status { message } } }';
  const { data } = await ask(url, query, { input: { author, content, ...more } });
  expect(data.post.status.message).toBeNull();
  return data.post.transaction.id;
}

/** Posts of one author under a key of their own, a hundred a request, in their order. */
export async function postAll(
  { url }: NodeProcess,
  author: string,
  contents: readonly string[],
): Promise<VerifiedTransaction[]> {
  const query = `mutation ($input: SubmitTransactionsInput!) {
    submitTransactions(input: $input) { statuses { state } }
  }`;
  const now = Date.now();
  const posts = contents.map((content, i) => makePost({ author, content, timestamp: now - contents.length + i }));
  for (let from = 0; from < posts.length; from += APIECE) {
    const transactions = posts.slice(from, from + APIECE).map(transactionToWire);
    const { data } = await ask(url, query, { input: { transactions } });
    expect(data.submitTransactions.statuses).toEqual(transactions.map(() => ({ state: 'PENDING' })));
  }
  return posts;
}

/** Mines what is pending. */
export async function mineAll({ url }: NodeProcess): Promise<void> {
  const { data } = await ask(url, 'mutation { mine { outcome } }');
  expect(data.mine.outcome).toBe('MINED');
}

/** Gives the node blocks that were found elsewhere. @returns what it made of each. */
export async function addBlocks({ url }: NodeProcess, mined: readonly Mined[]): Promise<string[]> {
  const query = 'mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome } }';
  const outcomes: string[] = [];
  for (const { block } of mined) {
    const input = {
      header: headerToHex(block.header),
      transactionIds: block.transactions.map(({ id }) => id),
      transactions: block.transactions.map(transactionToWire),
    };
    outcomes.push((await ask(url, query, { input })).data.addBlock.outcome);
  }
  return outcomes;
}
