/** Writing on the page: names and keys that the node never sees, texts of any kind, and what goes wrong. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { isBlank } from '../../src/mempool/lookalike.ts';
import { zh } from '../../src/web/app/i18n/zh.ts';
import {
  go,
  hasBrowser,
  mineAll,
  postAll,
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
import { sharedJson } from '../support/vectors.ts';
import { useVisits } from '../support/visits.ts';

const NAUGHTY =
  '<script>hit = 1</script><img src=x onerror="hit = 2"> \u202Egnp.exe\u202C a\u200Bb\u2066 &amp; \u05E9\u05DC\u05D5\u05DD';
const DUMP = `(async () => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const parts = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      for (const value of await done(database.transaction(store).objectStore(store).getAll())) {
        if (value instanceof CryptoKey && value.extractable) parts.push('a key that can be taken out');
        parts.push(JSON.stringify(value, (_, part) => part instanceof ArrayBuffer ? new TextDecoder().decode(part) : part));
      }
    }
  }
  return parts.join();
})()`;

describe.skipIf(!hasBrowser)('writing, in Chromium', () => {
  const visits = useVisits();
  let node: NodeProcess;

  beforeAll(async () => {
    node = await startNodeProcess(temporaryDirectory());
  });
  afterAll(async () => {
    await node.end('SIGTERM');
  });

  const open = (path = '/') => visits.visitor.open(node.url + path);
  const text = (page: Page) => page.getByLabel('Text', { exact: true });
  /** What a button hands out as a file. */
  const saved = async (page: Page, button: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: button, exact: true }).click(),
    ]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
  };
  /** Everything that the browser keeps for the page, as text. A key that it gives to nobody is not in it. */
  const keptText = (page: Page) => page.evaluate(DUMP) as Promise<string>;

  visits.journey(
    'light phone',
    'warns of a taken or similar name while it is typed, and shows the answer of the node when it is sent',
    async () => {
      await postBy(node, 'Ada', 'mine');
      await mineAll(node);
      const page = await open();
      await text(page).fill('I only look like her.');
      const name = page.getByLabel('Name', { exact: true });
      await name.fill('Ada');
      await page.getByText('This name is taken.').waitFor();
      expect(await name.getAttribute('aria-invalid')).toBe('true');

      await name.fill('ada');
      await page.getByText('People would take this name for Ada, which is on this chain already.').waitFor();
      await write(page, 'I only look like her.', 'ada');
      await page.getByText('This name looks like another.').waitFor();
      expect(await page.evaluate('document.activeElement.value')).toBe('ada');
      expect(await text(page).inputValue()).toBe('I only look like her.');
      const t = await speakChinese(page);
      await page.reload();
      await until(() => page.getByLabel(t.text, { exact: true }).inputValue()).toBe('I only look like her.');
      await write(page, 'I only look like her.', 'Ada', t);
      await page.getByText(t.reasons.NAME_TAKEN).waitFor();
      await write(page, 'I am myself.', 'Lovelace', t);
      await until(() => state(page, 'I am myself.')).toBe(t.pending);
    },
  );

  visits.journey(
    'dark desk',
    'seals keys in the browser, gives copies of them at any time, and accepts each copy again',
    async () => {
      const page = await open();
      await write(page, 'first of Bo', ' Bo ');
      await until(() => state(page, 'first of Bo')).toBe('pending');
      await page.getByRole('link', { name: 'Keys' }).click();
      await page.getByText(/^This browser (has promised|may delete)/).waitFor();
      const exported = async () => {
        await page.getByRole('button', { name: 'Export…' }).click();
        await page.getByText('Be sure that nobody looks on.').waitFor();
        expect(await page.locator('.seed').count()).toBe(0);
        await page.getByRole('button', { name: 'Show the ways to keep it' }).click();
        await page.getByRole('button', { name: 'Show words, digits and picture' }).click();
      };
      await exported();
      await page.getByRole('img', { name: 'The 64 digits as a QR code' }).waitFor();
      const seed = (await page.locator('.seed').textContent()) ?? '';
      expect(seed).toMatch(/^[0-9a-f]{64}$/);
      await until(() => page.locator('.key-words li').count()).toBe(24);
      const words = await page.locator('.key-words li').allTextContents();
      const plain = await saved(page, 'Download');
      expect(plain).toEqual({ name: 'Bo.seed', text: `${seed}\n` });
      await page.getByLabel('Password for the file').fill('of Bo');
      const sealed = await saved(page, 'Download, sealed');
      expect(sealed.name).toBe('Bo.key.json');
      await page.getByRole('button', { name: 'I have kept it', exact: true }).click();
      await page.locator('.backup').waitFor({ state: 'detached' });
      expect(await keptText(page)).not.toMatch(new RegExp(`${seed}|a key that can be taken out`));
      expect(await keptText(page)).toContain('"name":"Bo"');
      const t = await speakChinese(page);
      await page.getByRole('button', { name: t.exportKey }).click();
      await page.getByRole('button', { name: t.exportReally }).click();
      await page.getByRole('button', { name: t.showKey }).click();
      await until(() => page.locator('.seed').textContent()).toBe(seed);
      await page.getByRole('button', { name: t.copyDone, exact: true }).click();

      const bring = async (copy: string) => {
        await page.getByLabel(t.keyCopy).fill(copy);
        await page.getByRole('button', { name: t.import, exact: true }).click();
      };
      // The first post under the name is still pending: the name is found all the same.
      for (const copy of [`${seed.slice(0, 20)} ${seed.slice(20).toUpperCase()}\n`, words.join('\n')]) {
        await page.getByRole('button', { name: t.forget, exact: true }).click();
        await page.getByRole('button', { name: t.forgetReally }).click();
        await page.getByText(t.noKeys).waitFor();
        await bring(copy);
        await page.getByText(t.imported).waitFor();
        expect(await page.locator('.identity .author').textContent()).toBe('Bo');
      }
      await bring('no key');
      await page.getByText(t.copyFaults.malformed).waitFor();
      await bring([...words.slice(1), words[0]].join(' '));
      await page.getByText(t.copyFaults.checksum).waitFor();
      await page
        .getByLabel(t.keyFile)
        .setInputFiles({ name: sealed.name, mimeType: 'application/json', buffer: Buffer.from(sealed.text) });
      const bringIn = page.getByRole('button', { name: t.import, exact: true });
      await bringIn.click();
      await page.getByLabel(t.password, { exact: true }).fill('of nobody');
      await bringIn.click();
      await page.getByText(t.copyFaults['wrong-password']).waitFor();
      await page.getByLabel(t.password, { exact: true }).fill('of Bo');
      await bringIn.click();
      await page.getByText(t.imported).waitFor();
      await go(page, '/');
      await write(page, 'second of Bo', undefined, t);
      await until(() => state(page, 'second of Bo')).toBe(t.pending);
    },
  );

  visits.journey(
    'dark phone',
    'takes a name back with its recovery file, whether its key was lost or stolen',
    async () => {
      const name = 'Robbed';
      const page = await open();
      await write(page, `first of ${name}`, name);
      await until(() => state(page, `first of ${name}`)).toBe('pending');
      await postBy(node, `Friend of ${name}`, `friend of ${name}`);
      const plain = await saved(page, 'Download');
      expect(plain.name).toBe(`${name}.recovery.json`);
      await page.getByLabel('Password for the file').fill('of mine');
      const file = await saved(page, 'Download, sealed');
      await page.getByRole('button', { name: 'I have kept it: delete it here' }).click();
      await page.locator('.backup').waitFor({ state: 'detached' });
      await mineAll(node);
      await go(page, `/author/${name}`);
      await page.getByText('Its owner can take it over with a recovery file').waitFor();

      const elsewhere = await Visitor.come(visits.browser, { locale: 'zh-CN' });
      const thief = await visits.visitor.open(`${node.url}/keys`);
      const other = await elsewhere.open(`${node.url}/keys`);
      const form = other.locator('details[open]');
      const choose = async (text: string) => {
        const buffer = Buffer.from(text);
        await form.getByLabel(zh.recoveryFile).setInputFiles({ name: file.name, mimeType: 'application/json', buffer });
      };
      const attempt = async (text: string) => {
        await choose(text);
        await form.getByRole('button', { name: zh.takeOverNow }).click();
      };
      const lost = other.getByText(zh.lostKey);
      await lost.click();
      await attempt('{}');
      await other.getByText(zh.noRecoveryFile).waitFor();
      await attempt(file.text);
      await form.getByText(zh.copySealed).waitFor();
      // Another file is free of the words about the one before, and of its password.
      await choose(plain.text);
      await form.getByText(zh.copySealed).waitFor({ state: 'detached' });
      expect(await form.getByLabel(zh.password, { exact: true }).count()).toBe(0);
      await lost.click();
      await other.getByText(zh.stolenKey).click();
      await attempt(plain.text.replaceAll(name, `Friend of ${name}`));
      await other
        .getByText(zh.noSuccessor)
        .or(other.getByText(zh.anotherSuccessor(`Friend of ${name}`)))
        .waitFor();
      await attempt(file.text);
      await form.getByLabel(zh.password, { exact: true }).fill('of mine');
      await form.getByRole('button', { name: zh.takeOverNow }).click();
      await other.getByText(zh.takenOver(name)).waitFor();
      await mineAll(node);
      expect((await saved(other, zh.download)).name).toBe(file.name);

      // The daily key that was lost, or stolen, is worth nothing from now on.
      await go(thief, '/');
      await thief.locator('.signer').waitFor();
      await write(thief, 'not by its owner');
      await thief.getByText('NAME_TAKEN').waitFor();
      await go(other, '/');
      await other.locator('.signer').waitFor();
      await write(other, `second of ${name}`, undefined, zh);
      await until(() => state(other, `second of ${name}`)).toBe(zh.pending);
      await elsewhere.leave();
    },
  );

  visits.journey('light phone', 'seals a text, keeps its opening, and reveals it for everyone', async () => {
    const page = await open();
    const reader = await open();
    await page.bringToFront();
    await text(page).fill('It will rain on Sunday.');
    await page.getByLabel('Name', { exact: true }).fill('Prophet');
    await page.getByLabel('Seal the text').check();
    await page.getByText('nobody can read it before you reveal it').waitFor();
    await page.getByRole('button', { name: 'Post', exact: true }).click();
    const sealed = 'Sealed: 23 bytes that were signed';
    await postWith(reader, sealed).getByRole('button', { name: 'signature checked' }).waitFor();
    await mineAll(node);
    await until(() => state(reader, sealed)).toContain('1 confirmation');
    expect(await keptText(page)).not.toContain('It will rain');

    await postWith(page, sealed).getByRole('link', { name: 'Reply' }).click();
    const file = await saved(page, 'Save what opens it');
    expect(file.name).toBe('Prophet.opening.json');
    const elsewhere = await Visitor.come(visits.browser, { locale: 'zh-CN' });
    const other = await elsewhere.open(page.url());
    await other.getByText(zh.sealedHere('23')).waitFor();
    await other.getByText(zh.revealByFile).click();
    const give = (content: string) =>
      other
        .getByLabel(zh.openingFile)
        .setInputFiles({ name: file.name, mimeType: 'application/json', buffer: Buffer.from(content) });
    await give('{}');
    await other.getByText(zh.noOpening).waitFor();
    await give(file.text.replace('Sunday', 'Monday'));
    await other.getByText('CONTENT_MISMATCH').waitFor();
    await page.getByRole('button', { name: 'Reveal the text now' }).click();
    await until(() => page.locator('.main-post .content').textContent()).toBe('It will rain on Sunday.');
    await until(async () => (await texts(reader)).includes('It will rain on Sunday.')).toBe(true);
    await elsewhere.leave();
  });

  visits.journey(
    'light desk',
    'shares names between tabs, and chooses another when the one that writes is removed',
    async () => {
      const page = await open();
      const other = await open();
      await text(other).fill('from the other tab');
      await other.getByLabel('Name', { exact: true }).fill('Tabby');
      await page.bringToFront();
      await write(page, 'from this tab', 'Tabby');
      await until(() => state(page, 'from this tab')).toBe('pending');
      await until(() => other.getByLabel('Write as').inputValue()).toBe('Tabby');
      await other.bringToFront();
      await other.getByRole('button', { name: 'Post', exact: true }).click();
      await until(() => state(other, 'from the other tab')).toBe('pending');

      await page.bringToFront();
      const t = await speakChinese(page);
      await page.getByLabel(t.writeAs).selectOption(t.anotherName);
      await page.getByLabel(t.text, { exact: true }).fill('under a second name');
      await page.getByLabel(t.name, { exact: true }).fill('Tabby');
      await page.getByRole('button', { name: t.keepThisName }).waitFor();
      await write(page, 'under a second name', 'Second', t);
      await until(() => state(page, 'under a second name')).toBe(t.pending);
      await go(page, '/keys');
      const second = page.locator('.identities li', { hasText: 'Second' });
      await second.getByText(t.writesNow).waitFor();
      await second.getByRole('button', { name: t.forget, exact: true }).click();
      await second.getByRole('button', { name: t.forgetReally }).click();
      await page.locator('.identities li', { hasText: 'Tabby' }).getByText(t.writesNow).waitFor();
    },
  );

  visits.journey('light desk', 'answers, gives topics, counts bytes, and works by keyboard alone', async () => {
    const id = await postBy(node, 'Asker', 'What is a stele?');
    await mineAll(node);
    const page = await open();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    // The field that seals the text stands between topics and name.
    for (const typed of ['A stone é', 'stones, 石', '', 'Typist']) {
      await page.keyboard.press('Tab');
      await page.keyboard.type(typed);
    }
    expect(await page.locator('.size').textContent()).toBe('10 of 16,384 bytes');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until(() => state(page, 'A stone é')).toBe('pending');
    const topics = postWith(page, 'A stone é').getByRole('list', { name: 'Topics' }).getByRole('link');
    expect(await topics.allTextContents()).toEqual(['stones', '石']);

    await go(page, `/post/${id}`);
    await page.getByRole('heading', { name: 'Post by Asker' }).waitFor();
    await text(page).fill('A stone with a text.');
    await page.keyboard.press('Control+Enter');
    await until(() => page.locator('.replies .content').allTextContents()).toEqual(['A stone with a text.']);
    await mineAll(node);
    await until(() => page.locator('.replies .state').textContent()).toContain('1 confirmation');
    await page.locator('.replies').getByRole('link', { name: 'Reply' }).click();
    await until(() => page.locator('.above .content').allTextContents()).toEqual(['What is a stele?']);
  });

  visits.journey('dark desk', 'shows what others write as text, at any width', async () => {
    const page = await open();
    await write(page, NAUGHTY, 'Mallory');
    await until(async () => (await texts(page)).includes(NAUGHTY)).toBe(true);
    await postBy(node, 'Long', 'x'.repeat(16_384));
    await postBy(node, 'Lines', '\n'.repeat(16_000).concat('end'));
    const address = 'https://example.com/a?b=c';
    await postBy(node, 'Linker', `see ${address}. javascript:alert(1)`);
    await mineAll(node);
    await page.reload();
    await until(async () => (await texts(page)).includes(NAUGHTY)).toBe(true);

    expect(await page.evaluate('typeof hit')).toBe('undefined');
    expect(await page.locator('.feed script, .feed img').count()).toBe(0);
    expect(await page.locator('.author', { hasText: 'Mallory' }).textContent()).toBe('Mallory');
    const isIsolated = `[...document.querySelectorAll('.post .name, .post .content')]
      .every((element) => getComputedStyle(element).unicodeBidi === 'isolate')`;
    expect(await page.evaluate(isIsolated)).toBe(true);
    const link = postWith(page, address).locator('.content a');
    expect(await link.getAttribute('href')).toBe(address);
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow ugc');
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
  });

  const naughty = sharedJson<string[]>('naughty-strings.json');
  visits.journey(
    'light phone',
    'shows every unusual string as plain text',
    async () => {
      // The pool refuses texts that show nothing.
      const strings = [...new Set(naughty)].filter((string) => !isBlank(string));
      await ask(node.url, 'mutation { mine(input: { allowEmpty: true }) { outcome } }');
      await postAll(node, 'Naughty', strings);
      const page = await open('/pending');
      const older = page.getByRole('button', { name: 'Show more' });
      for (let shown = 50; shown < strings.length; shown += 50) {
        await older.click();
        await until(() => page.locator('.post').count()).toBe(Math.min(shown + 50, strings.length));
      }
      expect((await texts(page)).sort()).toEqual(strings.sort());
      expect(await page.evaluate('typeof hit')).toBe('undefined');
      expect(await page.locator('main script, main img').count()).toBe(0);
    },
    naughty === null,
  );

  describe('of a node that others reach', () => {
    let guarded: NodeProcess;
    beforeAll(async () => {
      const card = ['--operator-name', 'The village', '--operator-contact', 'ops@stele.example'];
      guarded = await startNodeProcess(temporaryDirectory(), 0, ['--public-url', 'https://stele.example', ...card]);
    });
    afterAll(async () => {
      await guarded.end('SIGTERM');
    });

    visits.journey('dark phone', 'can be read by anyone, and controlled by who has the token', async () => {
      const token = new URL(guarded.links.page).hash.replace('#token=', '');
      const page = await visits.visitor.open(`${guarded.url}/node`);
      expect(await page.getByRole('button', { name: /^Mine/ }).count()).toBe(0);
      await page.locator('main').getByText('This node is run by The village').waitFor();
      const contact = page.locator('main').getByRole('link', { name: 'ops@stele.example' });
      expect(await contact.getAttribute('href')).toBe('mailto:ops@stele.example');
      await page.getByLabel('Token').fill('not the token at all');
      await page.getByRole('button', { name: 'Use it' }).click();
      await page.getByText('The node does not take this token.').waitFor();
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Use it' }).click();
      await page.getByRole('button', { name: 'Mine a block' }).click();
      await page.getByText('nothing to mine').waitFor();
      const t = await speakChinese(page);
      await page.getByText(t.isOperator).waitFor();

      await go(page, '/');
      await write(page, 'to be withheld', 'Eve', t);
      await until(() => state(page, 'to be withheld')).toBe(t.pending);
      await page.getByRole('button', { name: t.mineBlock }).click();
      await until(() => state(page, 'to be withheld')).toContain(t.inBlock(1));
      await postWith(page, 'to be withheld').getByRole('link', { name: t.reply }).click();
      await page.locator('summary', { hasText: t.withhold }).click();
      await page.getByLabel(t.publicReason).fill('as an example');
      await page.getByRole('button', { name: t.withhold }).click();
      await page.getByText(`${t.reasonGiven} as an example`).waitFor();
      await page.getByRole('button', { name: t.restore }).click();
      await until(() => page.locator('.main-post .content').textContent()).toBe('to be withheld');
    });

    visits.journey(
      'dark desk',
      'takes the token from the link that the node prints, and shows it to nobody',
      async () => {
        const { links } = guarded;
        expect(links.page).toMatch(/\/#token=[0-9a-f]{64}$/);
        const page = await visits.visitor.open(links.page);
        await go(page, '/node');
        await page.getByText('Forget the token').waitFor();
        expect(page.url()).toBe(`${guarded.url}/node`);
        expect(await page.getByRole('link', { name: 'Playground' }).getAttribute('href')).toBe('/graphql');
      },
    );

    visits.journey(
      'light desk',
      'lets the operator post and mine in one window of the playground, and anyone subscribe in another',
      async () => {
        const { url, links } = guarded;
        // The second window comes by a link that would have a mutation be one press from done.
        const evil = '?query=%23%0Amutation%20Evil%7Bmine%7Boutcome%7D%7D';
        const second = await visits.visitor.open(`${url}/graphql${evil}`, false);
        const editor = (window: Page) => window.locator('.graphiql-query-editor');
        await editor(second).filter({ hasText: 'Ada' }).waitFor();
        expect(await second.getByRole('tab').allTextContents()).not.toContainEqual(expect.stringContaining('Evil'));
        expect(second.url()).not.toContain('Evil');

        /** Opens the tab of an example by one press, and runs it by another. */
        const run = async (window: Page, tab: string, query: string) => {
          await window.getByRole('tab', { name: tab }).getByRole('button', { name: tab }).click();
          await editor(window).filter({ hasText: query }).waitFor();
          await window.locator('.graphiql-execute-button').click();
        };
        const answer = async (window: Page) => {
          const text = (await window.locator('.result-window').textContent())?.replace(/\s+/g, ' ');
          // The playground is a moment behind when tabs change, and then does not know which operation to run.
          if (text?.includes('Cannot infer operation')) await window.locator('.graphiql-execute-button').click();
          return text;
        };
        // As the README and the example have it.
        const following = second.waitForResponse((response) =>
          /event-stream/.test(response.headers()['content-type'] ?? ''),
        );
        await run(second, 'Follow', 'chainChanged');
        await until(() => answer(second)).not.toContain('Cannot infer operation');
        await following;
        const page = await visits.visitor.open(links.playground, false);
        await run(page, 'Post', 'Cut in stone.');
        expect(page.url()).not.toContain('token');
        await until(() => answer(page)).toContain('"state": "PENDING"');
        await run(page, 'Mine', 'difficulty');
        await until(() => answer(page)).toContain('"outcome": "MINED"');
        await until(() => answer(second)).toContain('"content": "Cut in stone."');
        await page.goto(`${url}/graphql?query=%7Bnode%7Bheight%7D%7D`);
        await editor(page).filter({ hasText: '{node{height}}' }).waitFor();
      },
    );
  });
});
