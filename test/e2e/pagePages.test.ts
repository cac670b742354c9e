/** Every page by its address: found, true, accessible, in both languages, on phones; and what is served to make it so. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyReceipt } from '../../src/verify/index.ts';
import {
  Directories,
  hasBrowser,
  launchBrowser,
  mineAll,
  postBy,
  postWith,
  state,
  texts,
  until,
  Visitor,
  write,
} from '../support/browser.ts';
import { ask, type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 at level AA, and what axe holds to be good practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const MOST_SCRIPT = 200_000;
const ODD_NAME = 'a/b?c#d%2F ..';

const directories = new Directories();
let node: NodeProcess;
let first: string;
let reply: string;
let hash: string;

beforeAll(async () => {
  node = await startNodeProcess(directories.make());
  first = await postBy(node, 'Ada', 'The first stone.', { topics: ['stones'] });
  await mineAll(node);
  reply = await postBy(node, '李', '石头会说话。', { replyTo: first });
  await postBy(node, ODD_NAME, 'An odd name.', { topics: ['..'] });
  await mineAll(node);
  await postBy(node, 'Ada', 'Not cut yet.');
  hash = (await ask(node.url, '{ block(height: 1) { hash } }')).data.block.hash;
});
afterAll(async () => {
  await node.end('SIGTERM');
  directories.remove();
});

describe('what is served', () => {
  const files = async () => {
    const html = await (await fetch(node.url)).text();
    return {
      html,
      scripts: [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path as string),
    };
  };

  it('is under 200 kB of compressed script, the worker apart', async () => {
    const { scripts } = await files();
    const bodies = await Promise.all(scripts.map(async (path) => (await fetch(node.url + path)).text()));
    const size = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
    process.stdout.write(`the page: ${size} bytes of script at first, compressed by gzip\n`);
    expect(scripts.length).toBeGreaterThan(0);
    expect(size).toBeLessThan(MOST_SCRIPT);
    // libsodium is in none of them.
    expect(bodies.join('')).not.toContain('crypto_sign_verify_detached(');
  });

  it('may reach nothing but the node, and nothing of it is inline', async () => {
    const { html, scripts } = await files();
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/);
    const page = await fetch(`${node.url}/post/${first}`);
    expect(await page.text()).toBe(html);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const script = await fetch(node.url + scripts[0], { headers: { 'accept-encoding': 'gzip' } });
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-encoding')).toBe('gzip');
    for (const path of ['/nothing', '/assets/nothing.js', '/post', '/..%2f..%2fpackage.json']) {
      expect((await fetch(node.url + path)).status).toBe(404);
    }
  });
});

describe.skipIf(!hasBrowser)('the pages, in Chromium', () => {
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    visitor = await Visitor.come(browser);
  });
  afterEach(() => visitor.leave());

  const open = (path: string) => visitor.open(node.url + path);

  /** Each with what must stand on it before it is judged. */
  const pages: [path: string | (() => string), text: string | (() => string)][] = [
    ['/', 'The first stone.'],
    [() => `/post/${first}`, '石头会说话。'],
    ['/author/Ada', 'Bound since'],
    ['/topic/stones', 'The first stone.'],
    [() => `/block/${hash}`, 'SHA-256, twice'],
    ['/block/2', 'An odd name.'],
    ['/chain', 'Posts per block'],
    ['/pending', 'Not cut yet.'],
    ['/search?q=stone', 'The first stone.'],
    ['/node', 'Genesis'],
    ['/keys', 'Bring a key'],
    ['/block/999', 'No such block'],
  ];
  const given = (value: string | (() => string)) => (typeof value === 'string' ? value : value());

  it('have no fault that axe finds, in light and dark', async () => {
    const guest = await Visitor.come(browser, { reducedMotion: 'reduce' });
    const faults: string[] = [];
    const page = await guest.open(node.url);
    const run = async (path: string, options: object) => {
      const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults;
      for (const { id, nodes } of violations) faults.push(`${path}: ${id} in ${nodes[0]?.html}`);
    };
    for (const [path, text] of pages) {
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(node.url + given(path));
      await page.locator('main', { hasText: given(text) }).waitFor();
      await until(() => page.locator('.proof-word.checking').count()).toBe(0);
      await page.evaluate(AXE);
      await run(given(path), { runOnly: RULES });
      await page.emulateMedia({ colorScheme: 'dark' });
      await run(`${given(path)}, dark`, { runOnly: ['color-contrast'] });
    }
    expect(faults).toEqual([]);
    await guest.leave();
  });

  it('fit on a phone, in Chinese', async () => {
    const guest = await Visitor.come(browser, {
      locale: 'zh-CN',
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    });
    const page = await guest.open(node.url);
    await page.getByRole('link', { name: '首页', exact: true }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-Hans');
    expect(await postWith(page, 'The first stone.').locator('.state').textContent()).toBe('在区块 1 中 · 2 次确认');
    for (const name of ['搜索', '链', '待打包', '节点', '密钥']) {
      await page.getByRole('link', { name, exact: true }).tap();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    }
    await page.getByRole('button', { name: 'English' }).tap();
    await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
    await guest.leave();
  });

  it('find a text, an id, a hash, a height and a name', async () => {
    const page = await open('/search');
    const search = async (text: string) => {
      await page.getByRole('searchbox').fill(text);
      await page.keyboard.press('Enter');
    };
    await search('first stone');
    await until(() => texts(page)).toEqual(['The first stone.']);
    await search(first.toUpperCase());
    await page.locator('.found').getByRole('link', { name: 'Post' }).click();
    await page.getByRole('heading', { name: 'Post by Ada' }).waitFor();
    await page.goBack();
    await search(hash);
    await page.locator('.found').getByRole('link', { name: 'Block' }).click();
    await page.getByRole('heading', { name: 'Block 1' }).waitFor();
    await page.goBack();
    await search('2');
    await page.locator('.found').getByRole('link', { name: 'Block 2' }).waitFor();
    await search('Ada');
    await page.locator('.found').getByRole('link', { name: 'Author Ada' }).click();
    await page.getByRole('heading', { name: 'Ada', exact: true }).waitFor();
    await page.goBack();
    await search('nothing like it');
    await page.getByText('Nothing found.').waitFor();
  });

  it('have addresses for any name', async () => {
    const page = await open('/');
    await postWith(page, 'An odd name.').getByRole('link', { name: ODD_NAME }).first().click();
    await page.getByRole('heading', { name: ODD_NAME }).waitFor();
    await page.reload();
    await until(() => texts(page)).toEqual(['An odd name.']);
    await page.getByRole('list', { name: 'Topics' }).getByRole('link').click();
    await page.getByRole('heading', { name: '#..' }).waitFor();
    await until(() => texts(page)).toEqual(['An odd name.']);
  });

  it('give a receipt that holds elsewhere', async () => {
    const page = await open(`/post/${reply}`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the receipt' }).click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    expect(await verifyReceipt(text)).toMatchObject({ id: reply, content: '石头会说话。' });
  });

  it.each([
    ['another text', (post: Shown) => ({ ...post, content: 'Another stone.' }), 'Another stone.'],
    ['another author', (post: Shown) => ({ ...post, author: 'Eve' }), 'The first stone.'],
    ['a forged signature', (post: Shown) => ({ ...post, signature: '00'.repeat(64) }), 'Not cut yet.'],
  ])('say so when the node shows %s than was signed', async (_, forge, text) => {
    const page = await visitor.context.newPage();
    await page.route('**/graphql', async (route) => {
      const response = await route.fetch();
      const body = JSON.parse(await response.text(), (_key, value) =>
        value?.__typename !== undefined || value?.statement ? forge(value) : value,
      );
      await route.fulfill({ response, json: body });
    });
    await page.goto(node.url);
    await postWith(page, text).getByRole('button', { name: 'does not hold' }).click();
    await page.getByText('Do not rely on it').waitFor();
  });

  it('show how a search is going', async () => {
    const page = await visitor.context.newPage();
    // A search that takes long: what the node says of its miner is changed on the way.
    await page.routeWebSocket(/graphql/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        const heard = JSON.parse(String(message));
        const miner = heard.payload?.data?.nodeStatus?.miner;
        if (miner) Object.assign(miner, { active: true, hashRate: 1_234_567, attempts: 2_500_000, height: 3 });
        socket.send(JSON.stringify(heard));
      });
    });
    await page.goto(`${node.url}/node`);
    await until(() => page.locator('.miner').textContent()).toBe(
      'Block 3: 2.5M hashes tried at 1.23M a second. One in 2 will do.',
    );
  });

  it('on two nodes show each other’s posts, and the nodes one another', async () => {
    const neighbour = await startNodeProcess(directories.make());
    const other = await Visitor.come(browser);
    try {
      const here = await open('/');
      const there = await other.open(`${neighbour.url}/node`);
      await there.getByLabel('Address of another node').fill(node.url);
      await there.getByRole('button', { name: 'Connect' }).click();
      await there.getByText('Connected.', { exact: true }).waitFor();
      await until(() => there.locator('tbody th').first().textContent()).toBe(node.url);
      await there.getByRole('link', { name: 'Feed', exact: true }).click();
      await until(async () => (await texts(there)).includes('The first stone.')).toBe(true);

      await write(there, 'Hello from over there.', 'Neighbour');
      await until(() => state(here, 'Hello from over there.')).toBe('pending');
      await write(here, 'Hello back.', 'Host');
      await until(() => state(there, 'Hello back.')).toBe('pending');
      await mineAll(node);
      await until(() => state(there, 'Hello back.')).toContain('1 confirmation');

      await there.getByRole('link', { name: 'Node', exact: true }).click();
      await there.getByRole('button', { name: 'Ask all of them now' }).click();
      await there.getByText('1 of 1 answered').waitFor();
      await there.getByRole('button', { name: `Remove ${node.url}` }).click();
      await until(() => there.locator('tbody tr').count()).toBe(0);
    } finally {
      await other.leave();
      await neighbour.end('SIGTERM');
    }
  });

  it('lead to a playground that runs queries and subscriptions offline', async () => {
    const page = await open('/');
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
    await until(answer).toContain('"totalCount":');
    await run('Arrivals', 'transactionPending');
    await until(async () => {
      await postBy(node, 'Ada', 'arrived');
      return answer();
    }).toContain('"content": "arrived"');
  });
});

/** A post in an answer of the API. */
interface Shown {
  content: string | null;
  author: string;
  signature: string;
}
