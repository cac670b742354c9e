/**
 * The core of a node: chain, pool and peers, joined. The whole node (`assemble.ts`) puts miner, feed and API around it;
 * the simulation of networks runs thousands of cores over stores in memory and a clock of its own.
 */
import type { BranchLimits } from '../chain/branches.ts';
import { type Chain, createChain } from '../chain/chain.ts';
import type { ChainStore } from '../chain/ports.ts';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { Genesis } from '../domain/network.ts';
import type { VerifySignature, VerifySignatures } from '../domain/transaction.ts';
import { Mempool } from '../mempool/mempool.ts';
import type { MempoolLimits } from '../mempool/pool.ts';
import type { ChainFacts, PoolStore } from '../mempool/ports.ts';
import { createBook } from '../peers/addresses/book.ts';
import { pauseIn } from '../peers/clock.ts';
import { isWorldwide, normaliseUrl } from '../peers/link/address.ts';
import { Peers } from '../peers/peers.ts';
import type { Clock, ContentPort, Dialer, PeerStore, PeersLog, Rng } from '../peers/ports.ts';
import { StoreError } from '../store/storeError.ts';
import { Events } from './events.ts';

interface CoreOptions {
  genesis: Genesis;
  version: string;
  /** 32 hex digits, for a store that holds no identity yet. */
  nodeId: string;
  publicUrl: string | null;
  /** Addresses that the operator gives. */
  peers: readonly string[];
  maxOutgoing: number;
  maxKnownPeers: number;
  /** Which branches the node takes by itself; none given: all. */
  branches?: BranchLimits;
  pool: MempoolLimits;
}

/** What a core takes from outside. */
interface CoreDependencies {
  clock: Clock;
  rng: Rng;
  store: {
    chain: ChainStore;
    pool: PoolStore;
    facts: ChainFacts;
    peers: PeerStore;
    contents: Omit<ContentPort, 'reveal'>;
    /** A block as other nodes may have it. */
    served(hash: Hash): Promise<Block | null>;
  };
  verify: VerifySignature;
  verifyMany?: VerifySignatures;
  dialer: Dialer;
  /** Milliseconds since 1970 by a clock that is never set while the process runs. */
  steadyNow?: () => number;
  /** Addresses that are likely in one hand have the same group. */
  groupOf(url: string): string;
  log: PeersLog;
}

export interface Core {
  chain: Chain;
  pool: Mempool;
  peers: Peers;
  events: Events;
  /** Waits until pool and chain have finished what was begun, so that the store may be closed. */
  drain(): Promise<void>;
}

/** Builds the parts. Events wait until `events.follow` names the followers. */
export async function assembleCore(options: CoreOptions, dependencies: CoreDependencies): Promise<Core> {
  const { clock, steadyNow, store, verify, verifyMany, log } = dependencies;
  const events = new Events((error, event) => log.error({ err: error, event }, 'could not tell all of an event'));
  const pool: Mempool = await Mempool.open(options.pool, {
    store: store.pool,
    facts: store.facts,
    verify,
    now: () => clock.now(),
    ...(steadyNow && { steadyNow }),
    onAdded: (entry) => void events.tell('postAdded', entry),
    onContent: (transaction) => chain.reveal([transaction]),
    onDropped: (id, reason) => void events.tell('postDropped', { id, reason }),
    pause: (milliseconds, signal) => pauseIn(clock, milliseconds, signal),
    onReloaded: () => void events.tell('poolReloaded', null),
  });
  const chain: Chain = await createChain(options.genesis, {
    ...(options.branches && { limits: options.branches }),
    store: store.chain,
    verify,
    ...(verifyMany && { verifyMany }),
    verified: (id) => pool.get(id)?.transaction,
    now: () => Math.floor(clock.now() / 1000),
    onChange: (change) => events.tell('chainMoved', change),
    onRevealed: (transactions) => events.tell('contentsRevealed', transactions),
  });
  await checkCheckpoints(options.branches?.checkpoints ?? new Map(), store.chain, chain.tip.height);
  const peers = await joinPeers(options, dependencies, { chain, pool, events });
  return {
    ...{ chain, pool, peers, events },
    async drain() {
      // Posts that are being taken may hand contents to the chain.
      await pool.close();
      await chain.drain();
    },
  };
}

/** @throws StoreError when the stored chain has another block than a checkpoint. */
async function checkCheckpoints(checkpoints: ReadonlyMap<number, Hash>, chain: ChainStore, tip: number): Promise<void> {
  for (const [height, wanted] of checkpoints) {
    const hash = height <= tip ? await chain.bestHash(height) : null;
    if (hash === null || hash === wanted) continue;
    const stands = `Block ${height} of the stored chain is ${hash}, and the checkpoint says ${wanted}.`;
    throw new StoreError(
      'checkpoint-conflict',
      `${stands} Start without the checkpoint, or in another data directory.`,
    );
  }
}

/** Joins the book of addresses and the links to peers. No connection is made before `peers.start`. */
async function joinPeers(
  { maxOutgoing, maxKnownPeers, peers: named, nodeId, version, genesis, publicUrl }: CoreOptions,
  { clock, rng, store, dialer, groupOf, log }: CoreDependencies,
  { chain, pool, events }: Pick<Core, 'chain' | 'pool' | 'events'>,
): Promise<Peers> {
  const book = await createBook(
    { maxKnown: maxKnownPeers, maxOutgoing, groupOf, isPublic: isWorldwide },
    { store: store.peers, clock, rng, onError: (error) => log.error({ err: error }, 'could not keep the peers') },
  );
  for (const url of named) book.add(normaliseUrl(url) ?? url, { manual: true });
  return new Peers(
    { nodeId: await store.peers.identity(nodeId), version, genesis, publicUrl, maxOutgoing },
    {
      chain: {
        get tip() {
          return chain.tip;
        },
        entry: (hash) => chain.entry(hash),
        bestHash: (height) => store.chain.bestHash(height),
        contextAbove: (entry) => chain.contextAbove(entry),
        block: store.served,
        accept: (block, provenWork) => chain.accept(block, provenWork),
        refusal: (fork, headers) => chain.refusal(fork, headers),
        permit: (first) => chain.permit(first),
        synchronised: () => chain.synchronised(),
        prepare: (block) => chain.prepare(block),
      },
      pool,
      contents: { ...store.contents, reveal: (transactions) => chain.reveal(transactions) },
      book,
      dialer,
      clock,
      rng,
      normalise: normaliseUrl,
      onChange: () => void events.tell('peersChanged', null),
      log,
    },
  );
}
