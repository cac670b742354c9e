/**
 * The first half of a synchronisation: headers, from one peer, checked by every rule for headers, before a body is asked
 * for or anything is stored. Headers cost the work that they claim, so nobody makes up a chain that is worth fetching.
 */
import type { IndexEntry } from '../../chain/ports.ts';
import { MAX_FUTURE_SECONDS } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { bitsToWork } from '../../domain/compact.ts';
import { checkHeaderContext, contextOnTop, type HeaderContext } from '../../domain/context.ts';
import { RuleError } from '../../domain/errors.ts';
import { checkProofOfWork, type Header, hashHeader } from '../../domain/header.ts';
import type { Genesis } from '../../domain/network.ts';
import { pause } from '../clock.ts';
import { Misbehaviour } from '../misbehaviour.ts';
import { type ChainPort, type Clock, MAX_HEADERS, type PeerLink } from '../ports.ts';

/** Headers in memory, once they outweigh our chain: the rest is fetched when their bodies are here. */
const MAX_AHEAD = 10_000;
/** Headers that do not outweigh our chain: more are not waited for. */
const MAX_LIGHT = 100_000;
/** Headers checked before other work gets a turn. */
const HEADERS_A_SLICE = 250;

/** A header that obeys every rule for headers. */
interface CheckedHeader {
  hash: Hash;
  header: Header;
}

/** Checked headers on top of a block that is stored. */
export interface Branch {
  fork: IndexEntry;
  headers: readonly CheckedHeader[];
  /** The work of the chain up to the last header. */
  chainWork: bigint;
  /** Whether the peer has more of them, or will when our clock is later. */
  more: boolean;
  /** Further headers that are valid but for their time. */
  ahead: AheadOfClock | null;
}

/** Headers that obey every rule, and are too new for our clock. */
export interface AheadOfClock {
  /** The work of the chain up to the last of these headers. */
  chainWork: bigint;
  height: number;
  /** When our clock admits the first of them: milliseconds since 1970. */
  until: number;
}

interface HeaderDependencies {
  chain: ChainPort;
  genesis: Genesis;
  clock: Clock;
}

/**
 * What a peer's best chain has on top of ours; null when it has nothing there.
 * @throws LinkError, Misbehaviour
 */
export async function fetchBranch(link: PeerLink, dependencies: HeaderDependencies): Promise<Branch | null> {
  const { chain } = dependencies;
  const locator = await makeLocator(chain);
  const first = await link.headers(locator, MAX_HEADERS);
  const lowest = first[0];
  if (!lowest) return null;
  const fork = await chain.entry(lowest.previousHash);
  // The first header must stand on a hash that we named, or on genesis.
  if (!fork) throw new Misbehaviour(100, 'its headers do not begin where it was asked to begin');
  if (fork.invalidReason)
    throw new Misbehaviour(100, `its chain stands on ${fork.hash}, which breaks ${fork.invalidReason}`);
  const run = new HeaderChain(fork, await chain.contextAbove(fork), dependencies);
  for (let page = first; ; ) {
    const isWhole = await run.add(page);
    const last = run.headers.at(-1)?.hash;
    if (!last && !run.ahead) return null;
    const isEnough =
      run.chainWork > chain.tip.chainWork ? run.headers.length >= MAX_AHEAD : run.headers.length >= MAX_LIGHT;
    if (!isWhole || page.length < MAX_HEADERS || isEnough) {
      return run.branch(!isWhole || isEnough);
    }
    page = await link.headers([run.last, ...locator], MAX_HEADERS);
    // The peer left that branch between two pages: its new branch is for the next call.
    if (page[0] && page[0].previousHash !== run.last) return run.branch(true);
  }
}

/** Hashes of the best chain, newest first, ever wider apart, genesis last: at most 64. */
export async function makeLocator(chain: Pick<ChainPort, 'tip' | 'bestHash'>): Promise<Hash[]> {
  const heights: number[] = [];
  for (let height = chain.tip.height, step = 1; height > 0; height -= step) {
    heights.push(height);
    if (heights.length >= 10) step *= 2;
  }
  const hashes = await Promise.all([...heights, 0].map((height) => chain.bestHash(height)));
  // A reorganisation may have taken some away meanwhile.
  return hashes.filter((hash) => hash !== null);
}

/**
 * Checks one header by every rule for headers. False when it is ahead of our clock, which is no misbehaviour.
 * @throws Misbehaviour
 */
export function isHeaderInTime(
  header: Header,
  hash: Hash,
  context: HeaderContext,
  { genesis, clock }: Pick<HeaderDependencies, 'genesis' | 'clock'>,
): boolean {
  try {
    checkProofOfWork(header, hash, genesis.powLimit);
    checkHeaderContext(header, context, genesis.network, Number.POSITIVE_INFINITY);
    return header.time <= Math.floor(clock.now() / 1000) + MAX_FUTURE_SECONDS;
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    throw new Misbehaviour(100, `a header of its breaks ${error.reason}: ${error.message}`, { cause: error });
  }
}

class HeaderChain {
  readonly headers: CheckedHeader[] = [];
  chainWork: bigint;
  ahead: AheadOfClock | null = null;
  last: Hash;
  readonly #fork: IndexEntry;
  /** The rules' context for the next header. */
  #context: HeaderContext;
  readonly #dependencies: HeaderDependencies;

  constructor(fork: IndexEntry, context: HeaderContext, dependencies: HeaderDependencies) {
    this.chainWork = fork.chainWork;
    this.last = fork.hash;
    this.#fork = fork;
    this.#context = context;
    this.#dependencies = dependencies;
  }

  branch(more: boolean): Branch {
    const { headers, chainWork, ahead } = this;
    return { fork: this.#fork, headers, chainWork, more, ahead };
  }

  /** False when some of them are ahead of our clock: those count on their own. @throws Misbehaviour */
  async add(page: readonly Header[]): Promise<boolean> {
    const { clock } = this.#dependencies;
    for (const [i, header] of page.entries()) {
      if (i % HEADERS_A_SLICE === HEADERS_A_SLICE - 1) await pause(clock, 0);
      if (header.previousHash !== this.last) throw new Misbehaviour(100, 'its headers are not linked');
      const hash = hashHeader(header);
      const isInTime = isHeaderInTime(header, hash, this.#context, this.#dependencies);
      if (isInTime && !this.ahead) this.#add(hash, header);
      else this.#addAhead(header);
      this.#context = contextOnTop(header, this.#context);
      this.last = hash;
    }
    return this.ahead === null;
  }

  #add(hash: Hash, header: Header): void {
    this.headers.push({ hash, header });
    this.chainWork += bitsToWork(header.bits);
  }

  #addAhead({ bits, time }: Header): void {
    const { chainWork, height, until } = this.ahead ?? {
      chainWork: this.chainWork,
      height: this.#fork.height + this.headers.length,
      until: (time - MAX_FUTURE_SECONDS) * 1000,
    };
    this.ahead = { chainWork: chainWork + bitsToWork(bits), height: height + 1, until };
  }
}
