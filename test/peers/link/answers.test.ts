/** What another node may answer, form by form: each wrong one is a fault, and never a throw of ours. */
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { MAX_BLOCK_TRANSACTIONS } from '../../../src/domain/block.ts';
import { headerToHex } from '../../../src/domain/header.ts';
import type { Transaction } from '../../../src/domain/transaction.ts';
import { readAnnouncement, readBody, readId } from '../../../src/peers/link/answers.ts';
import type { Offer, PeerLink } from '../../../src/peers/ports.ts';
import { GENESIS, GENESIS_ENTRY, makePost, makePosts, mineBlock, mineChain } from '../../support/chain.ts';
import { dial, fault, HELLO, serveHttp, serveJson } from '../scripted.ts';

const HASH = 'ab'.repeat(32);
const WORK = '0'.repeat(63).concat('5');

/** What a link makes of an answer. */
async function ask<Result>(data: unknown, call: (link: PeerLink) => Promise<Result>): Promise<Result> {
  const { url } = await serveJson({ data });
  return call(dial(url));
}

/** Each change of a good answer, by the path of the field that is changed. */
function changed(good: unknown, path: string, value: unknown): unknown {
  const copy = structuredClone(good) as Record<string, never>;
  const fields = path.split('.');
  const last = fields.pop() as string;
  const holder = fields.reduce((at, field) => at[field] as never, copy);
  if (value === undefined) delete holder[last];
  else (holder as Record<string, unknown>)[last] = value;
  return copy;
}

const wire = ({ bytes, signature, opening }: Transaction) => ({
  statement: new TextDecoder().decode(bytes),
  signature,
  content: opening?.content ?? null,
  salt: opening?.salt ?? null,
});

