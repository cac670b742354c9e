/**
 * `npm run screenshots`: every page of a small town's board, light and dark, wide and on a phone, in English and in Chinese, into
 * docs/screenshots.
 * Needs Chromium at /usr/bin/chromium, and fonts for Chinese and Arabic (Debian: fonts-noto-cjk, fonts-noto-core).
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { transactionToWire } from '../src/domain/transaction.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { ask, startNodeProcess } from '../test/support/nodeProcess.ts';
import { type Board, buildBoard } from './screenshots/board.ts';

const OUT = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const WIDE: BrowserContextOptions = { viewport: { width: 1280, height: 860 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true };

const LANGUAGES = [
  ['en', ''],
  ['zh-CN', '-chinese'],
] as const;

/** Each page with what is on it when it is ready. */
const pagesOf = ({ thread }: Board): [name: string, path: string, ready: string][] => [
  ['feed', '/', '.proof-word.proven'],
  ['thread', `/post/${thread}`, '.main-post .proof-word.proven'],
  ['author', '/author/Ines%20Vidal', '.proof-word.proven'],
  ['topic', '/topic/sky', '.proof-word.proven'],
  ['authors', '/authors', 'tbody tr'],
  ['topics', '/topics', 'tbody tr'],
  ['block', '/block/60', '.raw summary'],
  ['chain', '/chain', '.charts canvas'],
  ['pending', '/pending', '.proof-word.signed'],
  ['search', '/search?q=glove', '.proof-word.proven'],
  ['check', '/check', 'input[type=file]'],
  ['answers', '/answers', 'h1'],
  ['node', '/node', '.corner'],
  ['keys', '/keys', '.import'],
  ['withholdings', '/withholdings', 'tbody tr'],
];

async function take(browser: Browser, url: string, board: Board): Promise<void> {
  for (const [size, options] of Object.entries({ wide: WIDE, phone: PHONE }))
    for (const colorScheme of ['light', 'dark'] as const)
      for (const [locale, mark] of LANGUAGES) {
        const context = await browser.newContext({ ...options, colorScheme, locale, reducedMotion: 'reduce' });
        const page = await context.newPage();
        for (const [name, path, ready] of pagesOf(board)) {
          await page.goto(url + path);
          await page.locator(ready).first().waitFor();
          await shoot(page, `${name}-${size}-${colorScheme}${mark}`);
        }
        await context.close();
      }
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.locator('[data-connection="live"]').waitFor();
  await page.evaluate('document.fonts.ready');
  await page.locator('.proof-word.checking').first().waitFor({ state: 'detached' });
  await page.screenshot({ path: join(OUT, `${name}.webp`), type: 'webp', quality: 82 });
}

/** Two decisions for the register; the board looks as before. */
async function withholdForAWhile(url: string, id: string): Promise<void> {
  const withhold = 'mutation ($input: WithholdInput!) { withhold(input: $input) { transaction { id } } }';
  await ask(url, withhold, { input: { id, reason: 'Somebody doubts that she may say so. Her lawyer was asked.' } });
  const restore = 'mutation ($input: RestoreInput!) { restore(input: $input) { transaction { id } } }';
  await ask(url, restore, { input: { id, reason: 'She may.' } });
}

const directory = mkdtempSync(join(tmpdir(), 'stele-screenshots-'));
const board = await buildBoard(directory, Math.floor(Date.now() / 1000));
const node = await startNodeProcess(join(directory, 'data'), 0, ['--network', board.network]);
const browser = await launchBrowser();
try {
  mkdirSync(OUT, { recursive: true });
  const query = 'mutation ($input: TransactionInput!) { submitTransaction(input: $input) { status { state } } }';
  for (const post of board.waiting) await ask(node.url, query, { input: transactionToWire(post) });
  await withholdForAWhile(node.url, board.thread);
  await take(browser, node.url, board);
} finally {
  await browser.close();
  await node.end('SIGTERM');
  rmSync(directory, { recursive: true });
}
process.stdout.write(`screenshots are in ${OUT}\n`);
