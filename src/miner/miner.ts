/**
 * The miner: one search at a time, however many ask for it. A block found goes through the same door as a stranger's.
 *
 * When the tip moves, the search ends within milliseconds and starts again on the new tip. Each caller waits with its
 * own time limit; when nobody waits any more, the search stops.
 */
import type { Logger } from 'pino';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { encodeHeader } from '../domain/header.ts';
import type { VerifiedTransaction } from '../domain/transaction.ts';
import { createMeter } from './meter.ts';
import type { Search } from './search.ts';
import { blockOf, createTemplate, type NextHeader, type PickLimits, type Template } from './template.ts';

/** Samples between two lines of progress in the log. */
const LOG_EVERY = 10;

export interface MinerOptions {
  /** Mine by itself whenever something is pending. */
  automatic: boolean;
}

export interface MinerDependencies {
  search: Search;
  next(): Promise<NextHeader>;
  pick(limits: PickLimits): VerifiedTransaction[];
  /** True: the block is on the best chain now. False: another was faster. Throws when it was refused. */
  submit(block: Block): Promise<boolean>;
  /** Whether the chain is as new as the node knows of; on an old tip mining is a waste. */
  isSynced(): boolean;
  /** Seconds since 1970. */
  now(): number;
  log: Logger;
  /** Called when a search starts or ends, and every second in between. */
  onProgress(): void;
}

export interface MinerProgress {
  active: boolean;
  automatic: boolean;
  threads: number;
  /** Null before the first search. */
  kernel: string | null;
  /** Hashes a second over the last second; 0 when idle. */
  hashRate: number;
  /** Hashes tried for the block that is being searched. */
  attempts: number;
  height: number | null;
  blocksFound: number;
}

export interface MineRequest {
  blocks: number;
  timeoutMs: number;
  allowEmpty: boolean;
}

export interface MineResult {
  outcome: 'mined' | 'nothing-to-mine' | 'timed-out' | 'syncing' | 'stopped';
  /** Oldest first. */
  hashes: Hash[];
}

export interface Miner {
  mine(request: MineRequest): Promise<MineResult>;
  progress(): MinerProgress;
  /** The tip has moved, or a post must not be mined any more: begins anew with what there is now. */
  follow(): void;
  /** Something may be pending: starts a search if the miner is automatic. */
  wake(): void;
  close(): Promise<void>;
}

/** One search for one block, and those who wait for it. */
interface Job {
  /** The block's hash, or null when there was nothing to mine. */
  found: Promise<Hash | null>;
  waiting: number;
  /** Ends the job for good. */
  stop: AbortController;
}

const OVERTAKEN = new Error('the search was overtaken');
const CLOSED = new Error('the miner is closed');
const NOBODY_WAITS = new Error('nobody waits for this block any more');

