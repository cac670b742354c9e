/**
 * A light client: follows the headers of a network from its genesis on, given by any number of nodes of which none is
 * trusted, and keeps the best chain by work, as a node does. It says how deep the block of a receipt lies now, and
 * whether a reorganisation took it off the best chain.
 *
 * Invariant: every header it holds has passed all rules for headers, and its parent is held too.
 */
import { type Hash, isHex } from '../domain/bytes.ts';
import { bitsToTarget, targetToWork } from '../domain/compact.ts';
import { checkHeaderContext, type HeaderContext, MEDIAN_SPAN } from '../domain/context.ts';
import { ProofError, rule } from '../domain/errors.ts';
import { checkProofOfWork, HEADER_BYTES, type Header, hashHeader, hexToHeader } from '../domain/header.ts';
import { createGenesis, type Genesis, type Network } from '../domain/network.ts';

/** What a light client takes from its platform. */
export interface LightClientOptions {
  /** Seconds since 1970; headers over 10 minutes after it are refused until it is their time. Default: the clock. */
  now?: (() => number) | undefined;
}

/** The last block of the best chain that is known to the client. */
export interface LightTip {
  hash: Hash;
  /** Genesis is 0. */
  height: number;
  /** Expected number of hashes behind the chain up to the tip. */
  chainWork: bigint;
}

/** What a batch of headers changed. */
export interface Followed {
  /** Headers that were new. */
  added: number;
  /** Whether the best chain moved. */
  moved: boolean;
  /** Headers that left the best chain: over 0 after a reorganisation. */
  detached: number;
  /** The last header of the batch: where the next page of the same node begins. */
  last: Hash;
  tip: LightTip;
}

/** Where the block of a receipt stands. */
export type Standing =
  /** On the best chain: `depth` blocks lie on top, and `work` is that of the block and of those. */
  | { state: 'on-chain'; height: number; depth: number; work: bigint }
  /** The block is held on a branch that lost, or only its parent is held: a reorganisation removed the block, or it never was on the best chain. */
  | { state: 'removed'; height: number }
  /** The block is not held, and no other block is known at its height: ask the nodes for more headers. */
  | { state: 'unknown' };

/** Throws when a header may not stand on its parent. */
type Check = (header: Header, hash: Hash, parent: Entry) => void;

interface Entry extends LightTip {
  header: Header;
  parent: Entry | null;
}

/**
 * ```ts
 * const client = new LightClient(MAIN);
 * for (const node of nodes) {
 *   let page: string[];
 *   let last: Hash | undefined;
 *   do {
 *     // query ($locator: [Hexadecimal!]!) { headers(locator: $locator) }
 *     page = await askForHeaders(node, client.locator(last));
 *     last = client.add(page).last;
 *   } while (page.length > 0);
 * }
 * const receipt = await verifyReceipt(text, { network: client.genesis });
 * console.log(client.standing(receipt));
 * ```
 */
export class LightClient {
  readonly #genesis: Genesis;
  readonly #now: () => number;
  readonly #entries = new Map<Hash, Entry>();
  /** The best chain, by height. */
  readonly #best: Entry[];

  /** @throws Refusal when the parameters are not those of a network. */
  constructor(network: Network, { now = () => Math.floor(Date.now() / 1000) }: LightClientOptions = {}) {
    this.#genesis = createGenesis(network);
    this.#now = now;
    const { hash, header, powLimit } = this.#genesis;
    const entry = { hash, header, height: 0, chainWork: targetToWork(powLimit), parent: null };
    this.#entries.set(hash, entry);
    this.#best = [entry];
  }

  /** Identity of the network that is followed. */
  get genesis(): Hash {
    return this.#genesis.hash;
  }

  /** The last header of the chain with the most work among those that were given. */
  get tip(): LightTip {
    const { hash, height, chainWork } = this.#tip();
    return { hash, height, chainWork };
  }

  /** Headers held, genesis and those of branches that lost among them. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * What to ask a node with for the headers behind a known one: hashes, newest first, ever wider apart, at most 64.
   * @param from default: the tip. While a node's branch is being fetched, the last header it gave.
   */
  locator(from: Hash = this.tip.hash): Hash[] {
    const hashes: Hash[] = [];
    let step = 1;
    for (let entry = this.#entries.get(from); entry && entry.height > 0; entry = this.#below(entry, step)) {
      hashes.push(entry.hash);
      if (hashes.length >= 10) step *= 2;
    }
    return [...hashes, this.genesis];
  }

