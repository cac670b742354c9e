import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { headerToHex } from '../../src/domain/header.ts';
import { GENESIS_ENTRY, mineChain } from '../support/chain.ts';
import { ask, type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';

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
const NAUGHTY =
  '<script>hit = 1</script><img src=x onerror="hit = 2"> \u202Egnp.exe\u202C a\u200Bb\u2066 &amp; \u05E9\u05DC\u05D5\u05DD';

const hasBrowser = existsSync(CHROMIUM);

describe.skipIf(!hasBrowser)(hasBrowser ? 'the page, in Chromium' : `the page (no browser at ${CHROMIUM})`, () => {
  let browser: Browser;
  let context: BrowserContext;
  let node: NodeProcess;
  let directories: string[];
  /** Where the browser went that is not the node, and errors on its pages. */
  let strayed: string[];

  beforeAll(async () => {
    const { chromium } = await import('playwright-core');
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });

  afterAll(() => browser?.close());

  beforeEach(async () => {
    directories = [];
    strayed = [];
    node = await startNodeProcess(directory());
    context = await browser.newContext();
  });

  afterEach(async () => {
    await context.close();
    await node.end('SIGTERM');
    for (const path of directories) rmSync(path, { recursive: true });
    expect(strayed).toEqual([]);
  });

  function directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'stele-page-'));
    directories.push(path);
    return path;
  }

  async function open(path = '/', { url } = node): Promise<Page> {
    const page = await context.newPage();
    const note = (address: string) => {
      const { protocol, host } = new URL(address);
      if (!/^(data|blob):$/.test(protocol) && host !== new URL(url).host) strayed.push(address);
    };
    page.on('request', (request) => note(request.url()));
    page.on('websocket', (socket) => note(socket.url()));
    page.on('pageerror', (error) => strayed.push(String(error)));
    await page.goto(url + path);
    if (path === '/') await page.locator('[data-connection="live"]').waitFor();
    return page;
  }

  async function write(page: Page, author: string, content: string): Promise<void> {
    await page.getByLabel('Name').fill(author);
    await page.getByLabel('Text').fill(content);
    await page.getByRole('button', { name: 'Post', exact: true }).click();
  }

  /** By way of the API. */
  async function post(author: string, content: string): Promise<string> {
    const query = 'mutation ($input: PostInput!) { post(input: $input) { transaction { id } } }';
    return (await ask(node.url, query, { input: { author, content } })).data.post.transaction.id;
  }

  async function mine(): Promise<void> {
    const { data } = await ask(node.url, 'mutation { mine { outcome } }');
    expect(data.mine.outcome).toBe('MINED');
  }

  /** Texts of the posts that are shown, from the top. */
  const texts = (page: Page) => page.locator('#feed .content').allTextContents();
  const state = (page: Page, content: string) =>
    page.locator('#feed > li', { hasText: content }).locator('.state').textContent();
  const until = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 20_000 });

  it('takes a post, mines it and shows it cut, without a reload', async () => {
    const page = await open();
    expect(await page.locator('.empty').isVisible()).toBe(true);
    await page.evaluate('window.stays = true');

    await write(page, 'Ada', 'Cut in stone.');
    await until(() => state(page, 'Cut in stone.')).toBe('pending');
    await until(() => page.getByLabel('Text').inputValue()).toBe('');
    await until(() => page.locator('#pool').textContent()).toBe('1');

    await page.getByRole('button', { name: 'Mine the pending posts' }).click();
    await until(() => state(page, 'Cut in stone.')).toBe('in block 1 · 1 confirmation');
    await until(() => page.locator('#answer').textContent()).toBe('Found block 1.');
    await until(() => page.locator('#height').textContent()).toBe('1');
    expect(await texts(page)).toEqual(['Cut in stone.']);

    await page.getByRole('button', { name: 'Mine the pending posts' }).click();
    await until(() => page.locator('#answer').textContent()).toContain('nothing to mine');
    expect(await page.evaluate('window.stays')).toBe(true);
  });

  it('works by keyboard alone, and keeps the focus where it is', async () => {
    const page = await open();
    await page.getByLabel('Name').focus();
    await page.keyboard.type('Ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Typed.');
    await page.keyboard.press('Control+Enter');
    await until(() => state(page, 'Typed.')).toBe('pending');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until(() => state(page, 'Typed.')).toContain('in block 1');
    expect(await page.evaluate('document.activeElement.id')).toBe('mine');
  });

  it('shows what others write as text, at any width', async () => {
    const page = await open();
    await write(page, 'M\u200Ballory', NAUGHTY);
    await until(() => texts(page)).toEqual([NAUGHTY]);
    await post('Long', 'x'.repeat(16_384));
    await post('Lines', '\n'.repeat(16_000).concat('end'));
    await mine();
    await page.reload();
    await until(async () => (await texts(page)).includes(NAUGHTY)).toBe(true);

    expect(await page.evaluate('typeof hit')).toBe('undefined');
    expect(await page.locator('#feed script, #feed img').count()).toBe(0);
    expect(await page.locator('.author', { hasText: 'allory' }).textContent()).toBe('M[U+200B]allory');
    const isIsolated = `[...document.querySelectorAll('#feed .author, #feed .content')]
      .every((element) => getComputedStyle(element).unicodeBidi === 'isolate')`;
    expect(await page.evaluate(isIsolated)).toBe(true);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    expect(await page.evaluate('document.documentElement.scrollHeight')).toBeLessThan(5_000);
  });

  it('keeps a refused draft and says why beside it, and keeps a draft over a reload', async () => {
    await post('Ada', 'mine');
    const page = await open();
    await write(page, 'ada', 'I only look like her.');
    await until(() => page.locator('#answer').textContent()).toContain('looks like "Ada" (NAME_LOOKALIKE)');
    expect(await page.getByLabel('Name').getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByLabel('Text').inputValue()).toBe('I only look like her.');
    await page.reload();
    await until(() => page.getByLabel('Text').inputValue()).toBe('I only look like her.');
    await until(() => texts(page)).toEqual(['mine']);
  });

  it('catches up without a gap or a repeat when the node was killed and came back', async () => {
    const page = await open();
    await post('Ada', 'before');
    await mine();
    await post('Ada', 'waiting');
    await page.getByLabel('Text').fill('half a thought');
    await until(() => texts(page)).toEqual(['waiting', 'before']);

    await node.end('SIGKILL');
    await page.locator('[data-connection="lost"]').waitFor();
    expect(await page.locator('#connection').textContent()).toContain('trying again');
    await context.setOffline(true);
    node = await startNodeProcess(directories[0] as string, node.port);
    await mine();
    await post('Ada', 'meanwhile');
    await mine();
    await post('Ada', 'new');
    await context.setOffline(false);

    await page.locator('[data-connection="live"]').waitFor();
    await until(() => texts(page)).toEqual(['new', 'meanwhile', 'waiting', 'before']);
    await until(() => state(page, 'waiting')).toBe('in block 2 · 2 confirmations');
    await until(() => state(page, 'before')).toBe('in block 1 · 3 confirmations');
    expect(await state(page, 'new')).toBe('pending');
    expect(await page.getByLabel('Text').inputValue()).toBe('half a thought');

    await mine();
    await until(() => state(page, 'new')).toBe('in block 4 · 1 confirmation');
  });

  it('starts over when another chain answers at its address', async () => {
    const page = await open();
    await post('Ada', 'of the old chain');
    await mine();
    await until(() => state(page, 'of the old chain')).toContain('in block 1');
    await node.end('SIGKILL');
    node = await startNodeProcess(directory(), node.port);
    await post('Ada', 'of the new chain');
    await until(() => texts(page)).toEqual(['of the new chain']);
  });

  it('shows a post that a reorganisation gave back as pending again', async () => {
    const page = await open();
    await post('Ada', 'contested');
    await mine();
    await until(() => state(page, 'contested')).toContain('in block 1');
    for (const { block } of mineChain(GENESIS_ENTRY, [[], []])) {
      const query = 'mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome } }';
      await ask(node.url, query, { input: { header: headerToHex(block.header), transactionIds: [] } });
    }
    await until(() => state(page, 'contested')).toContain('pending again');
    await mine();
    await until(() => state(page, 'contested')).toBe('in block 3 · 1 confirmation');
    expect(await texts(page)).toEqual(['contested']);
  });

  it('loads older posts page by page, and withheld ones with their reason', async () => {
    const withheld = await post('Ada', 'to be withheld');
    await mine();
    for (let day = 1; day <= 24; day++) await post('Ada', `day ${day}`);
    await mine();
    const query = 'mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { id } } }';
    await ask(node.url, query, { input: { id: withheld, reason: 'asked for by its author' } });

    const page = await open();
    await until(() => page.locator('#feed > li').count()).toBe(20);
    await page.getByRole('button', { name: 'Older posts' }).click();
    await until(() => page.locator('#feed > li').count()).toBe(25);
    expect(await page.getByRole('button', { name: 'Older posts' }).isVisible()).toBe(false);
    const all = await texts(page);
    expect(all.slice(0, 24)).toEqual(Array.from({ length: 24 }, (_, i) => `day ${24 - i}`));
    expect(all[24]).toMatch(/^Withheld by this node’s operator on .*: asked for by its author$/);
  });

  it('keeps up with a block that holds more posts than one event brings', async () => {
    const page = await open();
    for (let n = 1; n <= 120; n++) await post('Ada', `number ${n}`);
    await until(() => page.locator('#rest').textContent()).toBe('100 of 120 pending posts are shown.');
    expect(await page.locator('#feed > li').count()).toBe(100);
    await mine();
    await until(() => page.locator('#feed > li').count()).toBe(20);
    expect(await page.locator('.pending').count()).toBe(0);
    await post('Ada', 'the next');
    await until(async () => (await texts(page))[0]).toBe('the next');
  });

  it('says what became of a pending post that will not be mined', async () => {
    const page = await open();
    const id = await post('Ada', 'taken back');
    await until(() => state(page, 'taken back')).toBe('pending');
    const query = 'mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { id } } }';
    await ask(node.url, query, { input: { id, reason: 'a mistake' } });
    await until(() => state(page, 'taken back')).toBe('not mined: the operator of this node withholds its content');
  });

  it('shows how a search is going', async () => {
    const page = await context.newPage();
    // A search that takes long: what the node says of its miner is changed on the way.
    await page.routeWebSocket(/graphql/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        const heard = JSON.parse(String(message));
        const miner = heard.payload?.data?.nodeStatus?.miner;
        if (miner) Object.assign(miner, { active: true, hashRate: 1_234_567, attempts: 2_500_000, height: 1 });
        socket.send(JSON.stringify(heard));
      });
    });
    await page.goto(node.url);
    await until(() => page.locator('#miner').textContent()).toContain(
      'Block 1: 2.5 million hashes tried at 1.23 million a second. One in 2 will do.',
    );
  });

  it('is live in many windows at once', async () => {
    const pages: Page[] = [];
    for (let i = 0; i < 8; i++) pages.push(await open());
    await write(pages[7] as Page, 'Ada', 'to all');
    for (const page of pages) await until(() => state(page, 'to all')).toBe('pending');
  });

  it('tells a visitor how to post instead', async () => {
    await node.end('SIGTERM');
    node = await startNodeProcess(directory(), 0, ['--public-url', 'https://stele.example']);
    const page = await open();
    expect(await page.getByRole('heading', { name: 'How to post here' }).isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Post', exact: true }).isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'Mine the pending posts' }).isVisible()).toBe(false);
  });

  it('leads to a playground that runs queries and subscriptions offline', async () => {
    const page = await open();
    await page.getByRole('link', { name: 'Playground' }).click();
    const result = page.locator('.result-window');
    const execute = page.locator('.graphiql-execute-button');
    const run = async (tab: string, query: string) => {
      await page.getByRole('tab', { name: tab }).getByRole('button', { name: tab }).press('Enter');
      await page.locator('.graphiql-query-editor', { hasText: query }).waitFor();
      await execute.click();
    };
    /** The playground is a moment behind when tabs change, and then does not know which operation to run. */
    const answer = async () => {
      const text = (await result.textContent())?.replace(/\s+/g, ' ');
      if (text?.includes('Cannot infer operation')) await execute.click();
      return text;
    };
    await run('Chain', 'totalCount');
    await until(answer).toContain('"totalCount": 1');
    await run('Arrivals', 'transactionPending');
    await until(async () => {
      await post('Ada', 'arrived');
      return answer();
    }).toContain('"content": "arrived"');
  });
});