export function createMiner({ automatic }: MinerOptions, dependencies: MinerDependencies): Miner {
  const { search, next, pick, submit, isSynced, now, log, onProgress } = dependencies;
  let job: Job | null = null;
  let restart = new AbortController();
  let closed = false;
  let blocksFound = 0;
  const meter = createMeter(search, () => {
    onProgress();
    if (meter.samples % LOG_EVERY === 0) log.info({ ...progress() }, 'mining');
  });

  function progress(): MinerProgress {
    const { hashRate, attempts, height, used } = meter;
    const kernel = used ? search.kernelName() : null;
    return {
      active: height !== null,
      automatic,
      threads: search.threads,
      kernel,
      hashRate,
      attempts,
      height,
      blocksFound,
    };
  }

  /** Searches until a block is on the chain; null when there is nothing to put into it. */
  async function findBlock(allowEmpty: boolean, stop: AbortSignal): Promise<Hash | null> {
    let earliest = 0;
    for (;;) {
      stop.throwIfAborted();
      restart = new AbortController();
      const moved = restart.signal;
      const template = createTemplate(await next(), Math.max(now(), earliest), pick);
      // Once more, since another job may have begun its search meanwhile.
      stop.throwIfAborted();
      if (template.transactions.length === 0 && !allowEmpty) return null;
      const block = await searchTemplate(template, AbortSignal.any([stop, moved]), moved);
      if (block && (await offer(block, moved))) {
        blocksFound += 1;
        log.info({ height: template.height, hash: block.hash, posts: block.transactions.length }, 'block found');
        return block.hash;
      }
      // When every nonce was tried in vain, another time gives new ones.
      earliest = block || moved.aborted ? 0 : template.header.time + 1;
    }
  }

  /** A template made while the tip was moving may hold posts that the new tip holds: to refuse it is no fault then. */
  async function offer(block: Block, moved: AbortSignal): Promise<boolean> {
    try {
      return await submit(block);
    } catch (error) {
      if (moved.aborted) return false;
      throw error;
    }
  }

  /** Null when the tip moved, or when no nonce will do. */
  async function searchTemplate(template: Template, signal: AbortSignal, moved: AbortSignal): Promise<Block | null> {
    if (moved.aborted) return null;
    meter.start(template.height);
    onProgress();
    try {
      const nonce = await search.search(encodeHeader(template.header), template.target, signal);
      return nonce === null ? null : blockOf(template, nonce);
    } catch (error) {
      if (error === OVERTAKEN) return null;
      throw error;
    } finally {
      meter.stop();
      onProgress();
    }
  }

  function startJob(allowEmpty: boolean): Job {
    const stop = new AbortController();
    const found = findBlock(allowEmpty, stop.signal).finally(() => {
      if (job?.stop === stop) job = null;
    });
    found.catch(() => {});
    return { found, waiting: 0, stop };
  }

  /** Waits for the next block, sharing the search with whoever waits already. */
  async function awaitBlock(
    allowEmpty: boolean,
    timeout: Promise<'timed-out'> | null,
  ): Promise<Hash | null | 'timed-out'> {
    if (closed) throw CLOSED;
    job ??= startJob(allowEmpty);
    const joined = job;
    joined.waiting += 1;
    try {
      return await (timeout ? Promise.race([joined.found, timeout]) : joined.found);
    } finally {
      joined.waiting -= 1;
      if (joined.waiting === 0) {
        joined.stop.abort(NOBODY_WAITS);
        if (job === joined) job = null;
      }
    }
  }

  async function mine({ blocks, timeoutMs, allowEmpty }: MineRequest): Promise<MineResult> {
    const hashes: Hash[] = [];
    if (!isSynced()) return { outcome: 'syncing', hashes };
    // One for all the blocks: each look at the signal would leave a listener on it.
    const timeout = whenAborted(AbortSignal.timeout(timeoutMs));
    while (hashes.length < blocks) {
      const found = await awaitBlock(allowEmpty, timeout).catch(unlessClosed);
      if (found === 'stopped') return { outcome: hashes.length > 0 ? 'mined' : 'stopped', hashes };
      if (found === 'timed-out') return { outcome: hashes.length > 0 ? 'mined' : 'timed-out', hashes };
      if (found !== null) hashes.push(found);
      // Someone else's search found nothing to mine; an empty block can always be had.
      else if (!allowEmpty) break;
    }
    return { outcome: hashes.length > 0 ? 'mined' : 'nothing-to-mine', hashes };
  }

  let awake = false;
  let woken = false;
  /** Mines as long as something is pending. Holds a place in each job, so that no caller's leaving stops it. */
  async function mineOn(): Promise<void> {
    woken = true;
    if (awake || closed || !isSynced()) return;
    awake = true;
    try {
      // A post may arrive just when nothing was found.
      while (woken) {
        woken = false;
        while (!closed && (await awaitBlock(false, null)) !== null);
      }
    } catch (error) {
      if (!closed) log.error({ err: error }, 'automatic mining stopped until the next post arrives');
    } finally {
      awake = false;
    }
  }

  return {
    mine,
    progress,
    follow: () => restart.abort(OVERTAKEN),
    wake() {
      if (automatic) void mineOn();
    },
    async close() {
      closed = true;
      job?.stop.abort(CLOSED);
      await job?.found.catch(() => {});
      meter.stop();
      await search.close();
    },
  };
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
