/** What the API says of other nodes, asks of the operator, and takes from strangers. The nodes themselves are told. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { headerToHex } from '../../src/domain/header.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import type { AddPeerResult, InboundPort, PeerRecord, PeersPort } from '../../src/graphql/ports.ts';
import { GENESIS, makeKey, makePost, mineBlock, mineHeader } from '../support/chain.ts';
import { codeOf, OPERATOR, STRANGER, startTestNode, type TestNode } from './fixture.ts';

const URL_OF_PEER = 'https://stele.example';
const PEER: PeerRecord = {
  url: URL_OF_PEER,
  nodeId: 'ab'.repeat(16),
  direction: 'outgoing',
  state: 'banned',
  height: 7,
  chainWork: 255n,
  score: 100,
  latency: 12,
  lastSeen: Date.UTC(2026, 10, 22),
  version: '0.1.0',
  bannedUntil: Date.UTC(2026, 10, 23),
  manual: true,
  remark: 'sent a block that breaks bits-wrong',
};
const UNMET: PeerRecord = {
  ...PEER,
  url: null,
  nodeId: null,
  direction: 'incoming',
  state: 'connecting',
  height: null,
  chainWork: null,
  latency: null,
  lastSeen: null,
  version: null,
  bannedUntil: null,
  remark: null,
};
const PEER_FIELDS =
  'url nodeId direction state height chainWork score latency lastSeen version bannedUntil manual remark';
const HELLO = {
  network: GENESIS.hash,
  protocol: 1,
  nodeId: 'cd'.repeat(16),
  version: '0.2.0',
  height: 3,
  tip: 'ef'.repeat(32),
  chainWork: `${'0'.repeat(62)}ff`,
  url: null,
};

/** What the peers were told, and what they answer. */
let told: unknown[][];
let answer: AddPeerResult;
let unwelcome: Set<string>;

const peers: PeersPort = {
  nodeId: '12'.repeat(16),
  protocol: 1,
  publicUrl: 'https://here.example',
  list: () => [PEER, UNMET],
  counts: () => ({ outgoing: 1, incoming: 2, known: 3, banned: 4 }),
  async add(url) {
    told.push(['add', url]);
    return answer;
  },
  async remove(url) {
    told.push(['remove', url]);
    return url === URL_OF_PEER;
  },
  async resync() {
    return { asked: 3, answered: 2, detached: 1, attached: 4, posts: 5 };
  },
};
const inbound: InboundPort = {
  handshake(hello, address) {
    told.push(['handshake', hello, address]);
    return { ...answer, addresses: ['https://third.example'] };
  },
  isUnwelcome: (address) => unwelcome.has(address),
  misbehaved: (...what) => told.push(['misbehaved', ...what]),
};

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
  node.services.peers = peers;
  node.services.inbound = inbound;
});
afterAll(() => node.dispose());
beforeEach(() => {
  told = [];
  answer = { outcome: 'connected', message: null, peer: PEER };
  unwelcome = new Set();
});

const ADD_PEER = `mutation ($input: AddPeerInput!) {
  addPeer(input: $input) { outcome message addresses peer { url } node { id height } }
}`;
const addPeer = (input: object, caller = STRANGER) => node.ask(ADD_PEER, { input }, caller);

describe('the node', () => {
  it('reports its identity and the number of its peers', async () => {
    const query = '{ node { id protocol publicUrl peers { outgoing incoming known banned } sync { inFlight } } }';
    expect((await node.ask(query, {}, STRANGER)).data.node).toEqual({
      id: peers.nodeId,
      protocol: 1,
      publicUrl: 'https://here.example',
      peers: { outgoing: 1, incoming: 2, known: 3, banned: 4 },
      sync: { inFlight: 0 },
    });
  });

  it('reports what it knows of its peers', async () => {
    const { data } = await node.ask(`{ peers { ${PEER_FIELDS} } }`, {}, STRANGER);
    expect(data.peers).toEqual([
      {
        ...PEER,
        direction: 'OUTGOING',
        state: 'BANNED',
        chainWork: `${'0'.repeat(62)}ff`,
        lastSeen: '2026-11-22T00:00:00.000Z',
        bannedUntil: '2026-11-23T00:00:00.000Z',
      },
      { ...UNMET, direction: 'INCOMING', state: 'CONNECTING' },
    ]);
  });
});

