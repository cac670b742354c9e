/** How a block crosses to one peer and from one, call by call. The chain and the pool are doubles, the rules are real. */
import { describe, expect, it } from 'vitest';
import type { VerifiedTransaction } from '../../../src/domain/transaction.ts';
import type { Announcement, Offer, OfferAnswer, PeerLink } from '../../../src/peers/ports.ts';
import { BlockExchange } from '../../../src/peers/session/blockExchange.ts';
import { GENESIS, GENESIS_ENTRY, type Mined, makePost, mineBlock, mineChain } from '../../support/chain.ts';
import { createVirtualClock, type VirtualClock } from '../../support/virtualClock.ts';
import { type MemoryChain, memoryChain, peerWith } from '../fixtures.ts';

const POSTS = Array.from({ length: 4 }, (_, i) => makePost({ content: `post ${i}` }));
const [A, B, C, D] = POSTS as [VerifiedTransaction, VerifiedTransaction, VerifiedTransaction, VerifiedTransaction];
const short = (...posts: VerifiedTransaction[]) => posts.map(({ id }) => id.slice(0, 16));
const BLOCK = mineBlock(GENESIS_ENTRY, [A, B, C]);

interface Setup {
  exchange: BlockExchange;
  chain: MemoryChain;
  clock: VirtualClock;
  fetching: Map<string, Promise<unknown>>;
  /** Times that the peer was found to be ahead by more than a block. */
  behind(): number;
  end(): void;
}

interface Options {
  ours?: readonly Mined[];
  pool?: readonly VerifiedTransaction[];
  isReachable?: boolean;
  bad?: Parameters<typeof memoryChain>[1];
}

function start(link: Partial<PeerLink>, { ours = [], pool = [], isReachable = false, bad }: Options = {}): Setup {
  const clock = createVirtualClock();
  const chain = memoryChain(ours, bad);
  const fetching = new Map<string, Promise<unknown>>();
  let [behind, isOver] = [0, false];
  const found = (id: string) => pool.find((post) => post.id === id);
  const exchange = new BlockExchange(peerWith([], link), {
    ...{ chain, clock, fetching, isReachable },
    genesis: GENESIS,
    pool: {
      get: (id) => (found(id) ? { transaction: found(id) as VerifiedTransaction } : undefined),
      ranked: () => pool.map((transaction) => ({ transaction })),
      add: () => Promise.reject(new Error('not part of this test')),
    },
    isOver: () => isOver,
    onTaken() {},
    onBehind() {
      behind += 1;
    },
  });
  const end = () => {
    isOver = true;
  };
  return { exchange, chain, clock, fetching, behind: () => behind, end };
}

const announcement = ({ block, entry }: Mined, ids: readonly string[] | null): Announcement => ({
  kind: 'attached',
  ...{ hash: block.hash, header: block.header, height: entry.height, chainWork: entry.chainWork, ids },
});

describe('a block that is announced', () => {
  /** A peer that gives bodies, and what it was asked for. */
  function giving(mined: Mined) {
    const asked: (readonly string[] | undefined)[] = [];
    const body: PeerLink['body'] = async (_, only) => {
      asked.push(only);
      const { transactions } = mined.block;
      return only ? transactions.filter(({ id }) => only.some((start) => id.startsWith(start))) : transactions;
    };
    return { asked, body };
  }

  it.each<[string, VerifiedTransaction[], (readonly string[])[]]>([
    ['all of its posts', [A, B, C], []],
    ['some of its posts', [A, C, D], [short(B)]],
    ['none of its posts', [D], [short(A, B, C)]],
  ])('is put together from a pool with %s', async (_, pool, wanted) => {
    const { asked, body } = giving(BLOCK);
    const { exchange, chain, fetching } = start({ body }, { pool });
    await exchange.hear(announcement(BLOCK, short(A, B, C)));
    expect(asked).toEqual(wanted);
    expect([chain.taken, fetching.size]).toEqual([[BLOCK.block.hash], 0]);
  });

  it('is fetched whole when its ids are not told', async () => {
    const { asked, body } = giving(BLOCK);
    const { exchange, chain } = start({ body }, { pool: [A, B, C] });
    await exchange.hear(announcement(BLOCK, null));
    expect([asked, chain.taken]).toEqual([[undefined], [BLOCK.block.hash]]);
  });

  it('is fetched whole when a post of ours only looked like one of its', async () => {
    const { asked, body } = giving(BLOCK);
    // D stands where A does: the ids do not give the root.
    const { exchange, chain } = start({ body }, { pool: [D, B, C] });
    await exchange.hear(announcement(BLOCK, short(D, B, C)));
    expect(asked.at(-1)).toBeUndefined();
    expect(chain.taken).toEqual([BLOCK.block.hash]);
  });

  it('is given up when the peer does not have it any more', async () => {
    const { exchange, chain } = start({ body: async () => null });
    await exchange.hear(announcement(BLOCK, short(A, B, C)));
    expect(chain.taken).toEqual([]);
  });

  it('is not asked for when it is known, or would not become our tip', async () => {
    const side = mineBlock(GENESIS_ENTRY, [], { version: 2 });
    const { exchange, chain } = start({}, { ours: [BLOCK] });
    await exchange.hear(announcement(BLOCK, null));
    await exchange.hear(announcement(side, null));
    expect(chain.taken).toEqual([]);
  });

  it('is left to the synchroniser when its parent is not known, or when too many are announced at once', async () => {
    const chain = mineChain(GENESIS_ENTRY, [[], []]);
    const { exchange, behind } = start({});
    await exchange.hear(announcement(chain[1] as Mined, []));
    expect(behind()).toBe(1);
    await Promise.all(Array.from({ length: 70 }, () => exchange.hear(announcement(chain[1] as Mined, []))));
    expect(behind()).toBe(71);
  });

  it('waits for another peer’s copy, and is fetched here when that does not come', async () => {
    const { asked, body } = giving(BLOCK);
    const { exchange, chain, clock, fetching } = start({ body });
    fetching.set(BLOCK.block.hash, new Promise(() => {}));
    const heard = exchange.hear(announcement(BLOCK, null));
    await clock.advance(1_999);
    expect(asked).toEqual([]);
    await clock.advance(1);
    await heard;
    expect(chain.taken).toEqual([BLOCK.block.hash]);
  });

  it('is given up when the connection ends', async () => {
    const { exchange, chain, end } = start({ body: giving(BLOCK).body });
    const heard = exchange.hear(announcement(BLOCK, null));
    end();
    await heard;
    expect(chain.taken).toEqual([]);
  });

  it.each<[string, () => Promise<void>]>([
    ['whose work is too little', () => hear({ ...BLOCK, block: { ...BLOCK.block, header: lazy } })],
    ['that breaks a rule', () => hear(BLOCK, { [BLOCK.block.hash]: 'name-taken' })],
  ])('%s counts in full', async (_, heard) => {
    await expect(heard()).rejects.toMatchObject({ name: 'Misbehaviour', penalty: 100 });
  });

  it('that is refused for time-too-new does not count against its sender', async () => {
    await hear(BLOCK, { [BLOCK.block.hash]: 'time-too-new' });
  });

  const lazy = { ...BLOCK.block.header, bits: 0x1d00ffff };
  const hear = (mined: Mined, bad = {}) => start(giving(mined), { bad }).exchange.hear(announcement(mined, null));
});

