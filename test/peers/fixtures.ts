/** A chain in memory behind the port of the peers, and links that answer from a row of blocks. */
import type { AcceptResult, IndexEntry } from '../../src/chain/ports.ts';
import type { Block } from '../../src/domain/block.ts';
import type { Hash } from '../../src/domain/bytes.ts';
import { MEDIAN_SPAN } from '../../src/domain/context.ts';
import type { RuleReason } from '../../src/domain/errors.ts';
import type { ChainPort, ContentPort, PeerLink } from '../../src/peers/ports.ts';
import { GENESIS_ENTRY, type Mined } from '../support/chain.ts';

export interface MemoryChain extends ChainPort {
  /** Hashes that were taken, in order. */
  readonly taken: Hash[];
  /** Heights of the tip at which it was told that it is as new as what peers have proved. */
  readonly synchronisedAt: number[];
}

/** Takes whatever stands on a block that it has, but for `bad` ones; the order of arrival and the work are all it looks at. */
export function memoryChain(mined: readonly Mined[] = [], bad: Readonly<Record<Hash, RuleReason>> = {}): MemoryChain {
  const blocks = new Map<Hash, Block>(mined.map(({ block }) => [block.hash, block]));
  const entries = new Map<Hash, IndexEntry>(
    [GENESIS_ENTRY, ...mined.map(({ entry }) => entry)].map((e) => [e.hash, e]),
  );
  const taken: Hash[] = [];
  const synchronisedAt: number[] = [];
  let tip: IndexEntry = mined.at(-1)?.entry ?? GENESIS_ENTRY;
  const below = (entry: IndexEntry) => entries.get(entry.header.previousHash);

  function lineage(): IndexEntry[] {
    const line: IndexEntry[] = [];
    for (let at: IndexEntry | undefined = tip; at; at = below(at)) line.unshift(at);
    return line;
  }

  return {
    taken,
    synchronisedAt,
    get tip() {
      return tip;
    },
    entry: async (hash) => entries.get(hash) ?? null,
    bestHash: async (height) => lineage()[height]?.hash ?? null,
    block: async (hash) => blocks.get(hash) ?? null,
    async contextAbove(entry) {
      const times: number[] = [];
      for (let at: IndexEntry | undefined = entry; at && times.length < MEDIAN_SPAN; at = below(at))
        times.push(at.header.time);
      const { header } = entry;
      const previousTime = below(entry)?.header.time ?? null;
      return { parent: { time: header.time, bits: header.bits, previousTime }, recentTimes: times };
    },
    prepare() {},
    refusal: () => null,
    permit() {},
    async synchronised() {
      synchronisedAt.push(tip.height);
    },
    async accept(block): Promise<AcceptResult> {
      const { hash, header } = block;
      const parent = entries.get(header.previousHash);
      if (!parent) return { outcome: 'orphan', missing: header.previousHash };
      const reason = bad[hash];
      if (reason) return { outcome: 'rejected', reason, message: 'bad' };
      const known = entries.get(hash);
      if (known) return { outcome: 'duplicate', entry: known };
      const chainWork = parent.chainWork + (GENESIS_ENTRY.chainWork as bigint);
      const entry = { hash, header, height: parent.height + 1, chainWork, invalidReason: null };
      entries.set(hash, entry);
      blocks.set(hash, block);
      taken.push(hash);
      if (chainWork <= tip.chainWork) return { outcome: 'side-branch', entry };
      tip = entry;
      return { outcome: 'accepted', entry };
    },
  };
}

/** A peer with this best chain; `change` says what it does otherwise. */
export function peerWith(mined: readonly Mined[], change: Partial<PeerLink> = {}): PeerLink {
  const refuse = () => Promise.reject(new Error('not part of this test'));
  return {
    handshake: refuse,
    async headers(locator, limit) {
      const heights = locator.map((hash) => mined.findIndex(({ block }) => block.hash === hash));
      const from = (heights.find((height) => height >= 0) ?? -1) + 1;
      return mined.slice(from, from + limit).map(({ block }) => block.header);
    },
    async body(hash) {
      return mined.find(({ block }) => block.hash === hash)?.block.transactions ?? null;
    },
    posts: refuse,
    lacking: async () => [],
    pending: refuse,
    offer: refuse,
    submit: refuse,
    listen: refuse,
    close() {},
    ...change,
  };
}

/** Nothing is missing, and nothing comes. */
export const NO_CONTENTS: ContentPort = {
  missing: async () => ({ ids: [], next: null }),
  lacking: async () => [],
  served: async () => [],
  reveal: async () => {},
};
