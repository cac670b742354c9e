/** Why the page can be believed: what is served, what it checks of what the node says, and what a second node sees. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyReceipt } from '../../src/verify/index.ts';
import { zh } from '../../src/web/app/i18n/zh.ts';
import {
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
import { type NodeProcess, startNodeProcess } from '../support/nodeProcess.ts';
import type { View } from '../support/views.ts';
import { useVisits } from '../support/visits.ts';

/** Pieces of headers that the browser keeps. */
const COUNT_KEPT = `new Promise((resolve) => {
  const opening = indexedDB.open('stele-headers');
  opening.onsuccess = () => {
    const counting = opening.result.transaction('pieces').objectStore('pieces').count();
    counting.onsuccess = () => resolve(counting.result);
  };
})`;
const MOST_SCRIPT = 150_000;

let node: NodeProcess;
let first: string;

beforeAll(async () => {
  node = await startNodeProcess(temporaryDirectory());
  first = await postBy(node, 'Ada', 'The first stone.');
  await mineAll(node);
  await postBy(node, 'Ada', 'Not cut yet.');
});
afterAll(async () => {
  await node.end('SIGTERM');
});

describe('the page as it is served', () => {
  const files = async () => {
    const html = await (await fetch(node.url)).text();
    return {
      html,
      scripts: [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path as string),
    };
  };

  it('is under 150 kB of compressed script, the worker apart', async () => {
    const { scripts } = await files();
    const bodies = await Promise.all(scripts.map(async (path) => (await fetch(node.url + path)).text()));
    const size = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
    process.stdout.write(`the page: ${size} bytes of script at first, compressed by gzip\n`);
    expect(scripts.length).toBeGreaterThan(0);
    expect(size).toBeLessThan(MOST_SCRIPT);
    // libsodium is in none of them.
    expect(bodies.join('')).not.toContain('crypto_sign_verify_detached(');
  });

  it('may reach only the node, and has no inline scripts', async () => {
    const { html, scripts } = await files();
    const page = await fetch(`${node.url}/post/${first}`);
    const ofPost = await page.text();
    for (const text of [html, ofPost]) {
      expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/);
      expect(text).toContain(scripts[0]);
    }
    // Only what the head tells of the page differs.
    const bodyOf = (text: string) => text.slice(text.indexOf('<body'));
    expect(bodyOf(ofPost)).toBe(bodyOf(html));
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const script = await fetch(node.url + scripts[0]);
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const path of ['/nothing', '/assets/nothing.js', '/post', '/..%2f..%2fpackage.json']) {
      expect((await fetch(node.url + path)).status).toBe(404);
    }
  });
});

describe('compressed files', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1.0, *;q=0.1', 'gzip'],
    ['identity', null],
  ])('to whoever accepts %s is the same', async (accepted, encoding) => {
    const whole = await (await fetch(node.url, { headers: { 'accept-encoding': 'identity' } })).text();
    const answer = await fetch(node.url, { headers: { 'accept-encoding': accepted } });
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('vary')).toBe('accept-encoding');
    expect(await answer.text()).toBe(whole);
  });
});

