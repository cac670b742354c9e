/** Reading with a real node: page by page, one by one, and as posts join the chain and leave it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningNode } from '../../src/cli/ports.ts';
import { createClient } from '../../src/client/client.ts';
import {
  type Client,
  newKey,
  type PostStep,
  type ReadPost,
  type Signer,
  signerFromCryptoKey,
} from '../../src/client/index.ts';
import { startDevNode } from '../cli/harness.ts';
import { temporaryDirectory } from '../support/directories.ts';

let node: RunningNode;
let client: Client;
let key: Signer;
let start: string;
const ids: string[] = [];

async function post(author: string, content: string, signer: Signer, topics: string[] = []): Promise<string> {
  const signed = await client.sign({ author, content, topics }, signer);
  expect(await client.submit(signed)).toMatchObject({ taken: true });
  return signed.id;
}

const mine = () => client.request('mutation { mine { outcome } }', {});

beforeAll(async () => {
  node = await startDevNode(temporaryDirectory());
  client = createClient({ url: `${node.url}/graphql`, webSocketImpl: WebSocket });
  key = await newKey();
  start = (await client.tip()).cursor;
  const other = await newKey();
  for (const [i, topics] of [['odd'], ['even'], ['odd'], ['even']].entries()) {
    ids.push(await post('ada', `post ${i + 1}`, key, topics));
    await post('bob', `between ${i + 1}`, other);
    if (i % 2 === 1) await mine();
  }
});
afterAll(async () => {
  client.dispose();
  await node.close();
});

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const contents = (posts: readonly ReadPost[]) => posts.map(({ content }) => content);

describe('posts', () => {
  test('come one by one, however many a page has, in either order', async () => {
    const filter = { author: 'ada' };
    const oldest = ['post 1', 'post 2', 'post 3', 'post 4'];
    expect(contents(await all(client.posts({ filter, order: 'OLDEST_FIRST', pageSize: 3 })))).toEqual(oldest);
    expect(contents(await all(client.posts({ filter, pageSize: 1 })))).toEqual(oldest.toReversed());
    expect(await all(client.posts())).toHaveLength(8);
  });

  test('are read as of a block', async () => {
    const [first] = await all(client.posts({ filter: { author: 'ada' }, order: 'OLDEST_FIRST' }));
    const then = client.posts({ filter: { author: 'ada' }, asOf: first?.block?.hash, pageSize: 1 });
    expect(contents(await all(then))).toEqual(['post 2', 'post 1']);
    const refused = all(client.posts({ asOf: '0'.repeat(64) }));
    await expect(refused).rejects.toMatchObject({ code: 'REFUSED', errors: [{ code: 'CURSOR_UNKNOWN' }] });
  });

  test('come in pages, none of them empty, as often as they are asked for', async () => {
    const list = client.posts({ filter: { author: 'ada' }, order: 'OLDEST_FIRST', pageSize: 3 });
    for (const _ of [1, 2]) {
      const pages = await all(list.pages());
      expect(pages.map(contents)).toEqual([['post 1', 'post 2', 'post 3'], ['post 4']]);
    }
    expect(await all(client.posts({ filter: { author: 'nobody' } }).pages())).toEqual([]);
  });

  test('have their places', async () => {
    const [first] = await all(client.posts({ filter: { author: 'ada' }, order: 'OLDEST_FIRST' }));
    expect(first).toMatchObject({ id: ids[0], block: { height: 1 }, status: { state: 'INCLUDED', confirmations: 2 } });
  });

  test('are not read after the signal aborts', async () => {
    const controller = new AbortController();
    const reading = client.posts({ pageSize: 1, signal: controller.signal })[Symbol.asyncIterator]();
    await reading.next();
    controller.abort(new Error('enough'));
    await expect(reading.next()).rejects.toThrow('enough');
  });

  test('of a page that is too large are refused with a code', async () => {
    await expect(all(client.posts({ pageSize: 101 }))).rejects.toMatchObject({
      code: 'REFUSED',
      errors: [{ code: 'PAGE_TOO_LARGE' }],
    });
  });
});

test('a post and an author are found, or null', async () => {
  expect(await client.post(ids[0] as string)).toMatchObject({ content: 'post 1', author: 'ada', topics: ['odd'] });
  expect(await client.post('00'.repeat(32))).toBeNull();
  expect(await client.author('ada')).toMatchObject({ name: 'ada', publicKey: key.publicKey, since: { height: 1 } });
  expect(await client.author('nobody')).toBeNull();
});

describe('followPosts', () => {
  async function take(count: number, wish: Parameters<Client['followPosts']>[0]): Promise<PostStep[]> {
    const steps: PostStep[] = [];
    for await (const step of client.followPosts(wish)) if (steps.push(step) === count) break;
    return steps;
  }

  test('gives the posts that match, after a cursor', async () => {
    const steps = await take(4, { after: start, author: 'ada' });
    expect(steps.map(({ kind, post, block }) => [kind, post.content, block.height])).toEqual([
      ['ATTACHED', 'post 1', 1],
      ['ATTACHED', 'post 2', 1],
      ['ATTACHED', 'post 3', 2],
      ['ATTACHED', 'post 4', 2],
    ]);
    expect((await take(2, { after: start, topic: 'odd' })).map(({ post }) => post.content)).toEqual([
      'post 1',
      'post 3',
    ]);
  });

  test('goes on from any of its cursors without missing a post', async () => {
    const steps = await take(4, { after: start, author: 'ada' });
    const next = async (at: number) => (await take(1, { after: steps[at]?.cursor, author: 'ada' }))[0]?.post.content;
    expect([await next(0), await next(1), await next(2)]).toEqual(['post 1', 'post 3', 'post 3']);
  });
});

test('a key that cannot be exported signs, and so does any signer', async () => {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('no pair');
  const signer = await signerFromCryptoKey(pair);
  await expect(crypto.subtle.exportKey('pkcs8', pair.privateKey)).rejects.toThrow();
  await post('eve', 'from a key that stays', signer);
  const slow: Signer = { publicKey: key.publicKey, sign: async (message) => key.sign(message) };
  await post('ada', 'from a key far away', slow);
  const broken: Signer = {
    publicKey: key.publicKey,
    sign: () => Promise.reject(new Error('the token is not plugged in')),
  };
  await expect(client.sign({ author: 'ada', content: 'x' }, broken)).rejects.toThrow('not plugged in');
  const short: Signer = { publicKey: key.publicKey, sign: () => new Uint8Array(63) };
  await expect(client.sign({ author: 'ada', content: 'x' }, short)).rejects.toMatchObject({
    reason: 'signature-malformed',
  });
});