describe('our tip', () => {
  /** A peer that answers offers from a script, and what it was offered: ids and posts, by their place. */
  function answering(...answers: OfferAnswer[]) {
    const offers: Offer[] = [];
    const offer: PeerLink['offer'] = async (block) => {
      offers.push(block);
      return answers.shift() ?? { outcome: 'accepted' };
    };
    return { offers, offer, sent: () => offers.map(({ transactions }) => short(...(transactions as typeof POSTS))) };
  }

  it('is offered by its ids first, then with the posts that are missing, then with those that were guessed wrongly', async () => {
    const [first, second] = [short(B), short(A)];
    const peer = answering({ outcome: 'missing', missing: first }, { outcome: 'missing', missing: second });
    const { exchange } = start(peer, { ours: [BLOCK] });
    await exchange.tell();
    expect(peer.offers.map(({ ids }) => ids)).toEqual(Array(3).fill(short(A, B, C)));
    expect(peer.sent()).toEqual([[], short(B), short(A, B)]);
  });

  it('is offered in three calls at most, and once', async () => {
    const missing: OfferAnswer = { outcome: 'missing', missing: short(A) };
    const peer = answering(missing, missing, missing, missing);
    const { exchange } = start(peer, { ours: [BLOCK] });
    await exchange.tell();
    await exchange.tell();
    expect(peer.offers).toHaveLength(3);
  });

  it('is not offered to the peer that announced it', async () => {
    const peer = answering();
    const { exchange } = start(peer, { ours: [BLOCK] });
    await exchange.hear(announcement(BLOCK, null));
    await exchange.tell();
    expect(peer.offers).toEqual([]);
  });

  it('is offered again after a while to a peer that can fetch what it lacks', async () => {
    const peer = answering({ outcome: 'orphan' });
    const { exchange, clock } = start(peer, { ours: [BLOCK], isReachable: true });
    const told = exchange.tell();
    await clock.advance(4_999);
    expect(peer.offers).toHaveLength(1);
    await clock.advance(1);
    await told;
    expect(peer.offers).toHaveLength(2);
  });

  it('is sent with all blocks below it to a peer that cannot fetch them', async () => {
    const ours = mineChain(GENESIS_ENTRY, [[A], [B], [C], [D]]);
    const theirs = mineBlock((ours[1] as Mined).entry, [], { version: 2 });
    const peer = answering({ outcome: 'orphan' });
    // Its chain leaves ours after the second block.
    const headers = async () => [theirs.block.header];
    const { exchange } = start({ ...peer, headers }, { ours });
    await exchange.tell();
    const heights = peer.offers.map(({ header }) => ours.findIndex(({ block }) => block.header === header) + 1);
    expect(heights).toEqual([4, 3, 4]);
  });

  it('is not sent any further when a block below it is refused', async () => {
    const ours = mineChain(GENESIS_ENTRY, [[A], [B], [C]]);
    const refused: OfferAnswer = { outcome: 'rejected', reason: 'name-taken', message: 'bob' };
    const peer = answering({ outcome: 'orphan' }, refused);
    const { exchange } = start({ ...peer, headers: async () => [], body: async () => null }, { ours });
    await exchange.tell();
    expect(peer.offers).toHaveLength(2);
  });
});
