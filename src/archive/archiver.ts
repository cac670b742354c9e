/**
 * Follows one node after the other: the first that answers, until it fails, lies or falls behind. All that is known of the
 * chain comes through its one door, so a node that lies changes nothing.
 */
import type { Node } from '../client/request.ts';
import type { Hash } from '../domain/bytes.ts';
import { ChainFollower } from './chainFollower.ts';
import { ContentFollower } from './contentFollower.ts';
import { PoolFollower } from './poolFollower.ts';
import type { ArchiveDependencies } from './ports.ts';
import { Upstream, type UpstreamStatus } from './upstream.ts';
import { UpstreamError } from './upstreamError.ts';

/** Milliseconds between two looks at how the node stands. */
const LOOK = 1_000;
/** Milliseconds until the next node is tried: at first, and at most; the most also follow a node that lies. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** Milliseconds that the chains may differ without a block coming before the connection is made anew. */
const STALL_MS = 30_000;

/** The archive's activity, for metrics and people. */
export interface ArchiverState {
  /** The node that is followed; null while there is none. */
  upstream: string | null;
  height: number;
  /** The height of the node's chain, as last heard. */
  targetHeight: number;
  /** When the chain was last as new as that of the node, in milliseconds since 1970; null: never. */
  inStepAt: number | null;
  /** Why the last node was left; null: none was. */
  fault: UpstreamError | null;
}

/** Follows one node after the other and keeps the copy in step with it. */
export class Archiver {
  readonly #dependencies: ArchiveDependencies;
  readonly #nodes: readonly Node[];
  readonly #network: Hash;
  readonly #chain: ChainFollower;
  readonly #pool: PoolFollower;
  readonly #contents: ContentFollower;
  readonly #state: ArchiverState;
  readonly #onChange: () => void;
  #movedAt = 0;
  #differedBefore = false;
  #isReordered = false;
  /** The newest stored reorganisation of the followed node; undefined: not read from this node yet. */
  #reorganisation: string | null | undefined;

  /** @param onChange called whenever {@link state} has changed. */
  constructor(nodes: readonly Node[], network: Hash, dependencies: ArchiveDependencies, onChange: () => void) {
    this.#dependencies = dependencies;
    this.#nodes = nodes;
    this.#network = network;
    this.#onChange = onChange;
    this.#chain = new ChainFollower(dependencies, () => this.#moved());
    this.#pool = new PoolFollower(dependencies);
    this.#contents = new ContentFollower(dependencies);
    const { height } = dependencies.chain.tip;
    this.#state = { upstream: null, height, targetHeight: height, inStepAt: null, fault: null };
  }

  get state(): Readonly<ArchiverState> {
    return this.#state;
  }

  /** The chain was reorganised: posts that came back into the pool stand in another order there than at the node. */
  reorganised(): void {
    this.#isReordered = true;
  }

  /** Follows until the signal aborts. @throws what is no fault of a node, such as the database's. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#dependencies;
    for (let at = 0, failures = 0; !signal.aborted; at++) {
      const node = this.#nodes[at % this.#nodes.length] as Node;
      const began = performance.now();
      try {
        await this.#follow(node, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof UpstreamError)) throw error;
        this.#change({ upstream: null, fault: error });
        log.warn({ code: error.code, upstream: node.url }, error.message);
        failures = performance.now() - began > LONGEST_PAUSE ? 0 : failures + 1;
        const isLast = (at + 1) % this.#nodes.length === 0;
        const pause =
          error.isLie && isLast ? LONGEST_PAUSE : Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE);
        await this.#dependencies.pause(pause, signal);
      }
    }
  }

  /** Follows one node, until it cannot be followed any more. */
  async #follow(node: Node, outer: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const end = () => ended.abort(outer.reason);
    outer.addEventListener('abort', end);
    const upstream = new Upstream(node, this.#network, this.#dependencies.cursors, ended.signal);
    try {
      await upstream.checkNetwork();
      this.#movedAt = performance.now();
      this.#differedBefore = false;
      this.#reorganisation = undefined;
      this.#change({ upstream: node.url });
      this.#dependencies.log.info({ upstream: node.url }, 'following a node');
      const parts = [
        this.#chain.follow(upstream),
        this.#pool.follow(upstream),
        this.#contents.follow(upstream),
        this.#look(upstream, ended.signal),
      ];
      // The abort below ends the other parts. A transaction that one of them has begun is stored whole.
      await Promise.race(parts);
    } finally {
      outer.removeEventListener('abort', end);
      ended.abort(new Error('the node is left'));
    }
  }

  /** Compares with the node, once a second. */
  async #look(upstream: Upstream, signal: AbortSignal): Promise<never> {
    for (let isFirst = true; ; isFirst = false) {
      const status = await upstream.status();
      const isInStep = await this.#note(status);
      await this.#takeReorganisations(upstream, status);
      if (isInStep) {
        await this.#contents.takeDecisions(upstream, status);
        if (isFirst) await this.#contents.fetchMissing(upstream);
        await this.#comparePools(upstream, status);
      }
      await this.#dependencies.pause(LOOK, signal);
      signal.throwIfAborted();
    }
  }

  /** @throws UpstreamError `less-work`, `stalled`. */
  async #note({ chainWork, url, tip, pool }: UpstreamStatus): Promise<boolean> {
    const state = { url, tip, pool };
    const { chain, store, now } = this.#dependencies;
    const isInStep = state.tip.hash === chain.tip.hash;
    await store.noteUpstream(state, isInStep);
    this.#change({ targetHeight: state.tip.height, ...(isInStep && { inStepAt: now(), fault: null }) });
    if (isInStep || performance.now() - this.#movedAt < STALL_MS) return isInStep;
    const here = `block ${chain.tip.height} is the tip here`;
    if (chainWork <= chain.tip.chainWork)
      throw new UpstreamError('less-work', `the chain of ${state.url} has less work than the one here, where ${here}`);
    throw new UpstreamError('stalled', `${state.url} has block ${state.tip.height} and does not tell of it: ${here}`);
  }

  async #takeReorganisations(upstream: Upstream, { reorganisation }: UpstreamStatus): Promise<void> {
    if (this.#reorganisation === reorganisation) return;
    await this.#dependencies.store.noteReorganisations(await upstream.reorganisations());
    this.#reorganisation = reorganisation;
  }

  /** Posts that are on their way make the pools differ for a moment. */
  async #comparePools(upstream: Upstream, { pending }: UpstreamStatus): Promise<void> {
    const differs = (await this.#dependencies.store.pool.count()) !== pending;
    const isDue = this.#isReordered || (differs && this.#differedBefore);
    this.#isReordered = false;
    this.#differedBefore = differs;
    if (isDue) await this.#pool.reconcile(upstream);
  }

  #moved(): void {
    const { chain } = this.#dependencies;
    this.#movedAt = performance.now();
    this.#change({ height: chain.tip.height, targetHeight: Math.max(chain.tip.height, this.#state.targetHeight) });
  }

  #change(changes: Partial<ArchiverState>): void {
    Object.assign(this.#state, changes);
    this.#onChange();
  }
}
