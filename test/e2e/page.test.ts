/** The live feed: what moves, what must not, and what happens when the node or the chain lets go. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { en, type Text } from '../../src/web/app/i18n/en.ts';
import {
  addBlocks,
  hasBrowser,
  mineAll,
  postAll,
  postBy,
  postWith,
  speakChinese,
  state,
  texts,
  until,
  write,
} from '../support/browser.ts';
import { GENESIS_ENTRY, mineBlock, mineChain } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';
import { useVisits } from '../support/visits.ts';

/** Opens what the page has checked of a post, waits until that is its place in a block, and closes it again. */
async function proved(page: Page, text: string, t: Text = en): Promise<void> {
  const word = postWith(page, text).locator('.proof-word');
  await word.click();
  await postWith(page, text).getByText(t.checkPlace(0)).waitFor();
  // Work costs nothing on the network of the tests, and the page says so.
  expect(await word.textContent()).toBe(t.proofWords.signed);
  await postWith(page, text).getByText(t.checkForTests).waitFor();
  await word.click();
}

/** Goes down to the first block. @returns every text on the way, in the order in which it came into view. */
async function readToEnd(page: Page): Promise<string[]> {
  const seen = new Set(await texts(page));
  const isAtEnd = `document.querySelector('.end')?.textContent === 'Below this is the first block.' &&
    document.querySelector('.end').getBoundingClientRect().top < innerHeight`;
  while (!(await page.evaluate(isAtEnd))) {
    await page.mouse.wheel(0, 900);
    await page.evaluate('new Promise(requestAnimationFrame)');
    for (const text of await texts(page)) seen.add(text);
  }
  return [...seen];
}

