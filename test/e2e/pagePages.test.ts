/**
 * What the pages do: found by their addresses, and followed. Each journey begins in English and goes on in Chinese. Every page in
 * every view is seen in `pageViews.test.ts`.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { verifyReceipt } from '../../src/verify/index.ts';
import { zh } from '../../src/web/app/i18n/zh.ts';
import {
  go,
  hasBrowser,
  mineAll,
  postBy,
  postWith,
  speakChinese,
  state,
  texts,
  until,
  Visitor,
  write,
} from '../support/browser.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';
import { useVisits } from '../support/visits.ts';

const ODD_NAME = 'a/b?c#d%2F ..';

let node: NodeProcess;
let first: string;
let hash: string;
let edited: string;

beforeAll(async () => {
  node = await startNodeProcess(temporaryDirectory());
  first = await postBy(node, 'Ada', 'The first stone.', { topics: ['stones'] });
  const draft = await postBy(node, 'Kai', 'A stone, perhaps.');
  await mineAll(node);
  edited = await postBy(node, 'Kai', 'A rock.', { supersedes: draft });
  await postBy(node, '李', '石头会说话。', { replyTo: first });
  await postBy(node, ODD_NAME, 'An odd name.', { topics: ['..'] });
  await mineAll(node);
  await withhold(first, 'while its author was asked');
  await ask(node.url, 'mutation ($input: RestoreInput!) { restore(input: $input) { transaction { id } } }', {
    input: { id: first, reason: 'the author agreed' },
  });
  await postBy(node, 'Ada', 'Not cut yet.');
  hash = (await ask(node.url, '{ block(height: 1) { hash } }')).data.block.hash;
});
afterAll(async () => {
  await node.end('SIGTERM');
});

async function withhold(id: string, reason: string, erase = false): Promise<void> {
  const query = 'mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { id } } }';
  await ask(node.url, query, { input: { id, reason, erase } });
}

describe.skipIf(!hasBrowser)('the pages, in Chromium', () => {
  const visits = useVisits();

  const open = (path: string) => visits.visitor.open(node.url + path);

  visits.journey('light desk', 'have columns that do not overlap, however short the window', async () => {
    const page = await open('/');
    const parts = ['.masthead', '.side', '.foot'];
    for (const [width, height] of [
      [1200, 800],
      [1280, 640],
      [1280, 800],
      [900, 700],
    ] as const) {
      await page.setViewportSize({ width, height });
      const boxes = await Promise.all(parts.map((part) => page.locator(part).boundingBox()));
      const isOver = boxes.some((a, i) =>
        boxes.slice(i + 1).some((b) => {
          if (!a || !b) return true;
          return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
        }),
      );
      expect([width, height, isOver]).toEqual([width, height, false]);
    }
  });

  visits.journey(
    'dark phone',
    'find texts, words of two characters, ids and hashes or their first digits, heights, names, topics and addresses',
    async () => {
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
      await search('"FIRST stone"');
      await until(() => texts(page)).toEqual(['The first stone.']);
      await search('"stone first"');
      await page.getByText('Nothing found.').waitFor();
      await search('ＦＩＲＳＴ　ｓｔｏ');
      await until(() => texts(page)).toEqual(['The first stone.']);
      await search('nothing like it');
      await page.getByText('Nothing found.').waitFor();

      const t = await speakChinese(page);
      await search('石头');
      await until(() => texts(page)).toEqual(['石头会说话。']);
      await search('stone the first');
      await until(() => texts(page)).toEqual(['The first stone.']);
      expect(await page.locator('.found').getByRole('link').count()).toBe(0);
      await search(` ${first.slice(0, 8).toUpperCase()}… `);
      await page
        .locator('.found')
        .getByRole('link', { name: `${t.post} ${first} Ada` })
        .waitFor();
      await search(`0x${hash.slice(0, 12)}`);
      await page
        .locator('.found')
        .getByRole('link', { name: `${t.blockNumber(1)} ${hash}` })
        .waitFor();
      await search('from:李 会说话');
      await until(() => texts(page)).toEqual(['石头会说话。']);
      await search('topic:stones');
      await until(() => texts(page)).toEqual(['The first stone.']);
      await search('blocks:1-2 name');
      await until(() => texts(page)).toEqual(['An odd name.']);
      await search('stones');
      await page
        .locator('.found')
        .getByRole('link', { name: `${t.topic} #stones` })
        .waitFor();
      await search(`https://stele.example/post/${first}/`);
      await page.getByRole('heading', { name: t.postBy('Ada') }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/post/${first}`);
    },
  );

  visits.journey('light phone', 'have a design for missing pages, and work with a slash at the end', async () => {
    const page = await open('/no/such/page');
    await page.getByRole('heading', { name: 'No such page' }).waitFor();
    expect((await page.goto(`${node.url}/no/such/page`))?.status()).toBe(404);
    await speakChinese(page);
    await page.getByRole('heading', { name: zh.notFound }).waitFor();
    expect((await page.goto(`${node.url}/chain/`))?.status()).toBe(200);
    await page.getByRole('heading', { level: 1, name: zh.chain }).waitFor();

    // Somebody whose browser has loaded nothing yet.
    const guest = await Visitor.come(visits.browser, { locale: 'zh-CN' });
    const first = await guest.open(node.url);
    await guest.context.setOffline(true);
    await first.getByRole('link', { name: zh.keys }).click();
    await first.getByText(zh.offline).waitFor();
    await guest.context.setOffline(false);
    await first.getByRole('heading', { name: zh.keys, exact: true }).waitFor();
    await guest.leave();
  });

  visits.journey('dark phone', 'have an address for every name', async () => {
    const page = await open('/');
    await postWith(page, 'An odd name.').getByRole('link', { name: ODD_NAME }).first().click();
    await page.getByRole('heading', { name: ODD_NAME }).waitFor();
    await page.reload();
    await until(() => texts(page)).toEqual(['An odd name.']);
    await page.getByRole('list', { name: 'Topics' }).getByRole('link').click();
    await page.getByRole('heading', { name: '#..' }).waitFor();
    await until(() => texts(page)).toEqual(['An odd name.']);
  });

  visits.journey(
    'light phone',
    'let an author write a new version, and everyone see the changes and every version',
    async () => {
      const page = await open('/');
      await write(page, 'The boat leaves at nine.', 'Skipper');
      await until(() => state(page, 'The boat leaves at nine.')).toBe('pending');
      await mineAll(node);
      await until(() => state(page, 'The boat leaves at nine.')).toContain('1 confirmation');
      await postWith(page, 'The boat leaves at nine.').locator('a.answers').click();
      await page.getByRole('button', { name: 'Write a new version' }).click();
      const version = page.getByRole('region', { name: 'Write a new version' });
      const field = version.getByLabel('Text', { exact: true });
      expect(await field.inputValue()).toBe('The boat leaves at nine.');
      await field.fill('The boat leaves at ten.');
      await version.getByRole('button', { name: 'Post the new version' }).click();
      await version.getByText('Posted.').waitFor();

      const t = await speakChinese(page);
      await page.getByRole('link', { name: t.feed, exact: true }).click();
      // The feed comes back to where it was left: further down, the new version would wait behind the bar of new posts.
      await until(async () => (await texts(page)).length).toBeGreaterThan(0);
      await page.evaluate('scrollTo({ top: 0 })');
      await postWith(page, 'The boat leaves at ten.').getByText(t.edited(2)).waitFor();
      await mineAll(node);
      // The card of the old text says so by itself, and leads to the new one.
      await postWith(page, 'The boat leaves at nine.').getByRole('link', { name: t.replaced }).click();
      await page.locator('.main-post', { hasText: 'The boat leaves at ten.' }).waitFor();
      const versions = page.getByRole('region', { name: t.versionsTitle });
      await until(() => versions.locator('.changes').textContent()).toBe('The boat leaves at nineten.');
      expect(await versions.locator('del').textContent()).toBe('nine');
      expect(await versions.locator('ins').textContent()).toBe('ten');
      await versions.getByRole('link', { name: t.versionNumber(1) }).click();
      await page.locator('.main-post', { hasText: 'The boat leaves at nine.' }).waitFor();
      await until(() => page.locator('.main-post .proof-word').textContent()).toBe(t.proofWords.signed);
    },
  );

  visits.journey(
    'light desk',
    'show the posts that a text names by id or address, in their own words and checked, and give each an address to copy',
    async () => {
      const alien = `https://elsewhere.example/post/${edited}`;
      const own = `${node.url}/post/${first}`;
      await postBy(node, 'Quoter', `She says the opposite in ${own} and ${alien} and ${'0'.repeat(64)}.`);
      const page = await open('/');
      const card = postWith(page, 'the opposite');
      const quotes = card.locator('.quoted');
      await until(() => quotes.locator('.content').allTextContents()).toEqual(['The first stone.', 'A rock.']);
      await until(() => quotes.locator('.proof-word').allTextContents()).toEqual(Array(2).fill('signature checked'));
      expect(await card.locator('a.outside').count()).toBe(1);
      const t = await speakChinese(page);
      expect(await quotes.locator('.proof-word').allTextContents()).toEqual(Array(2).fill(t.proofWords.signed));
      await card.locator(`.content a[href="/post/${first}"]`).first().click();
      await page.getByRole('heading', { name: t.postBy('Ada') }).waitFor();
      const post = page.locator('.main-post');
      await post.getByRole('link', { name: own }).waitFor();
      await post.getByRole('button', { name: t.copy }).click();
      await post.getByRole('button', { name: t.copied }).waitFor();
      expect(await page.getByRole('link', { name: t.followByFeed }).getAttribute('href')).toBe(
        `/post/${first}/feed.atom`,
      );
    },
  );

  visits.journey('dark phone', 'check a file, and post its hash, which is all that leaves the browser', async () => {
    const page = await open('/check');
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.postData() ?? ''));
    const input = page.getByLabel('Choose a file, or drop one anywhere on this page');
    const hand = (name: string, text: string) =>
      input.setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
    const secret = 'What only the one who has this file can read. '.repeat(20_000);
    await hand('contract.pdf', secret);
    await page.getByText('Nobody has put this file on this board').waitFor();
    const sha256 = createHash('sha256').update(secret).digest('hex');
    await page.getByText(sha256).first().waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Notary');
    await page.getByRole('button', { name: 'Put it there' }).click();
    await until(() => page.locator('.post .content').textContent()).toBe(`contract.pdf\n${secret.length} bytes`);
    await mineAll(node);
    await page
      .locator('.stamped', { hasText: '1 post put exactly this file on the board. The first is by Notary' })
      .waitFor();
    expect(sent.some((body) => body.includes('only the one'))).toBe(false);

    const receipt = await (await fetch(`${node.url}/post/${edited}/receipt.json`)).text();
    await go(page, '/chain');
    const t = await speakChinese(page);
    await page.getByRole('heading', { level: 1, name: t.chain }).waitFor();
    const drop = (name: string, text: string) =>
      page.evaluate(
        ([name, text]) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([text], name));
          for (const kind of ['dragover', 'drop'])
            document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
        },
        [name, text] as const,
      );
    await drop('receipt.json', receipt);
    await page.getByText(t.receiptHolds).waitFor();
    await until(() => page.locator('.quoted .content').textContent()).toBe('A rock.');
    await page.getByText(t.receiptOnChain(2, 0, 0).replace(/：.*/, '')).waitFor();
    await drop('receipt.json', receipt.replace('A rock.', 'A ruck.'));
    await page.getByText(t.proofInvalid).waitFor();

    const query = '{ listing(publicKey: null, topic: "stones", from: 1, to: 2) }';
    const { data } = await ask(node.url, query);
    await drop('listing.json', data.listing);
    await page.getByText(t.listingHolds(1, 2, 2).replace(/。.*/, '。')).waitFor();
    await until(() => page.locator('.quoted .content').allTextContents()).toEqual(['The first stone.']);
  });

  visits.journey(
    'light phone',
    'gather the answers and mentions of the names of a browser, new ones first and counted',
    async () => {
      const page = await open('/');
      await write(page, 'Who is there?', 'Returner');
      await until(() => state(page, 'Who is there?')).toBe('pending');
      const asked = (await postWith(page, 'Who is there?').getAttribute('data-id')) ?? '';
      await mineAll(node);
      await postBy(node, 'Guest', 'I am, since you ask.', { replyTo: asked });
      await until(() => page.title()).toBe('(1) Feed · Stele');
      await postBy(node, 'Passer-by', 'Look at what @Returner asked.');
      await postBy(node, 'Passer-by', 'Nothing for @Returners.');
      await mineAll(node);
      await page.getByRole('link', { name: 'Answers 2 new' }).click();
      const fresh = page.getByRole('region', { name: 'Since your last visit' });
      await until(() => fresh.locator('.content').allTextContents()).toEqual([
        'Look at what @Returner asked.',
        'I am, since you ask.',
      ]);
      await until(() => page.title()).toBe('Answers · Stele');

      // Another visit, with what was said meanwhile.
      const t = await speakChinese(page);
      await page.goto('about:blank');
      await postBy(node, 'Guest', 'Still here.', { replyTo: asked });
      await mineAll(node);
      await page.goto(node.url);
      await page.getByText(t.seenBelow).waitFor();
      await until(() => page.title()).toBe(`(1) ${t.feed} · Stele`);
      await page.getByRole('link', { name: `${t.answers} 1 ${t.newOnes}` }).click();
      const since = page.getByRole('region', { name: t.sinceLastVisit });
      await until(() => since.locator('.content').allTextContents()).toEqual(['Still here.']);
      await until(() => page.getByRole('region', { name: t.seenBefore }).locator('.post').count()).toBe(2);
    },
  );

  visits.journey(
    'dark desk',
    'show a thread as a tree of branches that fold, and are gone through by keys',
    async () => {
      const root = await postBy(node, 'Tree', 'The root.');
      await mineAll(node);
      let above = root;
      for (const text of ['A branch.', 'A twig.', 'A leaf.', 'A vein.']) {
        above = await postBy(node, 'Tree', text, { replyTo: above });
        await mineAll(node);
      }
      const page = await open(`/post/${root}`);
      const below = () => page.locator('.branch .content').allTextContents();
      await until(below).toEqual(['A branch.', 'A twig.', 'A leaf.']);
      await page.getByRole('button', { name: 'Show 1 reply' }).click();
      await until(below).toEqual(['A branch.', 'A twig.', 'A leaf.', 'A vein.']);
      const t = await speakChinese(page);
      await page.getByRole('button', { name: t.foldReplies }).first().click();
      await until(below).toEqual(['A branch.']);
      await page.getByRole('button', { name: t.openReplies(1) }).click();
      await until(below).toEqual(['A branch.', 'A twig.', 'A leaf.', 'A vein.']);

      const focused = () => page.evaluate('document.activeElement.querySelector(".content")?.textContent');
      await page.keyboard.press('?');
      await page
        .getByRole('dialog', { name: t.shortcuts })
        .getByText(t.shortcutKeys[0]?.[1] ?? '')
        .waitFor();
      await page.keyboard.press('Escape');
      await page.locator('.main-post .author').focus();
      await page.keyboard.press('j');
      await until(focused).toBe('A branch.');
      await page.keyboard.press('k');
      await until(focused).toBe('The root.');
      await page.keyboard.press('j');
      await page.keyboard.press('o');
      await page.locator('.main-post', { hasText: 'A branch.' }).waitFor();
      await page.keyboard.press('n');
      await page.keyboard.type('jk');
      expect(await page.getByLabel(t.text, { exact: true }).inputValue()).toBe('jk');

      // What takes the place of a post that leaves the list has the focus of the keyboard.
      await page.evaluate(`{
      const post = (text) => '<article class="post" tabindex="-1"><div class="content">' + text + '</div></article>';
      document.querySelector('#main').insertAdjacentHTML('beforeend', '<div>' + post('Leaves.') + post('Stays.') + '</div>');
      const [leaves] = [...document.querySelectorAll('article.post')].slice(-2);
      leaves.focus();
      leaves.remove();
    }`);
      await until(focused).toBe('Stays.');
    },
  );

  visits.journey('light phone', 'show everyone what was withheld, in its place and in a list of its own', async () => {
    const id = await postBy(node, 'Eve', 'To be withheld.');
    await mineAll(node);
    await withhold(id, 'by order of a court', true);
    const page = await open(`/post/${id}`);
    const rows = () =>
      page.evaluate(
        '[...document.querySelectorAll("td.words")].flatMap(({ childNodes }) => [...childNodes].map((part) => part.textContent))',
      ) as Promise<string[]>;
    const decided = ['served again', 'the author agreed', 'withheld', 'while its author was asked'];

    await page.getByRole('link', { name: 'Withheld and erased by this node’s operator' }).click();
    await page.getByRole('heading', { level: 1, name: 'Withheld texts' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/withholdings');
    await until(rows).toEqual(['withheld and erased', 'by order of a court', ...decided]);
    await page.getByRole('link', { name: id.slice(0, 12) }).click();
    await page.getByText('The reason given: by order of a court').waitFor();

    const t = await speakChinese(page);
    await page.getByRole('link', { name: t.withholdings }).click();
    await until(async () => (await rows()).slice(0, 2)).toEqual([t.erased, 'by order of a court']);
    await withhold(first, 'asked for by its author');
    await until(async () => (await rows()).slice(0, 2)).toEqual([t.withheld, 'asked for by its author']);

    await page.getByRole('link', { name: t.node, exact: true }).click();
    await page.getByRole('link', { name: t.allDecisions }).click();
    await page.getByRole('heading', { level: 1, name: t.withholdings }).waitFor();
  });

  visits.journey('light desk', 'have feeds, and describe themselves in their heads', async () => {
    const nasty = 'A\u0001 "quoted" <script>]]></script> & more.\n\nSecond.';
    const id = await postBy(node, 'Eve & "Sons"', nasty, { topics: ['<odd>'], replyTo: first });
    const hidden = await postBy(node, 'Eve & "Sons"', 'Nobody shall read this.');
    await mineAll(node);
    await withhold(hidden, 'by order of <a court>');
    const page = await open(`/post/${id}`);
    const { headers, ok } = await fetch(`${node.url}/feed.atom`);
    expect([ok, headers.get('content-type')]).toEqual([true, 'application/atom+xml; charset=utf-8']);
    const etag = headers.get('etag') ?? '';
    const modified = headers.get('last-modified') ?? '';
    for (const known of [{ 'if-none-match': etag }, { 'if-modified-since': modified }])
      expect((await fetch(`${node.url}/feed.atom`, { headers: known as Record<string, string> })).status).toBe(304);

    const feeds = [
      '/feed',
      `/author/${encodeURIComponent('Eve & "Sons"')}/feed`,
      '/topic/%3Codd%3E/feed',
      `/post/${first}/feed`,
    ];
    for (const feed of feeds) {
      const atom = await (await fetch(`${node.url + feed}.atom`)).text();
      const json = (await (await fetch(`${node.url + feed}.json`)).json()) as {
        items: { id: string; content_text: string }[];
      };
      expect(atom + JSON.stringify(json)).not.toContain('Nobody shall read this');
      // The browser's own parser judges: malformed XML has one element of this name, and nothing else.
      const parsed = (await page.evaluate((text) => {
        const document = new DOMParser().parseFromString(text, 'application/xml');
        const entries = [...document.querySelectorAll('entry')];
        const textOf = (entry: Element, name: string) => entry.querySelector(name)?.textContent ?? '';
        const found = entries.map((entry) => [
          textOf(entry, 'id'),
          textOf(entry, 'author name'),
          textOf(entry, 'content'),
        ]);
        return { faults: document.querySelectorAll('parsererror').length, found };
      }, atom)) as { faults: number; found: string[][] };
      expect(parsed.faults).toBe(0);
      expect(parsed.found.map(([urn]) => urn)).toEqual(json.items.map((item) => item.id));
      const html = '<p>A\uFFFD &quot;quoted&quot; &lt;script&gt;]]&gt;&lt;/script&gt; &amp; more.</p><p>Second.</p>';
      expect(parsed.found).toContainEqual([`urn:stele:${id}`, 'Eve & "Sons"', html]);
      expect(json.items.find((item) => item.id === `urn:stele:${id}`)?.content_text).toBe(nasty);
    }
    const receipt = await (await fetch(`${node.url}/post/${id}/receipt.json`)).text();
    expect((await verifyReceipt(receipt)).id).toBe(id);

    const said = (property: string) => page.locator(`meta[property="${property}"]`).getAttribute('content');
    expect(await said('og:title')).toBe('Post by Eve & "Sons"');
    expect(await said('og:description')).toBe('A\uFFFD "quoted" <script>]]></script> & more. Second.');
    await page.goto(`${node.url}/post/${hidden}`);
    expect(await said('og:description')).toBe(
      'Withheld by the operator of this node. The reason given: by order of <a court>',
    );
    expect(await page.locator('link[type="application/atom+xml"]').getAttribute('href')).toBe(
      `${node.url}/post/${hidden}/feed.atom`,
    );
    expect((await fetch(`${node.url}/post/${'0'.repeat(64)}/feed.atom`)).status).toBe(404);
  });
});
