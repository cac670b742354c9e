/**
 * Every page in every view: of two languages, two schemes and two sizes each two meet in one of four views. In each page axe finds
 * no fault, nothing is wider than the window, and the title is in the language of the view.
 */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en, type Text } from '../../src/web/app/i18n/en.ts';
import { zh } from '../../src/web/app/i18n/zh.ts';
import {
  addBlocks,
  go,
  hasBrowser,
  mineAll,
  postBy,
  postWith,
  speakChinese,
  texts,
  until,
  Visitor,
} from '../support/browser.ts';
import { GENESIS_ENTRY, mineChain } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';
import { DEVICES, faultsIn, LOOKS, WHOLE } from '../support/views.ts';
import { useVisits } from '../support/visits.ts';

/** High enough for a foot that stays at the lower edge. */
const DESK = { viewport: { width: 1280, height: 800 } };

const VIEWS: [name: string, text: Text, options: BrowserContextOptions][] = [
  ['English, light, desk', en, { locale: 'en', colorScheme: 'light', ...DESK }],
  ['English, dark, phone', en, { locale: 'en', colorScheme: 'dark', ...DEVICES.phone }],
  ['Chinese, light, phone', zh, { locale: 'zh-CN', colorScheme: 'light', ...DEVICES.phone }],
  ['Chinese, dark, desk', zh, { locale: 'zh-CN', colorScheme: 'dark', ...DESK }],
];

const FIRST = 'The first stone, beside https://example.org/a_(b).';
let node: NodeProcess;
const ids = { first: '', edited: '', sealed: '' };

/** Each page with its title and with what must stand on it before it is judged. */
const PAGES: [path: () => string, title: (t: Text) => string, ready: (t: Text) => string][] = [
  [() => '/', (t) => t.feed, () => FIRST],
  [() => `/post/${ids.first}`, (t) => t.postBy('Ada'), () => '石头会说话。'],
  [() => `/post/${ids.edited}`, (t) => t.postBy('Kai'), (t) => t.versionNumber(2)],
  [() => `/post/${ids.sealed}`, (t) => t.postBy('Seer'), (t) => t.revealByFile],
  [() => '/author/Ada', () => 'Ada', (t) => t.boundSince],
  [() => '/topic/stones', () => '#stones', () => FIRST],
  [() => '/authors', (t) => t.authors, () => '李'],
  [() => '/topics', (t) => t.topics, () => 'stones'],
  [() => '/block/3', (t) => t.blockNumber(3), (t) => t.about.hash],
  [() => '/chain', (t) => t.chain, (t) => t.reorganisationDepth(1, 2)],
  [() => '/pending', (t) => t.pendingPage, () => 'Not cut yet.'],
  [() => '/search', (t) => t.search, (t) => t.searchLead],
  [() => '/search?q=stone', (t) => t.search, () => FIRST],
  [() => '/check', (t) => t.checkFile, (t) => t.chooseFile],
  [() => '/answers', (t) => t.answers, (t) => t.answersNeedName],
  [() => '/node', (t) => t.node, (t) => t.genesis],
  [() => '/keys', (t) => t.keys, (t) => t.importTitle],
  [() => '/withholdings', (t) => t.withholdings, () => 'while its author was asked'],
  [() => '/block/999', (t) => t.noBlock, (t) => t.noBlockLead],
];

beforeAll(async () => {
  node = await startNodeProcess(temporaryDirectory());
  ids.first = await postBy(node, 'Ada', FIRST, { topics: ['stones'] });
  const draft = await postBy(node, 'Kai', 'A stone, perhaps.');
  await mineAll(node);
  // The block of both loses, and they are pending again.
  await addBlocks(node, mineChain(GENESIS_ENTRY, [[], []], { version: 2 }));
  await mineAll(node);
  ids.edited = await postBy(node, 'Kai', 'A rock.', { supersedes: draft });
  await postBy(node, '李', '石头会说话。', { replyTo: ids.first });
  const seal = 'mutation ($input: PostInput!) { post(input: $input) { transaction { id } } }';
  const input = { author: 'Seer', content: 'Rain.', sealWith: 'ab'.repeat(16) };
  ids.sealed = (await ask(node.url, seal, { input })).data.post.transaction.id;
  await mineAll(node);
  await decide('withhold', 'while its author was asked');
  await decide('restore', 'the author agreed');
  await postBy(node, 'Ada', `Not cut yet. See /post/${ids.edited}`);
});
afterAll(async () => {
  await node.end('SIGTERM');
});

