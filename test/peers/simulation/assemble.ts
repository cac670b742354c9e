/** The core of one run of a node, as `src/node/core.ts` joins it, over a store in memory and the time of a simulation. */
import type { ChainChange } from '../../../src/chain/ports.ts';
import type { Block } from '../../../src/domain/block.ts';
import type { Hash } from '../../../src/domain/bytes.ts';
import { assembleCore, type Core } from '../../../src/node/core.ts';
import type { PeersLog } from '../../../src/peers/ports.ts';
import { GENESIS } from '../../support/chain.ts';
import type { MemoryStore } from '../../support/memoryStore.ts';
import { POOL_LIMITS } from '../../support/pool.ts';
import { Feed } from './feed.ts';
import type { Life } from './life.ts';
import { createDialer } from './link.ts';
import { groupOfUrl, nodeIdOf } from './naming.ts';
import type { Host, SimNetwork } from './network.ts';
import { createVerifier } from './posts.ts';

export interface NodeParts extends Core {
  feed: Feed;
}

export interface NodeWorld {
  host: Host;
  life: Life;
  store: MemoryStore;
  /** Addresses that the operator gives. */
  manual: readonly string[];
  network: SimNetwork;
}

const verify = createVerifier();

export async function assemble({ host, life, store, manual, network }: NodeWorld): Promise<NodeParts> {
  const log = peersLog(host, network);
  const core = await assembleCore(
    {
      genesis: GENESIS,
      version: '0.0.0',
      nodeId: nodeIdOf(host.name),
      publicUrl: host.url,
      peers: manual,
      maxOutgoing: 8,
      maxKnownPeers: 64,
      pool: POOL_LIMITS,
    },
    {
      clock: life,
      rng: life.rng,
      store: { ...store, served: (hash) => servedBlock(store, hash) },
      verify,
      dialer: createDialer(network, { host, life }),
      groupOf: groupOfUrl,
      log,
    },
  );
  const feed = new Feed(store.chain);
  const say = (line: string) => network.log(`${host.name} ${line}`);
  await core.events.follow({
    postAdded: [
      ({ transaction }) => feed.arrived(transaction.id),
      ({ transaction }) => core.peers.postAdded(transaction.id),
    ],
    contentsRevealed: [
      (transactions) => say(`has the contents of ${transactions.map(({ id }) => id.slice(-6))}`),
      (transactions) => core.pool.reveal(transactions),
      (transactions) => feed.revealed(transactions.map(({ id }) => id)),
      (transactions) => core.peers.revealed(transactions.map(({ id }) => id)),
    ],
    postDropped: [({ id, reason }) => say(`drops ${id.slice(-6)}: ${reason}`)],
    chainMoved: [
      (change) => say(shownMove(change)),
      (change) => core.pool.follow(change),
      (change) => feed.moved(change),
      (change) => core.peers.chainMoved(change),
    ],
  });
  return { ...core, feed };
}

async function servedBlock(store: MemoryStore, hash: Hash): Promise<Block | null> {
  const block = await store.chain.block(hash);
  return block && { ...block, transactions: store.served(block.transactions) };
}

function peersLog(host: Host, network: SimNetwork): PeersLog {
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
