/** Feeds of long texts, which anybody may post. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { createMaking } from '../../../src/web/made/serve.ts';

const CALLER = { address: '192.0.2.1', isOperator: false };
const POSTS = 30;

/** Thirty posts of the same text. */
function boardOf(content: string) {
  const post = {
    author: 'Ada',
    topics: [],
    timestamp: 1,
    size: 1,
    contentState: 'HERE',
    withheld: null,
    replyTo: null,
  };
  const nodes = Array.from({ length: POSTS }, (_, i) => ({
    ...post,
    id: `${i}`.padStart(64, '0'),
    block: null,
    content,
  }));
  return { node: { network: { name: 'dev', time: 0 } }, transactions: { nodes } };
}

/** Serves the feed of a board, and counts what is asked for while it is made. */
async function fetchFeed(path: string, content: string) {
  const api = { ask: async () => ({ data: boardOf(content) }), pace: vi.fn(() => null), owe: vi.fn() };
  const index = { withHead: () => ({ body: '', headers: {} }), send: () => {} };
  const make = createMaking({ api, publicUrl: 'http://h' }, index);
  const server = createServer((request, response) => void make(request)?.(response, CALLER)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const headers = { 'accept-encoding': 'identity' };
    const body = await (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text();
    return { body, paces: api.pace.mock.calls.length, owed: api.owe.mock.calls };
  } finally {
    server.close();
  }
}

it.each(['/feed.atom', '/feed.json'])('%s is made entry by entry, and its caller pays for its length', async (path) => {
  const { body, paces, owed } = await fetchFeed(path, '&\n\n'.repeat(5_000));
  expect(paces).toBeGreaterThanOrEqual(POSTS);
  expect(owed).toEqual([[CALLER, Buffer.byteLength(body) / 160]]);
});

it('spells a feed as its formats want it', async () => {
  const { body: atom } = await fetchFeed('/feed.atom', 'a & b\n\n\nc\nd');
  expect(atom).toContain('<title>Ada: a &amp; b c d</title>');
  const html = '&lt;p&gt;a &amp;amp; b&lt;/p&gt;&lt;p&gt;c&lt;br/&gt;d&lt;/p&gt;';
  expect(atom).toContain(`<content type="html">${html}</content>`);
  expect(atom.match(/<entry>/g)).toHaveLength(POSTS);
  const { body: json } = await fetchFeed('/feed.json', 'a & b');
  expect(JSON.parse(json)).toMatchObject({ title: 'All posts · Stele, dev', items: { length: POSTS } });
});

it('looks no further into a text than its title goes', async () => {
  const next = vi.fn();
  const { prototype } = Intl.Segmenter;
  const { segment } = prototype;
  vi.spyOn(prototype, 'segment').mockImplementation(function (this: Intl.Segmenter, text: string) {
    const segments = segment.call(this, text);
    function* counted() {
      for (const one of segments) {
        next();
        yield one;
      }
    }
    return Object.assign(counted(), { containing: segments.containing }) as unknown as Intl.Segments;
  });
  const { body } = await fetchFeed('/feed.json', 'word '.repeat(3_000));
  vi.restoreAllMocks();
  expect(next.mock.calls.length).toBeLessThan(POSTS * 100);
  expect(JSON.parse(body).items[0].title).toMatch(/^Ada: (word ){15}word…$/);
});