async function decide(action: 'withhold' | 'restore', reason: string): Promise<void> {
  const type = action === 'withhold' ? 'WithholdInput' : 'RestoreInput';
  const query = `mutation ($input: ${type}!) { ${action}(input: $input) { transaction { id } } }`;
  await ask(node.url, query, { input: { id: ids.first, reason } });
}

/** Goes through a page by the tabulator. @returns what the keyboard reaches and nobody sees, or sees in part. */
async function hiddenFromKeyboard(page: Page, most: number): Promise<string[]> {
  // Each place is looked at as it is reached: to ask for it from here would take a round trip more.
  await page.evaluate(`{
    scrollTo(0, 0);
    document.body.focus();
    window.hiddenPlaces = [];
    window.lookAt = () => requestAnimationFrame(() => {
      const at = document.activeElement;
      const { x, y, width, height } = at.getBoundingClientRect();
      const over = document.elementFromPoint(x + width / 2, y + Math.min(height / 2, 10));
      if (at === document.body || at.contains(over) || over?.contains(at)) return;
      hiddenPlaces.push(at.outerHTML.slice(0, 100));
    });
    addEventListener('focusin', lookAt);
  }`);
  for (let i = 0; i < most; i++) await page.keyboard.press('Tab');
  return (await page.evaluate(`new Promise(requestAnimationFrame).then(() => {
    removeEventListener('focusin', lookAt);
    return hiddenPlaces;
  })`)) as string[];
}

