/** Writing on the page: names and keys that the node never sees, texts of any kind, and what goes wrong. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBlank } from '../../src/mempool/lookalike.ts';
import {
  go,
  hasBrowser,
  mineAll,
  postAll,
  postBy,
  postWith,
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
const TOKEN = 'a-token-of-the-operator';
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

  it('warns of a taken or similar name while it is typed, and shows the answer of the node when it is sent', async () => {
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
    await page.reload();
    await until(() => text(page).inputValue()).toBe('I only look like her.');
    await write(page, 'I am myself.', 'Lovelace');
    await until(() => state(page, 'I am myself.')).toBe('pending');
  });

  it('seals keys in the browser, gives copies of them at any time, and accepts each copy again', async () => {
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
    await exported();
    await until(() => page.locator('.seed').textContent()).toBe(seed);
    await page.getByRole('button', { name: 'I have kept it', exact: true }).click();

    const bring = async (copy: string) => {
      await page.getByLabel('Copy of the key').fill(copy);
      await page.getByRole('button', { name: 'Bring it in' }).click();
    };
    // The first post under the name is still pending: the name is found all the same.
    for (const copy of [`${seed.slice(0, 20)} ${seed.slice(20).toUpperCase()}\n`, words.join('\n')]) {
      await page.getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByRole('button', { name: 'Remove it from this browser' }).click();
      await page.getByText('There is none yet').waitFor();
      await bring(copy);
      await page.getByText('The key is here').waitFor();
      expect(await page.locator('.identity .author').textContent()).toBe('Bo');
    }
    await bring('no key');
    await page.getByText('This is no key').waitFor();
    await bring([...words.slice(1), words[0]].join(' '));
    await page.getByText('The words do not fit together').waitFor();
    await page
      .getByLabel('Or its file')
      .setInputFiles({ name: sealed.name, mimeType: 'application/json', buffer: Buffer.from(sealed.text) });
    await page.getByRole('button', { name: 'Bring it in' }).click();
    await page.getByLabel('Password', { exact: true }).fill('of nobody');
    await page.getByRole('button', { name: 'Bring it in' }).click();
    await page.getByText('This is not the password of the file.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('of Bo');
    await page.getByRole('button', { name: 'Bring it in' }).click();
    await page.getByText('The key is here').waitFor();
    await go(page, '/');
    await write(page, 'second of Bo');
    await until(() => state(page, 'second of Bo')).toBe('pending');
  });

  it('takes a name back with its recovery file, whether its key was lost or stolen', async () => {
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

    const elsewhere = await Visitor.come(visits.browser);
    const thief = await visits.visitor.open(`${node.url}/keys`);
    const other = await elsewhere.open(`${node.url}/keys`);
    const form = other.locator('details[open]');
    const attempt = async (text: string) => {
      const buffer = Buffer.from(text);
      await form.getByLabel('Recovery file').setInputFiles({ name: file.name, mimeType: 'application/json', buffer });
      await form.getByRole('button', { name: 'Take the name over' }).click();
    };
    const lost = other.getByText('I lost my key');
    await lost.click();
    await attempt('{}');
    await other.getByText('This is no recovery file.').waitFor();
    await lost.click();
    await other.getByText('My key was stolen').click();
    await attempt(plain.text.replaceAll(name, `Friend of ${name}`));
    await other.getByText(/named no successor|This file does not fit/).waitFor();
    await attempt(file.text);
    await form.getByLabel('Password', { exact: true }).fill('of mine');
    await form.getByRole('button', { name: 'Take the name over' }).click();
    await other.getByText('Sent. As soon as a block holds it').waitFor();
    await mineAll(node);
    expect((await saved(other, 'Download')).name).toBe(file.name);

    // The daily key that was lost, or stolen, is worth nothing from now on.
    await go(thief, '/');
    await thief.locator('.signer').waitFor();
    await write(thief, 'not by its owner');
    await thief.getByText('NAME_TAKEN').waitFor();
    await go(other, '/');
    await other.locator('.signer').waitFor();
    await write(other, `second of ${name}`);
    await until(() => state(other, `second of ${name}`)).toBe('pending');
    await elsewhere.leave();
  });

  it('seals a text, keeps its opening, and reveals it for everyone', async () => {
    const page = await open();
    const reader = await open();
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
    const elsewhere = await Visitor.come(visits.browser);
    const other = await elsewhere.open(page.url());
    await other.getByText('Reveal it with its file').click();
    const give = (content: string) =>
      other
        .getByLabel('File that opens it')
        .setInputFiles({ name: file.name, mimeType: 'application/json', buffer: Buffer.from(content) });
    await give('{}');
    await other.getByText('This is no file that opens a sealed post.').waitFor();
    await give(file.text.replace('Sunday', 'Monday'));
    await other.getByText('CONTENT_MISMATCH').waitFor();
    await page.getByRole('button', { name: 'Reveal the text now' }).click();
    await until(() => page.locator('.main-post .content').textContent()).toBe('It will rain on Sunday.');
    await until(async () => (await texts(reader)).includes('It will rain on Sunday.')).toBe(true);
    await elsewhere.leave();
  });

  it('shares names between tabs, and chooses another when the one that writes is removed', async () => {
    const page = await open();
    const other = await open();
    await text(other).fill('from the other tab');
    await other.getByLabel('Name', { exact: true }).fill('Tabby');
    await write(page, 'from this tab', 'Tabby');
    await until(() => state(page, 'from this tab')).toBe('pending');
    await until(() => other.getByLabel('Write as').inputValue()).toBe('Tabby');
    await other.getByRole('button', { name: 'Post', exact: true }).click();
    await until(() => state(other, 'from the other tab')).toBe('pending');

    await page.getByLabel('Write as').selectOption('Another name…');
    await text(page).fill('under a second name');
    await page.getByLabel('Name', { exact: true }).fill('Tabby');
    await page.getByRole('button', { name: 'This name is yours: write under it' }).waitFor();
    await write(page, 'under a second name', 'Second');
    await until(() => state(page, 'under a second name')).toBe('pending');
    await go(page, '/keys');
    const second = page.locator('.identities li', { hasText: 'Second' });
    await second.getByText('writes now').waitFor();
    await second.getByRole('button', { name: 'Remove', exact: true }).click();
    await second.getByRole('button', { name: 'Remove it from this browser' }).click();
    await page.locator('.identities li', { hasText: 'Tabby' }).getByText('writes now').waitFor();
  });

  it('answers, gives topics, counts bytes, and works by keyboard alone', async () => {
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

  it('shows what others write as text, at any width', async () => {
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
  it.skipIf(naughty === null)('shows every unusual string as plain text', async () => {
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
  });

  it('takes the token from the link that the node prints, and shows it to nobody', async () => {
    const guarded = await startNodeProcess(temporaryDirectory(), 0, ['--public-url', 'https://stele.example']);
    try {
      const { links } = guarded;
      expect(links.page).toMatch(/\/#token=[0-9a-f]{64}$/);
      const page = await visits.visitor.open(links.page);
      await go(page, '/node');
      await page.getByText('Forget the token').waitFor();
      expect(page.url()).toBe(`${guarded.url}/node`);
      await page.goto(links.playground);
      await page.locator('.graphiql-query-editor', { hasText: 'Ada' }).waitFor();
      expect(page.url()).toBe(`${guarded.url}/graphql`);
      await page.locator('.graphiql-execute-button').click();
      await page.locator('.result-window', { hasText: 'PENDING' }).waitFor();
    } finally {
      await guarded.end('SIGTERM');
    }
  });

  it('can be read by anyone, and controlled by who has the token', async () => {
    const guarded = await startNodeProcess(temporaryDirectory(), 0, [
      '--public-url',
      'https://stele.example',
      '--operator-token',
      TOKEN,
      '--operator-name',
      'The village',
      '--operator-contact',
      'ops@stele.example',
    ]);
    try {
      const page = await visits.visitor.open(`${guarded.url}/node`);
      expect(await page.getByRole('button', { name: /^Mine/ }).count()).toBe(0);
      await page.locator('main').getByText('This node is run by The village').waitFor();
      const contact = page.locator('main').getByRole('link', { name: 'ops@stele.example' });
      expect(await contact.getAttribute('href')).toBe('mailto:ops@stele.example');
      await page.getByLabel('Token').fill('not the token at all');
      await page.getByRole('button', { name: 'Use it' }).click();
      await page.getByText('The node does not take this token.').waitFor();
      await page.getByLabel('Token').fill(TOKEN);
      await page.getByRole('button', { name: 'Use it' }).click();
      await page.getByRole('button', { name: 'Mine a block' }).click();
      await page.getByText('nothing to mine').waitFor();

      await go(page, '/');
      await write(page, 'to be withheld', 'Eve');
      await until(() => state(page, 'to be withheld')).toBe('pending');
      await page.getByRole('button', { name: 'Mine a block' }).click();
      await until(() => state(page, 'to be withheld')).toContain('in block 1');
      await postWith(page, 'to be withheld').getByRole('link', { name: 'Reply' }).click();
      await page.locator('summary', { hasText: 'Withhold the text' }).click();
      await page.getByLabel('Reason, shown to everyone').fill('as an example');
      await page.getByRole('button', { name: 'Withhold the text' }).click();
      await page.getByText('The reason given: as an example').waitFor();
      await page.getByRole('button', { name: 'Serve the text again' }).click();
      await until(() => page.locator('.main-post .content').textContent()).toBe('to be withheld');
    } finally {
      await guarded.end('SIGTERM');
    }
  });
});
