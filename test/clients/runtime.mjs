/**
 * What `stele-client` promises, by the runtime that runs this: `runtime.mjs URL`, of a node that mines on the network dev.
 * Says `kept` at the end; a broken promise is an uncaught error. The process ends by itself, since the library leaves nothing
 * behind that keeps a process.
 */
import assert from 'node:assert/strict';
import {
  ClientError,
  createClient,
  keyFromSeed,
  newKey,
  readRecovery,
  signerFromCryptoKey,
  writeRecovery,
} from 'stele-client';
import { DEV, LightClient, Refusal, verifyListing, verifyReceipt } from 'stele-client/verify';

const url = process.argv[2];
const client = createClient({ url });
const { genesis } = (await client.request('{ node { network { genesis } } }', {})).node.network;
const topic = crypto.randomUUID();
const key = await newKey();
const author = `runtime ${key.publicKey.slice(0, 16)}`;

/** Signs and hands in. */
async function post(signer, name, content) {
  const signed = await client.sign({ author: name, content, topics: [topic] }, signer);
  assert.deepEqual(await client.submit(signed), { taken: true, state: 'PENDING' });
  return signed.id;
}

/** The first items of a stream, which ends there. */
async function take(stream, count) {
  const items = [];
  for await (const item of stream) if (items.push(item) === count) break;
  return items;
}

/** The code of the error that a promise is rejected with. */
const codeOf = (promise) =>
  promise.then(
    () => assert.fail('not rejected'),
    (error) => {
      assert(error instanceof ClientError, error);
      return error.code;
    },
  );

async function keys() {
  assert.equal((await keyFromSeed(key.exportSeed())).publicKey, key.publicKey);
  const recovered = await readRecovery(await writeRecovery({ name: author, key }));
  assert.deepEqual([recovered.name, recovered.key.publicKey], [author, key.publicKey]);
}

async function postsAndPages() {
  const { cursor } = await client.tip();
  // A key that cannot leave the runtime signs as well.
  const sealed = await signerFromCryptoKey(await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']));
  const ids = [await post(key, author, 'first'), await post(sealed, `${author} sealed`, 'second')];
  for (const id of ids) assert.equal((await client.awaitInclusion(id)).confirmations >= 1, true);
  const read = await take(client.posts({ filter: { topic }, order: 'OLDEST_FIRST', pageSize: 1 }), 3);
  assert.deepEqual(read.map(({ id }) => id).sort(), ids.toSorted());
  const followed = await take(client.followPosts({ after: cursor, topic }), 2);
  assert.deepEqual(
    followed.map(({ post }) => post.id),
    read.map(({ id }) => id),
  );
  assert.equal((await client.post(ids[0])).content, 'first');
  assert.equal((await client.author(author)).publicKey, key.publicKey);
}

async function proofs() {
  const [first] = await take(client.posts({ filter: { author } }), 1);
  const receipt = await client.receipt(first.id);
  const report = await verifyReceipt(receipt, { network: genesis });
  assert.deepEqual([report.statement.author, report.content], [author, 'first']);
  await assert.rejects(verifyReceipt(receipt.replace('"first"', '"frist"')), Refusal);
  const light = new LightClient(DEV);
  const asked = 'query ($locator: [Hexadecimal!]!) { headers(locator: $locator) }';
  light.add((await client.request(asked, { locator: light.locator() })).headers);
  assert.equal(light.standing(report).state, 'on-chain');
  const document = 'query ($topic: String, $to: PositiveInt!) { listing(topic: $topic, from: 1, to: $to) }';
  const { listing } = await client.request(document, { topic, to: first.block.height });
  const { posts } = await verifyListing(listing, { network: genesis });
  assert(posts.some(({ content }) => content === 'first'));
}

/** A subscription that loses its connection goes on with a new one, and misses nothing. */
async function follows(how, options, cut) {
  const lost = [];
  const follower = createClient({ url, timing: { random: () => 0 }, ...options });
  const { cursor } = await follower.tip();
  const steps = follower.followPosts({ after: cursor, author, onLost: ({ code }) => lost.push(code) });
  for (const content of ['before', 'after']) {
    const id = await post(key, author, `${content}, ${how}`);
    const { value } = await steps.next();
    assert.deepEqual([value.kind, value.post.id], ['ATTACHED', id]);
    if (content === 'before') cut();
  }
  assert.deepEqual(lost, ['UNREACHABLE'], how);
  const told = follower.subscribe('subscription { transactionPending { id } }', {});
  const next = told.next();
  follower.dispose();
  assert.equal(await codeOf(next), 'DISPOSED');
  await steps.return();
}

async function followsOverWebSocket() {
  let open;
  class Cut extends WebSocket {
    constructor(...args) {
      super(...args);
      open = this;
    }
  }
  await follows('WebSocket', { webSocketImpl: Cut }, () => open.close());
}

async function followsOverServerSentEvents() {
  let open;
  const cuttable = async (address, init) => {
    const controller = new AbortController();
    if (init.headers.accept === 'text/event-stream') open = controller;
    return fetch(address, { ...init, signal: AbortSignal.any([init.signal, controller.signal]) });
  };
  // As on a runtime without WebSockets.
  const own = globalThis.WebSocket;
  delete globalThis.WebSocket;
  await follows('server-sent events', { fetch: cuttable }, () => open.abort());
  if (own) globalThis.WebSocket = own;
}

async function errors() {
  assert.equal((await createClient({ url: new URL(url).origin }).tip()).height > 0, true);
  assert.equal(await codeOf(createClient({ url: 'http://127.0.0.1:9/graphql' }).tip()), 'UNREACHABLE');
  assert.equal(await codeOf(createClient({ url, token: 'a wrong token' }).tip()), 'REFUSED');
  assert.equal(await codeOf(client.request('{ node { nothing } }', {})), 'REFUSED');
  assert.equal(await codeOf(client.request('{ node { height } }', {}, { timeoutMs: 0 })), 'TIMEOUT');
  assert.equal(await codeOf(client.awaitInclusion('0'.repeat(64))), 'UNKNOWN_POST');
  const wrong = createClient({ url, token: 'a wrong token' }).subscribe('subscription { nodeStatus { height } }', {});
  assert.equal(await codeOf(wrong.next()), 'REFUSED');
  const signal = AbortSignal.abort(new Error('by the caller'));
  await assert.rejects(client.request('{ node { height } }', {}, { signal }), /by the caller/);
}

await keys();
await postsAndPages();
await proofs();
if (globalThis.WebSocket) await followsOverWebSocket();
await followsOverServerSentEvents();
await errors();
client.dispose();
assert.equal(await codeOf(client.tip()), 'DISPOSED');
process.stdout.write('kept\n');