describe.skipIf(!hasBrowser)('the page in every view, in Chromium', () => {
  const visits = useVisits();

  it.each(VIEWS)('%s: every page is complete, readable and translated', async (_, t, options) => {
    const guest = await Visitor.come(visits.browser, { ...options, reducedMotion: 'reduce' });
    const page = await guest.open(node.url);
    const faults: string[] = [];
    for (const [path, title, ready] of PAGES) {
      await go(page, path());
      const isReady = `document.title.includes(${JSON.stringify(title(t))}) &&
        document.querySelector('main').textContent.includes(${JSON.stringify(ready(t))}) &&
        document.querySelector('.proof-word.checking') === null`;
      await until(() => page.evaluate(isReady)).toBe(true);
      // What stands around the pages is the same on all of them.
      const part = path() === '/' ? 'html' : 'main';
      const found = await faultsIn(page, part, t === en && options.viewport === DESK.viewport ? WHOLE : LOOKS);
      if (await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'))
        found.push('too wide');
      faults.push(...found.map((fault) => `${path()}: ${fault}`));
    }
    for (const path of ['/', '/keys']) {
      await go(page, path);
      await page
        .locator(path === '/' ? 'article.post' : '.import')
        .first()
        .waitFor();
      faults.push(...(await hiddenFromKeyboard(page, 30)).map((what) => `${path} hides ${what}`));
    }
    expect(faults).toEqual([]);
    await guest.leave();
  });

  it('keeps its meaning in the colours that a reader forces upon it', async () => {
    const guest = await Visitor.come(visits.browser, { ...DESK, forcedColors: 'active', reducedMotion: 'reduce' });
    const page = await guest.open(node.url);
    await page.locator('.proof-word.proven').first().waitFor();
    // Where one is, and what may be pressed, is drawn, not only tinted.
    const drawn = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((at) => {
          const { borderTopWidth, borderInlineStartWidth, outlineWidth, outlineStyle } = getComputedStyle(at);
          const lines = [borderTopWidth, borderInlineStartWidth, outlineStyle === 'none' ? '0' : outlineWidth];
          return lines.some((width) => Number.parseFloat(width) > 0);
        });
    for (const selector of ['.way[aria-current]', '.composer button.main', '.composer textarea'])
      expect([selector, await drawn(selector)]).toEqual([selector, true]);
    await guest.leave();
  });

  visits.journey(
    'dark desk',
    'lists reorganisations, with the posts that became pending again and where they are now',
    async () => {
      const page = await visits.visitor.open(`${node.url}/chain`);
      const region = page.locator('.reorganisations');
      await region.getByText('1 block undone, 2 put in place · 2 posts became pending again').click();
      await until(() => region.locator('li li').allTextContents()).toEqual([
        expect.stringMatching(/^[0-9a-f]{12} (Ada|Kai) · in block 3$/),
        expect.stringMatching(/^[0-9a-f]{12} (Ada|Kai) · in block 3$/),
      ]);
      const t = await speakChinese(page);
      await region.getByText(t.reorganisationDepth(1, 2)).waitFor();
      await region.getByRole('link', { name: t.blockNumber(1) }).click();
      await page.getByText(t.offChain).waitFor();
    },
  );

  visits.journey('dark phone', 'lists authors and topics in both orders, and leads to each', async () => {
    const page = await visits.visitor.open(node.url);
    // An answer that got lost is asked for again.
    let isLost = false;
    await page.route('**/graphql', (route) => {
      if (isLost || !route.request().postData()?.includes('query Authors')) return route.continue();
      isLost = true;
      return route.abort();
    });
    await page.getByRole('link', { name: 'Authors', exact: true }).click();
    await page.getByText('The node does not answer.').waitFor();
    const rows = () => page.locator('tbody tr').allTextContents();
    await until(rows).toEqual([
      expect.stringMatching(/^Kai2Block 3/),
      expect.stringMatching(/^Ada1/),
      expect.stringMatching(/^Seer1/),
      expect.stringMatching(/^李1/),
    ]);
    const t = await speakChinese(page);
    await page.getByRole('button', { name: t.orders.NAME }).click();
    await until(async () => (await rows()).map((row) => row.slice(0, 1))).toEqual(['A', 'K', 'S', '李']);
    await page.getByRole('link', { name: '李' }).click();
    await until(() => texts(page)).toEqual(['石头会说话。']);
    await page.getByRole('link', { name: t.topics, exact: true }).click();
    await page.getByRole('link', { name: '#stones' }).click();
    await postWith(page, FIRST).waitFor();
  });

  it('lets somebody write, be answered and check a file in Chinese, on a phone, in the dark', async () => {
    const [, , options] = VIEWS[2] as (typeof VIEWS)[number];
    const guest = await Visitor.come(visits.browser, { ...options, reducedMotion: 'reduce' });
    const page = await guest.open(node.url);
    // The reader's choice of colours goes before the system's, and stays.
    const stone = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await stone();
    await page.getByRole('button', { name: zh.schemes.dark }).tap();
    await until(stone).not.toBe(light);
    await page.reload();
    await until(stone).not.toBe(light);

    await page.getByLabel(zh.text, { exact: true }).fill('写在石头上。');
    const name = page.getByLabel(zh.name, { exact: true });
    await name.fill('Seеr');
    await page.getByText(zh.nameLike).waitFor();
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    await name.fill('王');
    await page.getByText(zh.nameHint).waitFor();
    await page.getByRole('textbox', { name: zh.topics }).fill('石头');
    await page.getByRole('button', { name: zh.publish, exact: true }).tap();
    await page.getByText(zh.sent).waitFor();
    await page.getByText(zh.nextNobody).waitFor();
    await page.getByText(zh.recoveryTitle).waitFor();
    const mine = (
      await ask(node.url, '{ pendingTransactions { nodes { id author } } }')
    ).data.pendingTransactions.nodes.find(({ author }: { author: string }) => author === '王');
    await mineAll(node);
    await until(() => postWith(page, '写在石头上。').locator('.state').textContent()).toContain(zh.confirmations(1));

    await postBy(node, 'Ada', '我读到了。', { replyTo: mine.id });
    await until(() => page.title()).toMatch(/^\(1\) /);
    await page.getByRole('link', { name: zh.answers }).tap();
    await postWith(page, '我读到了。').waitFor();

    await page.getByRole('link', { name: zh.checkFile }).tap();
    await page
      .getByLabel(zh.fileToCheck)
      .setInputFiles({ name: '合同.pdf', mimeType: '', buffer: Buffer.from('条款') });
    await page.getByText(zh.stampedByNobody).waitFor();
    expect(await page.locator('.file-name').textContent()).toBe('合同.pdf');
    await page.getByRole('button', { name: 'English' }).tap();
    await page.getByRole('heading', { level: 1, name: en.checkFile }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: en.checkFile }).waitFor();
    await guest.leave();
  });
});
