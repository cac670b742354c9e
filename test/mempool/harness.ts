/** A pool and a chain over one real store, wired as the node wires them. */
import type { Chain } from '../../src/chain/chain.ts';
import { RuleError } from '../../src/domain/errors.ts';
import { postWork, type Transaction, type VerifiedTransaction } from '../../src/domain/transaction.ts';
import type { Mempool } from '../../src/mempool/mempool.ts';
import { PolicyError } from '../../src/mempool/policyError.ts';
import type { PoolEntry } from '../../src/mempool/ports.ts';
import { startChain } from '../chain/harness.ts';
import { makePost, type PostOptions } from '../support/chain.ts';
import { openPool, type PoolOptions } from '../support/pool.ts';
import type { LiveStore } from '../support/store.ts';

/** Milliseconds since 1970 at which the clock of a test's pool stands at first. */
export const START = 1_800_000_000_000;

export interface PoolHarness {
  pool: Mempool;
  chain: Chain;
  store: LiveStore;
  /** Milliseconds since 1970; moves only when a test moves it. */
  clock: { now: number };
  added: PoolEntry[];
  /** `reason id`, in order. */
  dropped: string[];
}

export async function startPool(store: LiveStore, options: PoolOptions = {}): Promise<PoolHarness> {
  const clock = { now: START };
  const added: PoolEntry[] = [];
  const dropped: string[] = [];
  const pool = await openPool(store, () => clock.now, {
    onAdded: (entry) => added.push(entry),
    onContent: (transaction) => chain.reveal([transaction]),
    onDropped: (id, reason) => dropped.push(`${reason} ${id}`),
    ...options,
  });
  const { chain }: { chain: Chain } = await startChain(store, {
    verified: (id) => pool.get(id)?.transaction,
    onChange: (told) => pool.follow(told),
    onRevealed: (transactions) => pool.reveal(transactions),
  });
  return { pool, chain, store, clock, added, dropped };
}

/** A post with exactly so much work of its own. */
export function postWithWork(work: number, options: PostOptions = {}): VerifiedTransaction {
  for (let i = 0; ; i++) {
    const post = makePost({ ...options, content: `${options.content ?? 'post'} ${work}/${i}`, work });
    if (postWork(post.bytes) === work) return post;
  }
}

/** Why an act is refused, or what it gives. What is no refusal is thrown on. */
export async function reasonOf<Result>(act: Promise<Result>): Promise<string | Result> {
  try {
    return await act;
  } catch (error) {
    if (error instanceof RuleError || error instanceof PolicyError) return error.reason;
    throw error;
  }
}

export const ranked = (pool: Mempool): string[] => Array.from(pool.ranked(), ({ transaction }) => transaction.id);

export const idsOf = (posts: readonly Transaction[]): string[] => posts.map(({ id }) => id);

/** The ids of the pool on disk, in order of arrival. */
export async function storedPool({ pool }: LiveStore): Promise<string[]> {
  return (await pool.load()).map(({ transaction }) => transaction.id);
}

/** Where an act waits until the test lets it go on, and the test until somebody waits. */
export class Gate {
  #arrive = () => {};
  #release = () => {};
  readonly reached = new Promise<void>((resolve) => {
    this.#arrive = resolve;
  });
  readonly #opened = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  pass(): Promise<void> {
    this.#arrive();
    return this.#opened;
  }

  open(): void {
    this.#release();
  }
}
