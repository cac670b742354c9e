/** What an honest node answers its callers: the meaning of the API's resolvers, without GraphQL. */
import type { Chain } from '../../../src/chain/chain.ts';
import type { ChainStore } from '../../../src/chain/ports.ts';
import type { Hash } from '../../../src/domain/bytes.ts';
import { completeBlock, createIdMatcher, readCompactBlock } from '../../../src/domain/compactBlock.ts';
import { isPassing, Refusal } from '../../../src/domain/errors.ts';
import { checkProofOfWork, type Header, hashHeader } from '../../../src/domain/header.ts';
import type { Transaction } from '../../../src/domain/transaction.ts';
import type { Mempool } from '../../../src/mempool/mempool.ts';
import type { Peers } from '../../../src/peers/peers.ts';
import { type Handshake, type Hello, LinkError, type Offer, type OfferAnswer } from '../../../src/peers/ports.ts';
import { GENESIS } from '../../support/chain.ts';
import type { MemoryStore } from '../../support/memoryStore.ts';
import type { Feed } from './feed.ts';
import type { PeerServer } from './network.ts';

/** Few, so that small pools have several pages. */
const PENDING_PAGE = 3;

export interface Served {
  chain: Chain;
  store: MemoryStore;
  pool: Mempool;
  feed: Feed;
  peers: Peers;
}

export function createServer(parts: Served): PeerServer {
  const { pool, feed, store: memory } = parts;
  const store = memory.chain;
  return {
    handshake: async (hello, from) => handshake(parts, hello, from),
    headers: (locator, limit) => headersBehind(store, locator, limit),
    async body(hash, only) {
      const block = await store.block(hash);
      const isWanted = only ? createIdMatcher(only) : () => true;
      return block ? memory.served(block.transactions).filter(({ id }) => isWanted(id)) : null;
    },
    async posts(ids) {
      const found = await Promise.all(ids.map((id) => findPost(parts, id)));
      return memory.served(found.filter((post) => post !== null));
    },
    lacking: async () => (await memory.contents.missing(null, 100)).ids,
    async pending(after) {
      const ranked = Array.from(pool.ranked(), ({ transaction }) => transaction.id);
      const start = after === null ? 0 : ranked.indexOf(after) + 1;
      if (after !== null && start === 0) throw new LinkError('refused', 'the post at this cursor is not pending');
      const ids = ranked.slice(start, start + PENDING_PAGE);
      return { ids, next: start + PENDING_PAGE < ranked.length ? (ids.at(-1) ?? null) : null };
    },
    offer: (offer, from) => takeOffer(parts, offer, from),
    async submit(posts, from) {
      checkWelcome(parts, from);
      await Promise.all(posts.map((post) => pool.add(post).catch(unlessRefused)));
    },
    listen: (listener) => feed.follow(listener),
  };
}

async function headersBehind(store: ChainStore, locator: readonly Hash[], limit: number): Promise<Header[]> {
  const common = await firstOnBest(store, locator);
  const headers: Header[] = [];
  for (let height = common + 1; headers.length < limit; height++) {
    const hash = await store.bestHash(height);
    const entry = hash && (await store.entry(hash));
    if (!entry) break;
    headers.push(entry.header);
  }
  return headers;
}

async function firstOnBest(store: ChainStore, locator: readonly Hash[]): Promise<number> {
  for (const hash of locator) {
    const entry = await store.entry(hash);
    if (entry && (await store.bestHash(entry.height)) === hash) return entry.height;
  }
  return 0;
}

async function findPost({ store: { chain: store }, pool }: Served, id: Hash): Promise<Transaction | null> {
  const pending = pool.get(id);
  if (pending) return pending.transaction;
  const height = (await store.heights([id])).get(id);
  const hash = height === undefined ? null : await store.bestHash(height);
  const block = hash && (await store.block(hash));
  return block ? (block.transactions.find((post) => post.id === id) ?? null) : null;
}

/** @throws LinkError */
function checkWelcome({ peers }: Served, from: string): void {
  if (peers.inbound.isUnwelcome(from)) throw new LinkError('refused', `${from} is banned`);
}

function handshake(parts: Served, hello: Hello, from: string): Handshake {
  checkWelcome(parts, from);
  const { peers, chain } = parts;
  const { addresses } = peers.inbound.handshake(hello, from);
  const { height, hash: tip, chainWork } = chain.tip;
  const { nodeId, protocol, publicUrl: url } = peers;
  return { network: GENESIS.hash, protocol, nodeId, version: '0.0.0', height, tip, chainWork, url, addresses };
}

/** Our policy is nobody's fault. */
const POLICY: ReadonlySet<string> = new Set(['branch-too-deep', 'branch-too-light', 'checkpoint-conflict']);

async function takeOffer(parts: Served, offer: Offer, from: string): Promise<OfferAnswer> {
  checkWelcome(parts, from);
  const answer = await judge(parts, offer);
  const isInnocent = answer.outcome !== 'rejected' || isPassing(answer.reason) || POLICY.has(answer.reason);
  if (!isInnocent) parts.peers.inbound.misbehaved(from, answer.reason);
  return answer;
}

async function judge(
  { chain, store: { chain: store }, pool }: Served,
  { header, ids, transactions: sent }: Offer,
): Promise<OfferAnswer> {
  const hash = hashHeader(header);
  const known = await store.entry(hash);
  if (known && !known.invalidReason) return { outcome: 'duplicate' };
  try {
    checkProofOfWork(header, hash, GENESIS.powLimit);
    const sources = { sent, find: (id: Hash) => pool.get(id)?.transaction, pending: () => pendingOf(pool) };
    const { block, missing } = completeBlock(readCompactBlock(header, ids), sources);
    if (!block) return { outcome: 'missing', missing };
    const result = await chain.accept(block);
    if (result.outcome === 'refused') return { ...result, outcome: 'rejected' };
    return result.outcome === 'rejected' ? result : { outcome: result.outcome };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: 'rejected', reason: error.reason, message: error.message };
  }
}

function* pendingOf(pool: Mempool): Iterable<Transaction> {
  for (const { transaction } of pool.ranked()) yield transaction;
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}