describe('the operator', () => {
  it('adds a node and is told the outcome', async () => {
    answer = { outcome: 'wrong-network', message: 'it is of ab', peer: null };
    const { data } = await addPeer({ url: URL_OF_PEER }, OPERATOR);
    expect(data.addPeer).toEqual({
      outcome: 'WRONG_NETWORK',
      message: 'it is of ab',
      peer: null,
      addresses: [],
      node: { id: peers.nodeId, height: 0 },
    });
    expect(told).toEqual([['add', URL_OF_PEER]]);
  });

  describe('a request waits', () => {
    /** Peers that take their time, until `finish` is called. */
    function slow<Result>(result: Result) {
      let begin = () => {};
      let finish = () => {};
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const ended = new Promise<Result>((resolve) => {
        finish = () => resolve(result);
      });
      const work = () => {
        begin();
        return ended;
      };
      return { work, begun, finish };
    }

    beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => {
      vi.useRealTimers();
      node.services.peers = peers;
      node.services.inbound = inbound;
    });

    it('for a handshake a minute', async () => {
      const { work, begun } = slow(answer);
      node.services.peers = { ...peers, add: work };
      const asked = addPeer({ url: URL_OF_PEER }, OPERATOR);
      await begun;
      vi.advanceTimersByTime(59_999);
      const other = addPeer({ url: '' }, OPERATOR);
      expect(await Promise.race([asked, other])).toBe(await other);
      vi.advanceTimersByTime(1);
      expect(codeOf(await asked)).toBe('REQUEST_TIMEOUT');
    });

    it('for all other operations until they are done', async () => {
      const { work, begun, finish } = slow(await peers.resync());
      node.services.peers = { ...peers, resync: work };
      const asked = node.ask('mutation { resync { asked } }');
      await begun;
      vi.advanceTimersByTime(3_600_000);
      finish();
      expect((await asked).data.resync).toEqual({ asked: 3 });
    });
  });

  it('the operator removes a node', async () => {
    const remove = (url: string) =>
      node.ask('mutation ($url: String!) { removePeer(input: { url: $url }) { removed } }', { url });
    expect((await remove(URL_OF_PEER)).data.removePeer).toEqual({ removed: true });
    expect((await remove('http://other.example')).data.removePeer).toEqual({ removed: false });
  });

  it('the operator asks all peers again', async () => {
    const { data } = await node.ask('mutation { resync { asked answered detached attached posts tip { height } } }');
    expect(data.resync).toEqual({ asked: 3, answered: 2, detached: 1, attached: 4, posts: 5, tip: { height: 0 } });
  });

  it.each([
    `addPeer(input: { url: "${URL_OF_PEER}" }) { outcome }`,
    `removePeer(input: { url: "${URL_OF_PEER}" }) { removed }`,
    'resync { asked }',
  ])('alone may %s', async (mutation) => {
    expect(codeOf(await node.ask(`mutation { ${mutation} }`, {}, STRANGER))).toBe('OPERATOR_ONLY');
    expect(told).toEqual([]);
  });
});

describe('another node', () => {
  it('introduces itself, and is told addresses of others', async () => {
    const { data } = await addPeer({ hello: { ...HELLO, url: URL_OF_PEER } });
    expect(data.addPeer).toMatchObject({ outcome: 'CONNECTED', addresses: ['https://third.example'] });
    const hello = { ...HELLO, url: URL_OF_PEER, chainWork: 255n };
    expect(told).toEqual([['handshake', hello, STRANGER.address]]);
  });

  it.each([
    ['neither', {}],
    ['both', { url: URL_OF_PEER, hello: HELLO }],
    ['a url of no length', { url: '' }],
    ['a url too long', { url: `http://${'a'.repeat(2_048)}` }],
    ['a network of 63 digits', { hello: { ...HELLO, network: GENESIS.hash.slice(1) } }],
    ['a network in capitals', { hello: { ...HELLO, network: GENESIS.hash.toUpperCase() } }],
    ['a node id of 33 digits', { hello: { ...HELLO, nodeId: 'a'.repeat(33) } }],
    ['a tip of 65 digits', { hello: { ...HELLO, tip: 'a'.repeat(65) } }],
    ['a work of no digits', { hello: { ...HELLO, chainWork: '' } }],
    ['a work of 65 digits', { hello: { ...HELLO, chainWork: 'f'.repeat(65) } }],
    ['no protocol', { hello: { ...HELLO, protocol: 0 } }],
    ['a height below 0', { hello: { ...HELLO, height: -1 } }],
    ['no version', { hello: { ...HELLO, version: '' } }],
    ['a version that moves the cursor', { hello: { ...HELLO, version: '0.1\u001b[2J' } }],
    ['a version too long', { hello: { ...HELLO, version: '1'.repeat(65) } }],
    ['an own url too long', { hello: { ...HELLO, url: `http://${'a'.repeat(2_048)}` } }],
  ])('that gives %s is not heard', async (_, input) => {
    expect(codeOf(await addPeer(input, OPERATOR))).toBe('BAD_USER_INPUT');
    expect(told).toEqual([]);
  });
});

const ADD_BLOCK = 'mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome reason } }';
const offer = async (input: object, caller = STRANGER) =>
  (await node.ask(ADD_BLOCK, { input: { transactionIds: [], ...input } }, caller)).data.addBlock;
const blockOf = (posts: Parameters<typeof mineBlock>[1], change: Parameters<typeof mineBlock>[2] = {}) => {
  const { block } = mineBlock(node.chain.tip, posts, change);
  return { header: headerToHex(block.header), transactionIds: block.transactions.map(({ id }) => id) };
};
const misbehaved = (reason: string) => ['misbehaved', STRANGER.address, reason];