describe.skipIf(!hasBrowser)('the page, in Chromium', () => {
  const visits = useVisits();

  const open = (path: string) => visits.visitor.open(node.url + path);

  visits.journey(
    'dark phone',
    'asks for the newest posts once, by itself, and never takes them from a cache unasked',
    async () => {
      const page = await visits.visitor.tab();
      const asked: Request[] = [];
      page.on('request', (request) => {
        if (/query.*Newest/.test(request.postData() ?? request.url())) asked.push(request);
      });
      for (const goThere of [() => page.goto(node.url), () => page.reload()]) {
        asked.length = 0;
        await goThere();
        await postWith(page, 'The first stone.').waitFor();
        await page.locator('[data-connection="live"]').waitFor();
        expect(asked.map((request) => request.method())).toEqual(['GET']);
        const answer = await asked[0]?.response();
        expect(await answer?.headerValue('cache-control')).toBe('private, no-cache');
      }
    },
  );

  visits.journey('dark desk', 'checks headers once, and goes on from there on the next visit', async () => {
    const page = await visits.visitor.tab();
    const answers: number[] = [];
    page.on('response', async (response) => {
      if (!/query Headers/.test(response.request().postData() ?? '')) return;
      answers.push((await response.json()).data.headers.length);
    });
    await page.goto(node.url);
    await page.getByText('This page has checked the headers of all blocks up to 1 itself').waitFor();
    await until(async () => answers.slice(0, 2)).toEqual([1, 0]);
    await until(() => page.evaluate(COUNT_KEPT)).toBe(1);
    await speakChinese(page);
    answers.length = 0;
    await page.reload();
    await page.getByText(zh.followed('1', 0).replace(/：.*/, '')).waitFor();
    await until(async () => answers.length).toBeGreaterThan(0);
    expect(answers[0]).toBe(0);
  });

  visits.journey('dark phone', 'gives a receipt that is valid elsewhere', async () => {
    const page = await open(`/post/${first}`);
    // On a phone what the page has checked is folded.
    await page.locator('.main-post .proof-word').tap();
    const t = await speakChinese(page);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: t.downloadReceipt }).click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    expect(await verifyReceipt(text)).toMatchObject({ id: first, content: 'The first stone.' });
  });

  const forgeries: [view: View, what: string, forge: (post: Shown) => Shown, text: string][] = [
    ['light phone', 'another text', (post) => ({ ...post, content: 'Another stone.' }), 'Another stone.'],
    ['light desk', 'another author', (post) => ({ ...post, author: 'Eve' }), 'The first stone.'],
    ['dark phone', 'a forged signature', (post) => ({ ...post, signature: '00'.repeat(64) }), 'Not cut yet.'],
  ];
  for (const [view, what, forge, text] of forgeries) {
    visits.journey(view, `says so when the node shows ${what} than was signed`, async () => {
      const page = await visits.visitor.tab();
      await page.route(/\/graphql(\?|$)/, async (route) => {
        const response = await route.fetch();
        const body = JSON.parse(await response.text(), (_key, value) =>
          value?.__typename !== undefined || value?.statement ? forge(value) : value,
        );
        await route.fulfill({ response, json: body });
      });
      await page.goto(node.url);
      const forged = postWith(page, text).first();
      await forged.getByRole('button', { name: 'does not hold' }).click();
      await page.getByText('Do not rely on it').waitFor();
      const t = await speakChinese(page);
      await forged.getByRole('button', { name: t.proofWords.failed }).waitFor();
      await page.getByText(t.proofFailed).waitFor();
    });
  }

  visits.journey('light phone', 'shows the progress of a search', async () => {
    const page = await visits.visitor.context.newPage();
    // A search that takes long: what the node says of its miner is changed on the way.
    await page.routeWebSocket(/graphql/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        const heard = JSON.parse(String(message));
        const miner = heard.payload?.data?.nodeStatus?.miner;
        if (miner) Object.assign(miner, { active: true, hashRate: 1_234_567, attempts: 2_500_000, height: 2 });
        socket.send(JSON.stringify(heard));
      });
    });
    await page.goto(`${node.url}/node`);
    await until(() => page.locator('.miner').textContent()).toBe(
      'Block 2: 2.5M hashes tried at 1.23M a second. One in 2 will do.',
    );
  });

  visits.journey(
    'dark phone',
    'on two nodes shows the posts of both, and each node as a peer of the other',
    async () => {
      const neighbour = await startNodeProcess(temporaryDirectory());
      const other = await Visitor.come(visits.browser, { locale: 'zh-CN' });
      try {
        const here = await open('/');
        const there = await other.open(`${neighbour.url}/node`);
        const connectTo = async (url: string, outcome: keyof typeof zh.peerOutcomes) => {
          await there.getByLabel(zh.peerAddress).fill(url);
          await there.getByRole('button', { name: zh.addPeer }).click();
          await there.getByText(zh.peerOutcomes[outcome], { exact: true }).waitFor();
        };
        await connectTo('http://127.0.0.1:1', 'UNREACHABLE');
        await there.setViewportSize({ width: 390, height: 844 });
        const width = (await there.locator('tbody th').first().boundingBox())?.width;
        expect(width, 'of the column that tells why').toBeGreaterThan(120);
        const removing = there.getByRole('button', { name: zh.removePeer('http://127.0.0.1:1') });
        const { x, width: wide } = (await removing.boundingBox()) as { x: number; width: number };
        expect(x + wide, 'the end of the last column').toBeLessThanOrEqual(390);
        await removing.click();
        await until(() => there.locator('tbody th').count()).toBe(0);
        await connectTo(node.url, 'CONNECTED');
        await until(() => there.locator('tbody th').first().textContent()).toBe(node.url);
        await there.getByRole('link', { name: zh.feed, exact: true }).click();
        await until(async () => (await texts(there)).includes('The first stone.')).toBe(true);

        await write(there, 'Hello from over there.', 'Neighbour', zh);
        await until(() => state(here, 'Hello from over there.')).toBe('pending');
        await write(here, 'Hello back.', 'Host');
        await until(() => state(there, 'Hello back.')).toBe(zh.pending);
        await mineAll(node);
        await until(() => state(there, 'Hello back.')).toContain(zh.confirmations(1));

        await there.getByRole('link', { name: zh.node, exact: true }).click();
        await there.getByRole('button', { name: zh.resync }).click();
        await there
          .getByText(zh.resynced({ asked: 1, answered: 1, attached: 0, detached: 0, posts: 0 }).replace(/：.*/, ''))
          .waitFor();
        await there.getByRole('button', { name: zh.removePeer(node.url) }).click();
        await until(() => there.locator('tbody tr').count()).toBe(0);
      } finally {
        await other.leave();
        await neighbour.end('SIGTERM');
      }
    },
  );
});

/** A post in an answer of the API. */
interface Shown {
  content: string | null;
  author: string;
  signature: string;
}
