/** The real chain, pool and peers of one run of a node, wired as `src/node.ts` does it. */
import { type Chain, createChain } from '../../../src/chain/chain.ts';
import type { ChainChange, ChainStore } from '../../../src/chain/ports.ts';
import { createMempool, type Mempool } from '../../../src/mempool/mempool.ts';
import { DEFAULT_LIMITS } from '../../../src/mempool/pool.ts';
import { type Book, createBook, DEFAULT_BOOK } from '../../../src/peers/addresses/book.ts';
import { isWorldwide, normaliseUrl } from '../../../src/peers/link/address.ts';
import { createPeers, type Peers } from '../../../src/peers/peers.ts';
import type { ChainPort, PeerStore, PeersLog } from '../../../src/peers/ports.ts';
import { GENESIS } from '../../support/chain.ts';
import type { MemoryStore } from '../../support/memoryStore.ts';
import { Feed } from './feed.ts';
import type { Life } from './life.ts';
import { createDialer } from './link.ts';
import { groupOfUrl, nodeIdOf } from './naming.ts';
import type { Host, SimNetwork } from './network.ts';
import { createVerifier } from './posts.ts';

export interface NodeParts {
  chain: Chain;
  pool: Mempool;
  peers: Peers;
  feed: Feed;
}

export interface NodeWorld {
  host: Host;
  life: Life;
  store: MemoryStore;
  kept: PeerStore;
  /** Addresses that the operator gives. */
  manual: readonly string[];
  network: SimNetwork;
}

const verify = createVerifier();

export async function assemble(world: NodeWorld): Promise<NodeParts> {
  const { host, life, store, network } = world;
  const log = (line: string) => network.log(`${host.name} ${line}`);
  const feed = new Feed(store.chain);
  const pool: Mempool = await createMempool(DEFAULT_LIMITS, {
    store: store.pool,
    facts: store.facts,
    verify,
    now: life.now,
    onAdded({ transaction }) {
      feed.arrived(transaction.id);
      peers.postAdded(transaction.id);
    },
    onDropped: (id, reason) => log(`drops ${id.slice(-6)}: ${reason}`),
  });
  const chain: Chain = await createChain(GENESIS, {
    store: store.chain,
    verify,
    verified: (id) => pool.get(id)?.transaction,
    now: () => Math.floor(life.now() / 1000),
    async onChange(change) {
      log(shownMove(change));
      await pool.follow(change);
      await feed.moved(change);
      peers.chainMoved(change);
    },
  });
  const peers = await joinPeers(world, chain, pool);
  return { chain, pool, peers, feed };
}

async function joinPeers(world: NodeWorld, chain: Chain, pool: Mempool): Promise<Peers> {
  const { host, life, store, kept, network } = world;
  const nodeId = await kept.identity(nodeIdOf(host.name));
  const { maxOutgoing } = DEFAULT_BOOK;
  return createPeers(
    { nodeId, version: '0.0.0', genesis: GENESIS, publicUrl: host.url, maxOutgoing },
    {
      chain: chainPort(chain, store.chain),
      pool,
      book: await openBook(world),
      dialer: createDialer(network, { host, life }),
      world: life,
      normalise: normaliseUrl,
      onChange: () => {},
      log: peersLog(world),
    },
  );
}

async function openBook({ life, kept, manual, network }: NodeWorld): Promise<Book> {
  const options = { ...DEFAULT_BOOK, groupOf: groupOfUrl, isPublic: isWorldwide };
  const book = await createBook(options, { store: kept, world: life, onError: network.onBug });
  for (const url of manual) book.add(url, { manual: true });
  return book;
}

function chainPort(chain: Chain, store: ChainStore): ChainPort {
  return {
    get tip() {
      return chain.tip;
    },
    entry: chain.entry,
    contextAbove: chain.contextAbove,
    accept: chain.accept,
    prepare: chain.prepare,
    bestHash: (height) => store.bestHash(height),
    block: (hash) => store.block(hash),
  };
}

function peersLog({ host, network }: NodeWorld): PeersLog {
  const line = (details: object, message: string) => network.log(`${host.name}: ${message} ${JSON.stringify(details)}`);
  return {
    info: line,
    warn: line,
    error: (details, message) => network.onBug('err' in details ? details.err : message),
  };
}

function shownMove({ detached, tip }: ChainChange): string {
  const left = detached.length > 0 ? `, ${detached.length} detached` : '';
  return `at ${tip.height} ${tip.hash.slice(-6)}${left}`;
}