  /**
   * Takes headers, lowest first, as 160 hex digits each or as a receipt's report has them; the first must be genesis, or
   * the child of one that is held. Known ones are passed over. All are taken or none. On equal work the tip that was
   * seen first stays.
   * @throws Refusal with the rule that one of them breaks: its sender is broken or lies, unless the reason is
   * `time-too-new`, which passes, or `headers-unlinked`, which may mean that headers below are missing here.
   */
  add(headers: readonly (string | Header)[]): Followed {
    return this.#take(headers, (header, hash, parent) => {
      const { network, powLimit } = this.#genesis;
      checkProofOfWork(header, hash, powLimit);
      checkHeaderContext(header, contextAbove(parent), network, this.#now());
    });
  }

  /**
   * Takes headers that an earlier client has checked, from {@link LightClient.headers}, without checking them again: only
   * that each is the child of one that is held. So a program that keeps headers where nobody else writes begins where it
   * left off. Never for what comes from a node.
   * @throws Refusal when one is not the child of one that is held.
   */
  resume(headers: readonly Header[]): Followed {
    return this.#take(headers, () => {});
  }

  /** Headers of the best chain, at most `count` from a height upward, to be kept for {@link LightClient.resume}. */
  headers(fromHeight: number, count: number): Header[] {
    return this.#best.slice(fromHeight, fromHeight + count).map(({ header }) => header);
  }

  #take(headers: readonly (string | Header)[], check: Check): Followed {
    const fresh = new Map<Hash, Entry>();
    let last: Entry | null = null;
    for (const given of headers) {
      last = this.#read(typeof given === 'string' ? readHex(given) : given, fresh, check);
    }
    let best = this.#tip();
    for (const [hash, entry] of fresh) {
      this.#entries.set(hash, entry);
      if (entry.chainWork > best.chainWork) best = entry;
    }
    const moved = best !== this.#tip();
    const detached = moved ? this.#moveTo(best) : 0;
    return {
      added: fresh.size,
      moved,
      detached,
      last: last?.hash ?? this.tip.hash,
      tip: this.tip,
    };
  }

  /**
   * Where the block of a receipt, or the `last` of a listing, stands on the best chain that is known here. The receipt's own headers can be given to
   * {@link LightClient.add} before, so that its branch counts, too.
   */
  standing({ block }: { block: { hash: Hash; header: Header } }): Standing {
    const entry = this.#entries.get(block.hash);
    if (entry && this.#isBest(entry)) {
      const { height, chainWork } = this.#tip();
      const work = chainWork - (entry.parent?.chainWork ?? 0n);
      return { state: 'on-chain', height: entry.height, depth: height - entry.height, work };
    }
    const parent = entry?.parent ?? this.#entries.get(block.header.previousHash);
    if (!parent || (!entry && parent === this.#tip())) return { state: 'unknown' };
    return { state: 'removed', height: parent.height + 1 };
  }

  /** The entry of a header, checked if it is new. */
  #read(header: Header, fresh: Map<Hash, Entry>, check: Check): Entry {
    const find = (hash: Hash) => fresh.get(hash) ?? this.#entries.get(hash);
    const hash = hashHeader(header);
    const known = find(hash);
    if (known) return known;
    const parent = find(header.previousHash);
    if (!parent) throw new ProofError('headers-unlinked', `the parent of ${hash} is not known`);
    check(header, hash, parent);
    const chainWork = parent.chainWork + targetToWork(bitsToTarget(header.bits, this.#genesis.powLimit));
    const entry = { hash, header, height: parent.height + 1, chainWork, parent };
    fresh.set(hash, entry);
    return entry;
  }

  /** Makes the entry the tip; tells how many left the best chain. */
  #moveTo(tip: Entry): number {
    const branch: Entry[] = [];
    let entry = tip;
    for (; !this.#isBest(entry); entry = entry.parent as Entry) branch.push(entry);
    const detached = this.#best.length - 1 - entry.height;
    this.#best.length = entry.height + 1;
    for (const next of branch.reverse()) this.#best.push(next);
    return detached;
  }

  #tip(): Entry {
    return this.#best.at(-1) as Entry;
  }

  #isBest(entry: Entry): boolean {
    return this.#best[entry.height] === entry;
  }

  /** The ancestor so many blocks down, or null below genesis. */
  #below(entry: Entry, steps: number): Entry | undefined {
    let at: Entry | null = entry;
    for (let left = steps; at && left > 0; left--) {
      if (this.#isBest(at)) return this.#best[at.height - left];
      at = at.parent;
    }
    return at ?? undefined;
  }
}

function readHex(hex: string): Header {
  rule(isHex(hex, HEADER_BYTES), 'header-malformed', 'a header is 80 bytes: 160 lower-case hex digits');
  return hexToHeader(hex);
}

/** What the rules for a child of `parent` need to know. */
function contextAbove(parent: Entry): HeaderContext {
  const recentTimes: number[] = [];
  for (let at: Entry | null = parent; at && recentTimes.length < MEDIAN_SPAN; at = at.parent) {
    recentTimes.push(at.header.time);
  }
  const { header } = parent;
  const previousTime = parent.parent?.header.time ?? null;
  return { parent: { time: header.time, bits: header.bits, previousTime }, recentTimes };
}
