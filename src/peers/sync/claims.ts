/** What each peer has proved beyond our chain that cannot be taken: blocks ahead of our clock, branches that we refuse. */
import type { RefusedBranch } from '../../graphql/ports.ts';
import type { ChainPort, PeerLink } from '../ports.ts';
import type { Source } from './bodies.ts';
import type { AheadOfClock, Branch } from './headers.ts';

/** A peer to follow. */
export interface Followed extends Source {
  link: PeerLink;
  readonly url: string;
  /** The tip of the peer's best chain, as the peer last said. */
  readonly claimedWork: bigint;
  /** Disconnected. */
  readonly isOver: boolean;
}

/** Why the node's chain is not as new as what peers have proved. */
export type SyncWait =
  /** Blocks from the tip up to `height` are being fetched. */
  | { for: 'blocks'; height: number; url: string }
  /** No peer gives the blocks up to `height`, which the node at `url` claims. */
  | { for: 'bodies'; height: number; url: string }
  /** The clock does not admit the blocks up to `height` before `until`, in milliseconds since 1970. */
  | { for: 'clock'; height: number; url: string; until: number };

interface ClaimsDependencies {
  chain: Pick<ChainPort, 'tip' | 'refusal'>;
  /** All connected peers. */
  sources(): readonly Followed[];
  /** How many nodes call this one and claim no more work than this. */
  callersUpTo(work: bigint): number;
  onProgress(): void;
}

/** What peers claim and have proved: chains ahead of the clock, branches that are refused or that nobody gives. */
export class Claims {
  readonly #dependencies: ClaimsDependencies;
  readonly #ahead = new Map<Followed, AheadOfClock>();
  readonly #refused = new Map<Followed, RefusedBranch>();

  constructor(dependencies: ClaimsDependencies) {
    this.#dependencies = dependencies;
  }

  /** The heaviest branch that connected peers prove and our policy refuses; null: there is none. */
  get refused(): RefusedBranch | null {
    let heaviest: RefusedBranch | null = null;
    for (const branch of this.#connected(this.#refused).values()) {
      if (branch.tip.chainWork > (heaviest?.tip.chainWork ?? this.#dependencies.chain.tip.chainWork)) heaviest = branch;
    }
    return heaviest;
  }

  /**
   * A slow clock shows with more than half of the peers. A single one may have a fast clock, or have spent one block's work on
   * a time far ahead, which must not keep a whole network from mining. So nodes that call and are content with our chain count
   * as well: such a peer may be the only one that this node has called.
   */
  get clockWait(): SyncWait | null {
    const { chain, sources, callersUpTo } = this.#dependencies;
    const work = chain.tip.chainWork;
    const ahead = [...this.#connected(this.#ahead)].filter(([, { chainWork }]) => chainWork > work);
    const [first] = ahead;
    if (!first || 2 * ahead.length <= sources().length + callersUpTo(work)) return null;
    const [{ url }, { height, until }] = first;
    return { for: 'clock', height, url, until };
  }

  /** What keeps this node from following a peer, in words; null: nothing. */
  remark(peer: Followed): string | null {
    const refused = this.#refused.get(peer);
    if (refused) return `its branch is refused: ${refused.message}`;
    const ahead = this.#ahead.get(peer);
    return ahead ? `its blocks up to ${ahead.height} are ahead of the clock of this node` : null;
  }

  /** Notes what a peer has proved. */
  note(peer: Followed, branch: Branch | null): 'refused' | 'fine' {
    const refused = branch && this.#refusal(peer, branch);
    this.#set(this.#refused, peer, refused);
    this.#set(this.#ahead, peer, refused ? null : (branch?.ahead ?? null));
    return refused ? 'refused' : 'fine';
  }

  #refusal(peer: Followed, { fork, headers, chainWork }: Branch): RefusedBranch | null {
    const { chain } = this.#dependencies;
    const [first, last] = [headers[0], headers.at(-1)];
    const refusal = first && last && chainWork > chain.tip.chainWork ? chain.refusal(fork, headers) : null;
    if (!refusal || !first || !last) return null;
    const tip = { height: fork.height + headers.length, hash: last.hash, chainWork };
    return { ...refusal, fork: { height: fork.height, hash: fork.hash }, first: first.hash, tip, url: peer.url };
  }

  #set<Value>(map: Map<Followed, Value>, peer: Followed, value: Value | null): void {
    const before = map.get(peer);
    if (value) map.set(peer, value);
    else map.delete(peer);
    if (before || value) this.#dependencies.onProgress();
  }

  #connected<Value>(map: Map<Followed, Value>): Map<Followed, Value> {
    const connected = new Set(this.#dependencies.sources());
    for (const peer of map.keys()) if (!connected.has(peer)) map.delete(peer);
    return map;
  }
}