describe('a block that no honest node sends', () => {
  const post = makePost({ author: 'Ada', content: 'for a block' });
  const sent = (change: object) => ({ transactions: [{ ...transactionToWire(post), ...change }] });

  it.each<[string, () => object]>([
    ['merkle-root-mismatch', () => ({ ...blockOf([]), transactionIds: [post.id] })],
    ['content-mismatch', () => ({ ...blockOf([post]), ...sent({ content: 'for b block' }) })],
    ['signature-malformed', () => ({ ...blockOf([post]), ...sent({ signature: 'ab' }) })],
    ['time-too-old', () => blockOf([], { time: 1 })],
    ['name-taken', () => nameTaken()],
  ])('counts against its sender: %s', async (reason, make) => {
    expect(await offer(make())).toMatchObject({ outcome: 'REJECTED' });
    expect(told).toEqual([misbehaved(reason)]);
  });

  it.each<[string, () => object]>([
    ['a header that is none', () => ({ header: 'ab' })],
    ['a header of zeros', () => ({ header: '00'.repeat(80) })],
    ['no work', () => ({ header: headerToHex(mineHeader(mineBlock(node.chain.tip).block.header, false)) })],
  ])('counts for nothing where it cost nothing: %s', async (_, make) => {
    for (let i = 0; i < 5; i++) expect(await offer(make())).toMatchObject({ outcome: 'REJECTED' });
    expect(told).toEqual([]);
  });

  it('counts against its sender each time', async () => {
    const block = nameTaken();
    await offer(block);
    await offer(block);
    expect(told).toEqual([misbehaved('name-taken'), misbehaved('name-taken')]);
  });

  it('does not count against the operator', async () => {
    expect(await offer({ header: 'ab' }, OPERATOR)).toMatchObject({ outcome: 'REJECTED' });
    expect(told).toEqual([]);
  });

  /** Two keys under one name. */
  function nameTaken() {
    const posts = [post, makePost({ author: 'Ada', key: makeKey('Mallory'), content: 'for a block' })];
    return { ...blockOf(posts), transactions: posts.map(transactionToWire) };
  }
});

describe('a block that an honest node may send', () => {
  it.each<[string, string, () => object | Promise<object>]>([
    ['of a fast clock', 'REJECTED', () => blockOf([], { time: Math.floor(Date.now() / 1000) + 3_600 })],
    ['of a post withheld there', 'ACCEPTED', () => withheld()],
    ['of posts that are missing here', 'MISSING_TRANSACTIONS', () => blockOf([makePost({ author: 'Missing' })])],
    ['above a block unknown here', 'ORPHAN', () => orphan()],
    ['known already', 'DUPLICATE', () => ({ header: headerToHex(GENESIS.header) })],
    ['whose short id means another post here', 'MISSING_TRANSACTIONS', () => mistaken()],
    ['of nothing', 'ACCEPTED', () => blockOf([])],
  ])('counts for nothing: %s', async (_, outcome, make) => {
    expect(await offer(await make())).toMatchObject({ outcome });
    expect(told).toEqual([]);
  });

  function withheld() {
    const post = makePost({ author: 'Ada', content: 'withheld there' });
    return { ...blockOf([post]), transactions: [{ ...transactionToWire(post), content: null, salt: null }] };
  }

  function orphan() {
    return { header: headerToHex(mineBlock(mineBlock(mineBlock(node.chain.tip).entry).entry).block.header) };
  }

  /** By a short id that is another pending post's. */
  async function mistaken() {
    const [right, wrong] = [makePost({ author: 'Eve' }), makePost({ author: 'Eve', content: 'another' })];
    await node.pool.add(wrong);
    return { ...blockOf([right]), transactionIds: [wrong.id.slice(0, 16)] };
  }
});

describe('an address that has misbehaved', () => {
  const CALLS: [string, string][] = [
    ['offer a block', 'addBlock(input: { header: "ab", transactionIds: [] }) { outcome }'],
    ['hand over posts', 'submitTransactions(input: { transactions: [] }) { statuses { state } }'],
  ];

  it.each(CALLS)('may not %s', async (_, mutation) => {
    unwelcome.add(STRANGER.address);
    expect(codeOf(await node.ask(`mutation { ${mutation} }`, {}, STRANGER))).toBe('BANNED');
    expect(told).toEqual([]);
    unwelcome = new Set(['198.51.100.9']);
    expect(codeOf(await node.ask(`mutation { ${mutation} }`, {}, STRANGER))).toBeUndefined();
  });

  it('may not introduce itself', async () => {
    unwelcome.add(STRANGER.address);
    expect(codeOf(await addPeer({ hello: HELLO }))).toBe('BANNED');
    expect(told).toEqual([]);
  });

  it('may still read, and be the operator', async () => {
    unwelcome = new Set([STRANGER.address, OPERATOR.address]);
    expect((await node.ask('{ node { height } }', {}, STRANGER)).errors).toBeUndefined();
    expect(codeOf(await addPeer({ hello: HELLO }, OPERATOR))).toBeUndefined();
  });
});
