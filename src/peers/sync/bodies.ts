/**
 * The second half of a synchronisation: the bodies of a checked branch, from all peers that have them, into the chain in
 * their order.
 *
 * At most {@link IN_FLIGHT} requests a peer and {@link WINDOW} blocks, or {@link BUFFER_BYTES}, ahead of the chain. When
 * the block that the chain waits for stays away, a second peer is asked for it. A peer that has failed once is not asked
 * again by this download; whether that was misbehaviour is its session's affair.
 */
import type { AcceptResult } from '../../chain/ports.ts';
import { type Block, buildBlock, checkBody } from '../../domain/block.ts';
import { isPassing, RuleError, type RuleReason } from '../../domain/errors.ts';
import { transactionSize } from '../../domain/transaction.ts';
import { Misbehaviour } from '../misbehaviour.ts';
import { type ChainPort, type Clock, LinkError, type PeerLink } from '../ports.ts';
import type { Branch } from './headers.ts';

const IN_FLIGHT = 16;
const WINDOW = 1_024;
const BUFFER_BYTES = 32 * 1_048_576;
/** Milliseconds after which a second peer is asked for the block that the chain waits for. */
const STALL_MS = 2_000;
/** Milliseconds in which the first body must come: a branch without one holds up the others no longer. */
const FIRST_BODY_MS = 15_000;

/** Where bodies come from. */
export interface Source {
  link: Pick<PeerLink, 'body'>;
  /** Called with the source's fault: a LinkError, or a Misbehaviour. */
  onFailed(error: LinkError | Misbehaviour): void;
}

export interface BodyDependencies {
  chain: Pick<ChainPort, 'entry' | 'accept' | 'prepare'>;
  clock: Clock;
  /** The peers that may have the branch; read again before each request. */
  sources(): readonly Source[];
  /** Called after each block with the numbers of requested and remaining blocks. */
  onProgress(inFlight: number, left: number): void;
}

/** How a download ended. */
export type Download =
  | { outcome: 'done' }
  /** No source has the next body, or it is too early. `isDelivered`: some bodies came; `isBusy`: a source had no time. */
  | { outcome: 'incomplete'; isDelivered: boolean; isBusy: boolean }
  /** A block of the branch breaks a rule: no honest node has it on its best chain. */
  | { outcome: 'invalid'; reason: RuleReason; message: string };

export async function downloadBodies(branch: Branch, dependencies: BodyDependencies): Promise<Download> {
  const download = new BodyDownload(branch, await firstMissing(branch, dependencies.chain), dependencies);
  return download.run();
}

/** Blocks of the branch that are stored already, from the fork up. */
async function firstMissing({ headers }: Branch, chain: Pick<ChainPort, 'entry'>): Promise<number> {
  for (const [i, { hash }] of headers.entries()) {
    if (!(await chain.entry(hash))) return i;
  }
  return headers.length;
}

/** A body that is asked for: of whom, and since when. */
interface Request {
  askedBy: Set<Source>;
  since: number;
}

class BodyDownload {
  readonly #branch: Branch;
  readonly #dependencies: BodyDependencies;
  /** Index of the block that the chain waits for: those below were handed to it. */
  #next: number;
  readonly #arrived = new Map<number, Block>();
  readonly #requests = new Map<number, Request>();
  readonly #active = new Map<Source, number>();
  /** Sources that have failed, and blocks that a source does not have. */
  readonly #spent = new Set<Source>();
  readonly #lacking = new Map<number, Set<Source>>();
  #bytes = 0;
  #accepting = false;
  #finish: (result: Download) => void = () => {};
  #fail: (error: unknown) => void = () => {};
  #isOver = false;
  #isDelivered = false;
  #isBusy = false;
  readonly #startedAt: number;
  #cancelTick: () => void = () => {};

  constructor(branch: Branch, next: number, dependencies: BodyDependencies) {
    this.#branch = branch;
    this.#next = next;
    this.#dependencies = dependencies;
    this.#startedAt = dependencies.clock.now();
  }

  run(): Promise<Download> {
    return new Promise<Download>((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
      this.#tick();
    }).finally(() => {
      this.#isOver = true;
      this.#cancelTick();
    });
  }

  /** Looks around now and then, for a block that stays away and for sources that are new. */
  #tick(): void {
    if (this.#isOver) return;
    const { clock } = this.#dependencies;
    if (!this.#isDelivered && clock.now() - this.#startedAt >= FIRST_BODY_MS) {
      this.#leave();
      return;
    }
    this.#pump();
    this.#cancelTick = clock.after(STALL_MS / 4, () => this.#tick());
  }