describe('any answer', () => {
  it.each([null, 1, 'text', [], {}, { data: null }, { data: 'text' }, { data: [] }, { data: {} }, { errors: [] }])(
    'has no form: %j',
    async (answer) => {
      const { url } = await serveJson(answer);
      const link = dial(url);
      const calls = [
        link.handshake(HELLO),
        link.headers([], 1),
        link.body(HASH),
        link.posts([HASH]),
        link.pending(null),
        link.offer({ header: GENESIS.header, ids: [], transactions: [] }),
        link.submit([makePost()]),
      ];
      for (const call of calls) await expect(call).rejects.toEqual(fault('malformed'));
    },
  );

  it.each([
    [{ message: 'Cannot query field "addPeer"', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    [{ message: 'Cannot query field "addPeer"' }],
    [{ message: 'no', extensions: { code: 7 } }],
    [{ message: 'no', extensions: { code: 'a\nb' } }],
    [null],
    ['text'],
  ])('is of another schema: %j', async (error) => {
    for (const status of [200, 400]) {
      const { url } = await serveJson({ errors: [error] }, status);
      await expect(dial(url).handshake(HELLO)).rejects.toEqual(fault('malformed', 'another schema'));
    }
  });

  it('is an error of the node, with its code', async () => {
    const error = { message: `too\u001b[31m many\n${'!'.repeat(1_000)}`, extensions: { code: 'TOO_MANY_REQUESTS' } };
    const { url } = await serveJson({ data: null, errors: [error] });
    const refusal = await dial(url)
      .handshake(HELLO)
      .catch((thrown) => thrown);
    expect(refusal).toEqual(fault('refused', /\(TOO_MANY_REQUESTS\)$/));
    expect(refusal.message).not.toMatch(/\p{Cc}/u);
    expect(refusal.message.length).toBeLessThan(300);
  });
});

describe('a greeting', () => {
  const good = {
    addPeer: {
      outcome: 'CONNECTED',
      message: null,
      addresses: ['https://Stele.example/', 'http://10.0.0.7:4000'],
      node: {
        id: 'cd'.repeat(16),
        version: '0.2.0',
        protocol: 1,
        publicUrl: null,
        network: { genesis: GENESIS.hash },
        tip: { hash: HASH, height: 7, chainWork: WORK },
      },
    },
  };
  const handshake = (data: unknown) => ask(data, (link) => link.handshake(HELLO));

  it('introduces the other', async () => {
    await expect(handshake(good)).resolves.toEqual({
      network: GENESIS.hash,
      protocol: 1,
      nodeId: 'cd'.repeat(16),
      version: '0.2.0',
      height: 7,
      tip: HASH,
      chainWork: 5n,
      url: null,
      addresses: ['https://stele.example', 'http://10.0.0.7:4000'],
    });
  });

  it('may name another network, or be refused with a reason', async () => {
    const other = changed(changed(good, 'addPeer.node.network.genesis', HASH), 'addPeer.outcome', 'WRONG_NETWORK');
    await expect(handshake(other)).resolves.toMatchObject({ network: HASH });
    await expect(handshake(changed(good, 'addPeer.outcome', 'BANNED'))).rejects.toEqual(fault('refused', 'banned'));
  });

  it('may hold an own address that is invalid', async () => {
    for (const url of ['ftp://a', 'x'.repeat(300), 7]) {
      await expect(handshake(changed(good, 'addPeer.node.publicUrl', url))).resolves.toMatchObject({ url: null });
    }
    const own = changed(good, 'addPeer.node.publicUrl', 'https://Own.example/');
    await expect(handshake(own)).resolves.toMatchObject({ url: 'https://own.example' });
  });

  it.each([
    ['node', null],
    ['node.id', 'cd'],
    ['node.id', 'CD'.repeat(16)],
    ['node.version', ''],
    ['node.version', 'a\nb'],
    ['node.version', 'x'.repeat(65)],
    ['node.protocol', 0],
    ['node.protocol', 1.5],
    ['node.protocol', '1'],
    ['node.network', undefined],
    ['node.network.genesis', 'no'],
    ['node.tip', null],
    ['node.tip.hash', HASH.toUpperCase()],
    ['node.tip.height', -1],
    ['node.tip.height', 2 ** 40],
    ['node.tip.chainWork', '5'],
    ['node.tip.chainWork', 5],
    ['addresses', null],
    ['addresses', [7]],
    ['addresses', ['file:///etc/passwd']],
    ['addresses', Array(17).fill('https://stele.example')],
  ])('has its form: %s is not %j', async (path, value) => {
    await expect(handshake(changed(good, `addPeer.${path}`, value))).rejects.toEqual(fault('malformed'));
  });
});

describe('headers', () => {
  const headers = mineChain(GENESIS_ENTRY, [[], [], []]).map(({ block }) => block.header);
  const hex = headers.map(headerToHex);
  const read = (list: unknown, limit = 3) => ask({ headers: list }, (link) => link.headers([HASH], limit));

  it('come in order', async () => {
    await expect(read(hex)).resolves.toEqual(headers);
    await expect(read([])).resolves.toEqual([]);
  });

  it('are no more than requested', async () => {
    await expect(read(hex, 2)).rejects.toEqual(fault('malformed', 'there are 3 headers, at most 2'));
  });

  it.each([null, 'text', {}, [null], [7], [hex[0]?.slice(2)], [hex[0]?.toUpperCase()], [[hex[0]]]])(
    'have their form: %j',
    async (list) => {
      await expect(read(list)).rejects.toEqual(fault('malformed'));
    },
  );
});

describe('the body of a block', () => {
  const posts = makePosts(3);
  const [first, second] = posts.map(wire);
  const withheld = { ...first, content: null, salt: null };
  const read = (block: unknown, only?: string[]) => ask({ block }, (link) => link.body(HASH, only));

  it('comes whole, with what is withheld, or in part', async () => {
    await expect(read({ body: posts.map(wire) })).resolves.toEqual(posts);
    await expect(read({ body: [withheld] })).resolves.toEqual([{ ...posts[0], opening: null }]);
    await expect(read({ body: [second] }, [HASH, posts[1]?.id.slice(0, 16) as string])).resolves.toEqual([posts[1]]);
    await expect(read({ body: [] })).resolves.toEqual([]);
    await expect(read(null)).resolves.toBeNull();
  });

  const foreign = wire(makePost({ network: HASH }));
  const unsigned = { ...first, signature: '0' };
  it.each([
    ['nothing', undefined],
    ['no list', { body: null }],
    ['null', { body: [null] }],
    ['numbers', { body: [7] }],
    ['no statement', { body: [{ ...first, statement: undefined }] }],
    ['a statement that is no JSON', { body: [{ ...first, statement: '{' }] }],
    ['a statement that is null', { body: [{ ...first, statement: 'null' }] }],
    ['another network', { body: [foreign] }],
    ['no signature', { body: [unsigned] }],
    ['another content', { body: [{ ...first, content: 'jello' }] }],
    ['half a content', { body: [{ ...first, salt: null }] }],
    ['one twice', { body: [first, first] }],
    ['too many', { body: Array(MAX_BLOCK_TRANSACTIONS + 1).fill(null) }],
  ])('does not hold %s', async (_, block) => {
    await expect(read(block)).rejects.toEqual(fault('malformed'));
  });

  it('holds nothing that was not requested', async () => {
    const only = [posts[0]?.id.slice(0, 16) as string];
    await expect(read({ body: [first, second] }, only)).rejects.toEqual(fault('malformed', 'was not asked for'));
  });
});

describe('posts by id', () => {
  const posts = makePosts(2);
  const ids = posts.map(({ id }) => id);
  const read = (list: unknown) => ask({ transactionsById: list }, (link) => link.posts(ids));

  it('are those that the other has and shows', async () => {
    await expect(read(posts.map(wire))).resolves.toEqual(posts);
    await expect(read([null, wire(posts[1] as never)])).resolves.toEqual([posts[1]]);
    const sealed = { ...wire(posts[0] as never), content: null, salt: null };
    await expect(read([sealed, null])).resolves.toEqual([{ ...posts[0], opening: null }]);
  });

  it.each([
    ['fewer', [null]],
    ['more', [null, null, null]],
    ['in another order', posts.map(wire).reverse()],
    ['others', [null, wire(makePost({ content: 'other' }))]],
    ['none', null],
  ])('are not %s', async (_, list) => {
    await expect(read(list)).rejects.toEqual(fault('malformed'));
  });

  it('are requested in portions that a node can answer', async () => {
    const asked: number[] = [];
    const { url } = await serveHttp(async (request, response) => {
      const { variables } = (await json(request)) as { variables: { ids: string[] } };
      asked.push(variables.ids.length);
      response.end(JSON.stringify({ data: { transactionsById: variables.ids.map(() => null) } }));
    });
    await expect(dial(url).posts(Array(70).fill(HASH))).resolves.toEqual([]);
    expect(asked).toEqual([50, 20]);
  });
});

describe('a page of the pool', () => {
  const good = { nodes: [{ id: HASH }], pageInfo: { hasNextPage: true, endCursor: 'here' } };
  const read = (page: unknown) => ask({ pendingTransactions: page }, (link) => link.pending(null));

  it('says where the next one begins', async () => {
    await expect(read(good)).resolves.toEqual({ ids: [HASH], next: 'here' });
    await expect(read(changed(good, 'pageInfo.hasNextPage', false))).resolves.toEqual({ ids: [HASH], next: null });
    const empty = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
    await expect(read(empty)).resolves.toEqual({ ids: [], next: null });
  });

  it.each([
    ['nodes', null],
    ['nodes', [null]],
    ['nodes', [{ id: 'no' }]],
    ['nodes', [{ id: HASH }, { id: HASH }]],
    ['nodes', Array.from({ length: 101 }, (_, i) => ({ id: String(i).padStart(64, '0') }))],
    ['nodes', []],
    ['pageInfo', null],
    ['pageInfo.hasNextPage', 'yes'],
    ['pageInfo.endCursor', null],
    ['pageInfo.endCursor', 'x'.repeat(257)],
  ])('has its form: %s is not %j', async (path, value) => {
    await expect(read(changed(good, path, value))).rejects.toEqual(fault('malformed'));
  });
});

describe('the outcome of an offer', () => {
  const posts = makePosts(2);
  const { block } = mineBlock(GENESIS_ENTRY, posts);
  const offer: Offer = { header: block.header, ids: posts.map(({ id }) => id.slice(0, 16)), transactions: [] };
  const good = { outcome: 'ACCEPTED', reason: null, message: null, missing: [] };
  const read = (payload: unknown) => ask({ addBlock: payload }, (link) => link.offer(offer));

  it.each([
    ['ACCEPTED', 'accepted'],
    ['SIDE_BRANCH', 'side-branch'],
    ['DUPLICATE', 'duplicate'],
    ['ORPHAN', 'orphan'],
  ])('%s', async (outcome, told) => {
    await expect(read({ ...good, outcome })).resolves.toEqual({ outcome: told });
  });

  it('MISSING_TRANSACTIONS, of those that were offered', async () => {
    const missing = [offer.ids[1]];
    const answer = { ...good, outcome: 'MISSING_TRANSACTIONS', missing };
    await expect(read(answer)).resolves.toEqual({ outcome: 'missing', missing });
  });

  it('REJECTED, with the reason by the name that the rules have for it', async () => {
    const answer = { ...good, outcome: 'REJECTED', reason: 'MERKLE_ROOT_MISMATCH', message: 'no\nsuch root' };
    await expect(read(answer)).resolves.toEqual({
      outcome: 'rejected',
      reason: 'merkle-root-mismatch',
      message: 'no\ufffdsuch root',
    });
  });

  it.each([
    { outcome: 'toString' },
    { outcome: null },
    { outcome: 'MISSING_TRANSACTIONS', missing: [] },
    { outcome: 'MISSING_TRANSACTIONS', missing: null },
    { outcome: 'MISSING_TRANSACTIONS', missing: [HASH] },
    { outcome: 'MISSING_TRANSACTIONS', missing: [offer.ids[0], offer.ids[0]] },
    { outcome: 'MISSING_TRANSACTIONS', missing: [7] },
    { outcome: 'REJECTED', reason: null },
    { outcome: 'REJECTED', reason: 'a'.repeat(100) },
  ])('has its form: not %j', async (change) => {
    await expect(read({ ...good, ...change })).rejects.toEqual(fault('malformed'));
  });
});

describe('submitted posts', () => {
  const submit = (payload: unknown) => ask({ submitTransactions: payload }, (link) => link.submit(makePosts(2)));

  it('have a status each', async () => {
    await expect(submit({ statuses: [{ state: 'PENDING' }, { state: 'REJECTED' }] })).resolves.toBeUndefined();
    await expect(submit({ statuses: [{ state: 'PENDING' }] })).rejects.toEqual(fault('malformed'));
    await expect(submit({ statuses: [{}, {}, {}] })).rejects.toEqual(fault('malformed'));
    await expect(submit({ statuses: null })).rejects.toEqual(fault('malformed'));
  });
});

describe('an announcement', () => {
  const [post] = makePosts(1);
  const { block, entry } = mineBlock(GENESIS_ENTRY, post ? [post] : []);
  const id = post?.id.slice(0, 16) as string;
  const good = {
    chainChanged: {
      kind: 'ATTACHED',
      node: { hash: block.hash, header: headerToHex(block.header), height: 1, chainWork: WORK, transactionIds: [id] },
    },
  };

  it('is a step of the best chain', () => {
    const { hash, header } = entry;
    const step = { kind: 'attached', hash, header, height: 1, chainWork: 5n, ids: [id] };
    expect(readAnnouncement(good as never)).toEqual(step);
    const back = changed(good, 'chainChanged.kind', 'DETACHED');
    expect(readAnnouncement(back as never)).toEqual({ ...step, kind: 'detached' });
  });

  it.each([
    ['kind', 'MOVED'],
    ['node', null],
    ['node.hash', HASH],
    ['node.header', 'no'],
    ['node.height', '1'],
    ['node.chainWork', null],
    ['node.transactionIds', null],
    ['node.transactionIds', [7]],
    ['node.transactionIds', ['abcd']],
    ['node.transactionIds', [`${HASH}ab`]],
    ['node.transactionIds', Array(MAX_BLOCK_TRANSACTIONS + 1).fill(id)],
  ])('has its form: %s is not %j', (path, value) => {
    const data = changed(good, `chainChanged.${path}`, value);
    expect(() => readAnnouncement(data as never)).toThrow(fault('malformed'));
  });

  it('of a post is its id', () => {
    expect(readId({ id: HASH })).toBe(HASH);
    for (const none of [undefined, null, 7, {}, { id: null }, { id: 'no' }]) {
      expect(() => readId(none)).toThrow(fault('malformed'));
    }
  });
});

describe('bodies that arrive at once', () => {
  it('are read in turns of the event loop, a few posts each, whoever they come from', async () => {
    let turn = 0;
    const readIn: number[] = [];
    const counted = makePosts(120).map((post) => {
      const { statement, ...rest } = wire(post);
      return {
        ...rest,
        get statement() {
          readIn.push(turn);
          return statement;
        },
      };
    });
    const data = { block: { body: counted } } as unknown as Parameters<typeof readBody>[0];
    const nextTurn = () => {
      turn += 1;
      ticking = setImmediate(nextTurn);
    };
    let ticking = setImmediate(nextTurn);
    const bodies = await Promise.all(Array.from({ length: 16 }, () => readBody(data, undefined, GENESIS.hash)));
    clearImmediate(ticking);
    expect(bodies.map((body) => body?.length)).toEqual(Array.from({ length: 16 }, () => 120));
    const most = Math.max(...readIn.map((one) => readIn.filter((other) => other === one).length));
    expect(readIn).toHaveLength(16 * 120);
    expect(most).toBeLessThanOrEqual(50);
  });
});
