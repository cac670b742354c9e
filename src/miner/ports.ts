/** What the miner asks of the rest of the node, and what it answers. */
import type { Logger } from 'pino';
import type { NextHeader } from '../chain/ports.ts';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { VerifiedTransaction } from '../domain/transaction.ts';
import type { Search } from './search.ts';
import type { PickLimits } from './template.ts';

export interface MinerOptions {
  /** Mine without being asked whenever a post is pending. */
  automatic: boolean;
}

/** What the miner asks of the chain and the pool. */
export interface MinerDependencies {
  search: Search;
  next(): Promise<NextHeader>;
  pick(limits: PickLimits): VerifiedTransaction[];
  /** True: the block is on the best chain now. False: another block was faster. Throws when the block was refused. */
  submit(block: Block): Promise<boolean>;
  /** Whether the chain is as new as the node knows of; on an old tip mining is a waste. */
  isSynced(): boolean;
  /** Seconds since 1970. */
  now(): number;
  /** The random first nonce of a search, 0 to 2^32 - 1, so that no two nodes do the same work. */
  firstNonce(): number;
  /** Resolves after about so many milliseconds, and early when the signal is aborted. Never rejects. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  log: Logger;
  /** Called when a search starts or ends, and every second in between. */
  onProgress(): void;
}

/** The state of the miner now. */
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

/** One call of `mine`. */
export interface MineRequest {
  blocks: number;
  timeoutMs: number;
  allowEmpty: boolean;
}

/** Why no block can be made at this time of the clock. */
export interface ClockFault {
  outcome: 'clock-wrong';
  /** One line for the operator, with the way out. */
  message: string;
  /** Seconds until a block can be made; null when waiting does not help. */
  waitSeconds: number | null;
}

/** What became of the search for one block. */
export type Found = { outcome: 'mined'; hash: Hash } | { outcome: 'nothing-to-mine' } | ClockFault;

/** The answer to one call of `mine`. */
export interface MineResult {
  /** `mined` as soon as there was one block, whatever ended the request after that. */
  outcome: Found['outcome'] | 'timed-out' | 'syncing' | 'stopped';
  /** Oldest first. */
  hashes: Hash[];
  /** With `clock-wrong`: see {@link ClockFault}. */
  message?: string;
  waitSeconds?: number | null;
}