  /** Asks for what may be asked for. */
  #pump(): void {
    if (this.#isOver) return;
    const sources = this.#dependencies.sources().filter((source) => !this.#spent.has(source));
    for (let asked = true; asked; ) {
      asked = false;
      // Sources take turns, so that all peers share the work.
      for (const source of sources) asked = this.#askOne(source) || asked;
    }
    if (this.#accepting || this.#arrived.has(this.#next)) return;
    if (this.#next === this.#branch.headers.length) this.#finish({ outcome: 'done' });
    else if (this.#requests.size === 0) this.#leave();
  }

  #leave(): void {
    this.#finish({ outcome: 'incomplete', isDelivered: this.#isDelivered, isBusy: this.#isBusy });
  }

  #askOne(source: Source): boolean {
    if (this.#spent.has(source) || (this.#active.get(source) ?? 0) >= IN_FLIGHT) return false;
    const index = this.#wantedFrom(source);
    if (index === null) return false;
    void this.#ask(source, index).catch((error: unknown) => this.#fail(error));
    return true;
  }

  /** The lowest block that this source can be asked for. */
  #wantedFrom(source: Source): number | null {
    const end = Math.min(this.#next + WINDOW, this.#branch.headers.length);
    for (let index = this.#next; index < end; index++) {
      if (this.#arrived.has(index) || this.#lacking.get(index)?.has(source)) continue;
      const request = this.#requests.get(index);
      if (request && !(index === this.#next && this.#isStalled(request) && !request.askedBy.has(source))) continue;
      // The one that the chain waits for is always asked for; it makes room.
      return index === this.#next || this.#bytes < BUFFER_BYTES ? index : null;
    }
    return null;
  }

  #isStalled({ since }: Request): boolean {
    return this.#dependencies.clock.now() - since >= STALL_MS;
  }

  async #ask(source: Source, index: number): Promise<void> {
    const { clock } = this.#dependencies;
    const request = this.#requests.get(index) ?? { askedBy: new Set(), since: 0 };
    request.askedBy.add(source);
    request.since = clock.now();
    this.#requests.set(index, request);
    this.#active.set(source, (this.#active.get(source) ?? 0) + 1);
    const block = await this.#fetch(source, index);
    this.#active.set(source, (this.#active.get(source) ?? 1) - 1);
    request.askedBy.delete(source);
    if (request.askedBy.size === 0) this.#requests.delete(index);
    if (this.#isOver) return;
    if (block && index >= this.#next && !this.#arrived.has(index)) {
      this.#arrived.set(index, block);
      this.#isDelivered = true;
      this.#bytes += sizeOf(block);
      this.#dependencies.chain.prepare(block);
      await this.#feedChain();
    }
    this.#pump();
  }

  /** The block, checked to be the header's; null when this source does not give it. */
  async #fetch(source: Source, index: number): Promise<Block | null> {
    const { hash, header } = this.#header(index);
    try {
      const transactions = await source.link.body(hash);
      if (transactions) {
        checkBody(
          header,
          transactions.map(({ id }) => id),
        );
        return buildBlock(header, transactions);
      }
      this.#lacking.set(index, (this.#lacking.get(index) ?? new Set()).add(source));
    } catch (error) {
      this.#spent.add(source);
      this.#isBusy ||= error instanceof LinkError && error.fault === 'refused';
      const fault = error instanceof RuleError ? new Misbehaviour(100, `it sent a wrong body for ${hash}`) : error;
      if (!this.#isOver) source.onFailed(fault as LinkError | Misbehaviour);
    }
    return null;
  }

  /** Hands what has arrived to the chain, in order. */
  async #feedChain(): Promise<void> {
    if (this.#accepting) return;
    this.#accepting = true;
    try {
      for (let block = this.#take(); block && !this.#isOver; block = this.#take()) {
        const result = await this.#dependencies.chain.accept(block, this.#branch.chainWork);
        if (result.outcome === 'rejected' || result.outcome === 'orphan' || result.outcome === 'refused') {
          this.#finish(refusal(result));
          return;
        }
        this.#dependencies.onProgress(this.#requests.size, this.#branch.headers.length - this.#next);
        this.#pump();
      }
    } finally {
      this.#accepting = false;
    }
  }

  #take(): Block | null {
    const block = this.#arrived.get(this.#next);
    if (!block) return null;
    this.#arrived.delete(this.#next);
    this.#bytes -= sizeOf(block);
    this.#next += 1;
    return block;
  }

  #header(index: number) {
    return this.#branch.headers[index] as Branch['headers'][number];
  }
}

function refusal(result: Exclude<AcceptResult, { outcome: 'accepted' | 'side-branch' | 'duplicate' }>): Download {
  const incomplete = { outcome: 'incomplete', isDelivered: true, isBusy: false } as const;
  if (result.outcome === 'orphan' || result.outcome === 'refused') return incomplete;
  const { reason, message } = result;
  if (isPassing(reason)) return incomplete;
  return { outcome: 'invalid', reason, message };
}

function sizeOf({ transactions }: Block): number {
  return transactions.reduce((sum, transaction) => sum + transactionSize(transaction), 80);
}