describe.skipIf(!hasBrowser)('the feed, in Chromium', () => {
  const visits = useVisits();
  let node: NodeProcess;
  let data: string;

  const open = () => visits.visitor.open(node.url);
  const height = (page: Page) => page.locator('.side .facts dd').nth(1).textContent();
  const numbers = (word: string, count: number) => Array.from({ length: count }, (_, i) => `${word} ${i + 1}`);

  describe('of a new node', () => {
    beforeEach(async () => {
      data = temporaryDirectory();
      node = await startNodeProcess(data);
    });
    afterEach(() => node.end('SIGTERM'));

    visits.journey(
      'dark phone',
      'leads a first visitor to a post, and the post to a block, without a reload',
      async () => {
        const page = await open();
        expect(await page.locator('.empty').textContent()).toBe('Nothing is cut into this stone yet.');
        expect(await page.locator('.first-steps li').count()).toBe(3);
        await page.evaluate('window.stays = true');

        await write(page, 'Cut in stone.', 'Ada');
        await until(() => state(page, 'Cut in stone.')).toBe('pending');
        await page.getByText('This node does not mine by itself and is connected to no other').waitFor();
        await until(() => page.getByLabel('Text', { exact: true }).inputValue()).toBe('');
        const given = page.waitForEvent('download');
        await page.getByRole('button', { name: 'Download', exact: true }).click();
        expect((await given).suggestedFilename()).toBe('Ada.recovery.json');

        await page.getByRole('button', { name: 'Mine a block' }).click();
        await until(() => state(page, 'Cut in stone.')).toBe('in block 1 · 1 confirmation');
        await page.getByText('Found block 1.').waitFor();
        await until(() => height(page)).toBe('1');
        await proved(page, 'Cut in stone.');
        expect(await page.evaluate('window.stays')).toBe(true);

        await page.getByRole('button', { name: 'I have kept it: delete it here' }).click();
        await page.locator('.backup').waitFor({ state: 'detached' });
        const t = await speakChinese(page);
        await page.reload();
        await until(() => texts(page)).toEqual(['Cut in stone.']);
        expect(await page.locator('.backup').count()).toBe(0);
        await proved(page, 'Cut in stone.', t);
        // The node holds no key of hers.
        const query = 'mutation { post(input: { author: "Ada", content: "I am not she." }) { status { reason } } }';
        expect((await ask(node.url, query)).data.post.status.reason).toBe('NAME_TAKEN');
      },
    );

    visits.journey(
      'light desk',
      'catches up without a gap or a repeat when the node was killed and came back, and starts over on another chain',
      async () => {
        const page = await open();
        await postBy(node, 'Ada', 'before');
        await mineAll(node);
        await postBy(node, 'Ada', 'waiting');
        await page.getByLabel('Text', { exact: true }).fill('half a thought');
        await until(() => texts(page)).toEqual(['waiting', 'before']);

        await node.end('SIGKILL');
        await page.locator('[data-connection="lost"]').waitFor();
        expect(await page.locator('.connection').textContent()).toContain('trying again');
        await page.getByLabel('Name', { exact: true }).fill('Bo');
        await page.getByRole('button', { name: 'Post', exact: true }).click();
        await page.getByText('The node did not answer. Your text is kept').waitFor();
        expect(await page.getByLabel('Text', { exact: true }).inputValue()).toBe('half a thought');

        await visits.visitor.context.setOffline(true);
        node = await startNodeProcess(data, node.port);
        await mineAll(node);
        await postBy(node, 'Ada', 'meanwhile');
        await mineAll(node);
        await postBy(node, 'Ada', 'new');
        await visits.visitor.context.setOffline(false);

        await page.locator('[data-connection="live"]').waitFor();
        await until(() => texts(page)).toEqual(['new', 'meanwhile', 'waiting', 'before']);
        await until(() => state(page, 'waiting')).toBe('in block 2 · 2 confirmations');
        await until(() => state(page, 'before')).toBe('in block 1 · 3 confirmations');
        expect(await state(page, 'new')).toBe('pending');

        await page.getByRole('button', { name: 'Post', exact: true }).click();
        await until(() => state(page, 'half a thought')).toBe('pending');
        await mineAll(node);
        await until(() => state(page, 'new')).toBe('in block 4 · 1 confirmation');

        // Another chain at the same address.
        await node.end('SIGKILL');
        node = await startNodeProcess(temporaryDirectory(), node.port);
        await postBy(node, 'Ada', 'of the new chain');
        await until(() => texts(page)).toEqual(['of the new chain']);
      },
    );

    visits.journey(
      'light phone',
      'does not jump while a block arrives with more posts than one step names, and loses none of them',
      async () => {
        const posts = await postAll(node, 'Crowd', numbers('of many', 120));
        const page = await open();
        await until(() => page.locator('.rest').textContent()).toBe('100 of 120 pending posts are shown.');
        await page.mouse.wheel(0, 700);
        await until(() => page.evaluate('scrollY')).toBeGreaterThan(500);
        // Which of them are shown is the pool's choice.
        const text = (await texts(page))[5] as string;
        const reading = page.locator('article.post', { has: page.getByText(text, { exact: true }) });
        const before = await reading.boundingBox();

        // The other way round: what the page shows at its top is what the step does not name.
        const time = Math.floor(Date.now() / 1000);
        const full = mineBlock(GENESIS_ENTRY, posts.reverse(), { time });
        expect(await addBlocks(node, [full])).toEqual(['ACCEPTED']);
        await until(() => reading.locator('.state').textContent()).toBe('in block 1 · 1 confirmation');
        expect(await reading.boundingBox()).toEqual(before);
        expect(await page.locator('.pending').count()).toBe(0);
        expect(await addBlocks(node, [mineBlock(full.entry, [], { time: time + 1 })])).toEqual(['ACCEPTED']);
        await until(() => reading.locator('.state').textContent()).toBe('in block 1 · 2 confirmations');
        expect(await reading.boundingBox()).toEqual(before);

        await page.evaluate('scrollTo({ top: 0 })');
        await until(async () => (await texts(page))[0]).toBe('of many 1');
        expect(await readToEnd(page)).toEqual(numbers('of many', 120));
      },
    );

    visits.journey('dark phone', 'shows a reorganisation as it happens', async () => {
      const page = await open();
      await postBy(node, 'Ada', 'contested');
      await mineAll(node);
      await until(() => state(page, 'contested')).toContain('in block 1');
      await proved(page, 'contested');
      const thread = await visits.visitor.open(`${node.url}/block/1`);
      await page.bringToFront();

      expect(await addBlocks(node, mineChain(GENESIS_ENTRY, [[], []]))).toEqual(['SIDE_BRANCH', 'ACCEPTED']);
      await until(() => state(page, 'contested')).toContain('pending again');
      await until(() => thread.locator('main').textContent()).toContain('0 posts');
      const t = await speakChinese(page);
      expect(await state(page, 'contested')).toContain(t.detached);
      await mineAll(node);
      await until(() => state(page, 'contested')).toBe(`${t.inBlock(3)} · ${t.confirmations(1)}`);
      await proved(page, 'contested', t);
      expect(await texts(page)).toEqual(['contested']);
    });

    visits.journey(
      'light phone',
      'mixes no two chains on a page of posts whose block is taken away while it is read',
      async () => {
        const stay = await postAll(node, 'Crowd', numbers('day', 60));
        await mineAll(node);
        await postAll(node, 'Crowd', numbers('night', 60));
        await mineAll(node);
        const page = await visits.visitor.open(`${node.url}/author/Crowd`);
        const t = await speakChinese(page);
        const latest = [...numbers('day', 60), ...numbers('night', 60)].reverse();
        await until(() => texts(page)).toEqual(latest.slice(0, 50));
        await page.getByRole('button', { name: t.more }).click();
        await until(() => texts(page)).toEqual(latest.slice(0, 100));

        const time = Math.floor(Date.now() / 1000);
        const branch = [mineBlock(GENESIS_ENTRY, stay, { time })];
        for (const later of [1, 2]) {
          branch.push(mineBlock((branch.at(-1) as (typeof branch)[number]).entry, [], { time: time + later }));
        }
        expect((await addBlocks(node, branch)).at(-1)).toBe('ACCEPTED');
        await until(() => texts(page)).toEqual(numbers('day', 60).reverse());
      },
    );
  });

  describe('of a node in use', () => {
    beforeAll(async () => {
      node = await startNodeProcess(temporaryDirectory());
    });
    afterAll(() => node.end('SIGTERM'));

    visits.journey(
      'dark phone',
      'scrolls to the end of the chain, returns to its place, and marks withheld posts',
      async () => {
        const withheld = await postBy(node, 'Ada', 'to be withheld');
        await mineAll(node);
        await postAll(node, 'Crowd', numbers('day', 44));
        await mineAll(node);
        const query = 'mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { id } } }';
        await ask(node.url, query, { input: { id: withheld, reason: 'asked for by its author' } });

        const page = await open();
        await until(async () => (await texts(page))[0]).toBe('day 44');
        const all = await readToEnd(page);
        expect(all.slice(0, 44)).toEqual(Array.from({ length: 44 }, (_, i) => `day ${44 - i}`));
        expect(all[44]).toMatch(/^Withheld by this node’s operator .*\. The reason given: asked for by its author$/);

        const there = await page.evaluate('scrollY');
        await postWith(page, 'day 2').first().getByRole('link', { name: 'Reply' }).click();
        await page.getByRole('heading', { name: 'Post by Crowd' }).waitFor();
        await page.goBack();
        await until(() => page.evaluate('scrollY')).toBe(there);
      },
    );

    visits.journey('light phone', 'does not jump while somebody reads further down', async () => {
      await postAll(node, 'Crowd', numbers('number', 30));
      await mineAll(node);
      const page = await open();
      await postWith(page, 'number 30').waitFor();
      await page.mouse.wheel(0, 1_500);
      await until(() => page.evaluate('scrollY')).toBeGreaterThan(1_000);
      const readingPost = postWith(page, 'number 22');
      await readingPost.waitFor();
      const before = await readingPost.boundingBox();

      for (let n = 1; n <= 3; n++) await postBy(node, 'Bo', `news ${n}`);
      const bar = page.getByRole('button', { name: '3 new posts' });
      await bar.waitFor();
      await mineAll(node);
      await until(() => readingPost.locator('.state').textContent()).toContain('2 confirmations');
      expect(await readingPost.boundingBox()).toEqual(before);
      expect(await page.title()).toBe('(3) Feed · Stele');

      await bar.click();
      await until(async () => (await texts(page)).slice(0, 4)).toEqual(['news 3', 'news 2', 'news 1', 'number 30']);
      await until(() => page.evaluate('scrollY')).toBe(0);
    });

    visits.journey('dark desk', 'keeps up with a block that holds more posts than one step names', async () => {
      const page = await open();
      await postAll(node, 'Crowd', numbers('of many', 120));
      await until(() => page.locator('.rest').textContent()).toBe('100 of 120 pending posts are shown.');
      await mineAll(node);
      await until(() => page.locator('.pending').count()).toBe(0);
      await until(async () => (await texts(page))[0]).toBe('of many 120');
      await postBy(node, 'Ada', 'the next');
      await until(async () => (await texts(page))[0]).toBe('the next');
    });

    visits.journey('light phone', 'tells why a pending post will not be mined', async () => {
      const page = await open();
      const id = await postBy(node, 'Ada', 'taken back');
      await until(() => state(page, 'taken back')).toBe('pending');
      const query = 'mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { id } } }';
      await ask(node.url, query, { input: { id, reason: 'a mistake' } });
      await until(() => state(page, 'taken back')).toBe('not mined: the operator of this node withholds its content');
    });

    visits.journey('light desk', 'is live in more windows than a browser opens connections to a server', async () => {
      const pages = await Promise.all(Array.from({ length: 7 }, open));
      await write(pages[6] as Page, 'to all', 'Cy');
      for (const page of pages) await until(() => state(page, 'to all')).toBe('pending');
    });
  });
});
