/**
 * The miner: one search at a time, however many callers ask for a block. A block found goes through the same door as a
 * stranger's.
 *
 * When the tip moves, the search ends within milliseconds and starts again on the new tip. Each caller waits with its
 * own time limit; when no caller waits any more, the search stops. A clock at which no block can be made is found out
 * before the search.
 */
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { encodeHeader } from '../domain/header.ts';
import { AutomaticMiner } from './automatic.ts';
import { checkClock } from './clockCheck.ts';
import { createMeter } from './meter.ts';
import type { Found, MineRequest, MineResult, MinerDependencies, MinerOptions, MinerProgress } from './ports.ts';
import { blockOf, createTemplate, type Template } from './template.ts';

/** Samples between two lines of progress in the log. */
const LOG_EVERY = 10;

/** One search for one block, and the callers that wait for it. */
interface Job {
  found: Promise<Found>;
  waiting: number;
  /** Ends the job for good. */
  stop: AbortController;
}

const OVERTAKEN = new Error('the search was overtaken');
const CLOSED = new Error('the miner is closed');
const NOBODY_WAITS = new Error('nobody waits for this block any more');

/** Mines blocks of pending posts: one search at a time, shared by all callers. */
export class Miner {
  readonly #dependencies: MinerDependencies;
  readonly #automatic: AutomaticMiner | null;
  readonly #meter: ReturnType<typeof createMeter>;
  #job: Job | null = null;
  #restart = new AbortController();
  #isClosed = false;
  #blocksFound = 0;

  constructor({ automatic }: MinerOptions, dependencies: MinerDependencies) {
    this.#dependencies = dependencies;
    const { pause, log, isSynced } = dependencies;
    const awaitBlock = () => this.#awaitBlock(false, null) as Promise<Found>;
    const mayMine = () => !this.#isClosed && isSynced();
    this.#automatic = automatic ? new AutomaticMiner({ awaitBlock, mayMine, pause, log }) : null;
    this.#meter = createMeter(dependencies.search, () => this.#onSample());
  }

  /** Mines up to `blocks` blocks, sharing the search with other callers. */
  async mine({ blocks, timeoutMs, allowEmpty }: MineRequest): Promise<MineResult> {
    const hashes: Hash[] = [];
    const end = (reason: MineResult): MineResult => (hashes.length > 0 ? { outcome: 'mined', hashes } : reason);
    if (!this.#dependencies.isSynced()) return { outcome: 'syncing', hashes };
    // One derived signal serves all the blocks, since each wait would leave a listener on the caller's.
    const timeout = whenAborted(AbortSignal.timeout(timeoutMs));
    while (hashes.length < blocks) {
      const found = await this.#awaitBlock(allowEmpty, timeout).catch(unlessClosed);
      if (found === 'stopped' || found === 'timed-out') return end({ outcome: found, hashes });
      if (found.outcome === 'clock-wrong') return end({ ...found, hashes });
      if (found.outcome === 'mined') hashes.push(found.hash);
      // Another caller's search found nothing to mine, but this caller accepts an empty block.
      else if (!allowEmpty) break;
    }
    return end({ outcome: 'nothing-to-mine', hashes });
  }

  progress(): MinerProgress {
    const { hashRate, attempts, height, used } = this.#meter;
    const { search } = this.#dependencies;
    return {
      active: height !== null,
      automatic: this.#automatic !== null,
      threads: search.threads,
      kernel: used ? search.kernelName() : null,
      hashRate,
      attempts,
      height,
      blocksFound: this.#blocksFound,
    };
  }

  /** The tip has moved, or a post must not be mined any more: begins anew with what there is now. */
  follow(): void {
    this.#restart.abort(OVERTAKEN);
    this.#automatic?.endPause();
  }

  /** A post may be pending: starts a search if the miner is automatic. */
  wake(): void {
    this.#automatic?.wake();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#automatic?.endPause();
    this.#job?.stop.abort(CLOSED);
    await this.#job?.found.catch(() => {});
    this.#meter.stop();
    await this.#dependencies.search.close();
  }

  /** Waits for the next block, sharing the search with callers that wait already. */
  async #awaitBlock(allowEmpty: boolean, timeout: Promise<'timed-out'> | null): Promise<Found | 'timed-out'> {
    if (this.#isClosed) throw CLOSED;
    this.#job ??= this.#startJob(allowEmpty);
    const joined = this.#job;
    joined.waiting += 1;
    try {
      return await (timeout ? Promise.race([joined.found, timeout]) : joined.found);
    } finally {
      joined.waiting -= 1;
      if (joined.waiting === 0) {
        joined.stop.abort(NOBODY_WAITS);
        if (this.#job === joined) this.#job = null;
      }
    }
  }

  #startJob(allowEmpty: boolean): Job {
    const stop = new AbortController();
    const found = this.#findBlock(allowEmpty, stop.signal).finally(() => {
      if (this.#job?.stop === stop) this.#job = null;
    });
    found.catch(() => {});
    return { found, waiting: 0, stop };
  }

  /** Searches until a block is on the chain, or none can be made. */
  async #findBlock(allowEmpty: boolean, stop: AbortSignal): Promise<Found> {
    const { next, pick, now, firstNonce } = this.#dependencies;
    let earliest = 0;
    for (;;) {
      stop.throwIfAborted();
      this.#restart = new AbortController();
      const moved = this.#restart.signal;
      const asked = await next();
      const fault = checkClock(Math.max(asked.earliest, earliest), now());
      if (fault) return fault;
      const template = createTemplate(asked, Math.max(now(), earliest), firstNonce(), pick);
      // Once more, since another job may have begun its search meanwhile.
      stop.throwIfAborted();
      if (template.transactions.length === 0 && !allowEmpty) return { outcome: 'nothing-to-mine' };
      const block = await this.#searchTemplate(template, AbortSignal.any([stop, moved]), moved);
      if (block && (await this.#offer(block, moved))) return this.#onFound(block, template.height);
      // When every nonce was tried in vain, a new time gives a new header.
      earliest = block || moved.aborted ? 0 : template.header.time + 1;
    }
  }

  #onFound(block: Block, height: number): Found {
    this.#blocksFound += 1;
    const { hash, transactions } = block;
    this.#dependencies.log.info({ height, hash, posts: transactions.length }, 'block found');
    return { outcome: 'mined', hash };
  }

  /** A template made while the tip was moving may hold posts that the new tip holds: then a refusal is no fault. */
  async #offer(block: Block, moved: AbortSignal): Promise<boolean> {
    try {
      return await this.#dependencies.submit(block);
    } catch (error) {
      if (moved.aborted) return false;
      throw error;
    }
  }

  /** Null when the tip moved, or when no nonce will do. */
  async #searchTemplate(template: Template, signal: AbortSignal, moved: AbortSignal): Promise<Block | null> {
    if (moved.aborted) return null;
    const { search, onProgress } = this.#dependencies;
    this.#meter.start(template.height);
    onProgress();
    try {
      const nonce = await search.search(encodeHeader(template.header), template.target, signal);
      return nonce === null ? null : blockOf(template, nonce);
    } catch (error) {
      if (error === OVERTAKEN) return null;
      throw error;
    } finally {
      this.#meter.stop();
      onProgress();
    }
  }

  #onSample(): void {
    const { log, onProgress } = this.#dependencies;
    onProgress();
    if (this.#meter.samples % LOG_EVERY === 0) log.info({ ...this.progress() }, 'mining');
  }
}

function unlessClosed(error: unknown): 'stopped' {
  if (error === CLOSED) return 'stopped';
  throw error;
}

function whenAborted(signal: AbortSignal): Promise<'timed-out'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('timed-out');
    signal.addEventListener('abort', () => resolve('timed-out'), { once: true });
  });
}
