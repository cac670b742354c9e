/**
 * What happens beside the pool (a move of the tip, an operator's decision), one after the other; and the way back when
 * memory and disk are at odds, because one of these failed half-way: the pool is loaded again, until that succeeds.
 */
import { RuleError } from '../domain/errors.ts';
import { PolicyError } from './policyError.ts';

/** Milliseconds between a fault and the first try to load the pool again; each further wait is twice as long. */
const FIRST_WAIT = 50;
const LONGEST_WAIT = 30_000;

interface EpochDependencies {
  /** Puts into memory what the disk says. */
  reload(): Promise<void>;
  onReloaded(): void;
  /** Resolves when the time is over or the signal aborts. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export class Epochs {
  readonly #dependencies: EpochDependencies;
  #current = Promise.resolve();
  #fault: { error: unknown } | null = null;
  readonly #busy = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(dependencies: EpochDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Resolves when the pool has followed the last thing that happened. Once there is another one, what was looked up before
   * may be false.
   */
  get current(): Promise<void> {
    return this.#current;
  }

  /** Whether memory may differ from the disk. */
  get isAtOdds(): boolean {
    return this.#fault !== null;
  }

  /** @throws what has put memory and disk at odds, while they are. */
  assertAgreement(): void {
    if (this.#fault) throw this.#fault.error;
  }

  /** Runs an act in an epoch of its own, on memory that agrees with the disk. */
  run(act: () => Promise<void>): Promise<void> {
    const done = this.#current.then(() => this.#recover()).then(act);
    this.#current = done.catch(() => {});
    return done;
  }

  /** Does what goes on beside the epochs, so that {@link close} waits for it. */
  watch<Result>(act: () => Promise<Result>): Promise<Result> {
    const work = act();
    this.#busy.add(work);
    return work.finally(() => this.#busy.delete(work));
  }

  /** Ends the tries to load the pool again, and waits until what was begun before is done. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#busy);
    await this.#current;
  }

  /** Does what leaves memory and disk at odds when it fails half-way. A refusal is no failure. */
  async guard<Result>(act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof RuleError || error instanceof PolicyError)) this.#lose(error);
      throw error;
    }
  }

  #lose(error: unknown): void {
    const isFirst = this.#fault === null;
    this.#fault = { error };
    if (isFirst) void this.#retry();
  }

  async #retry(): Promise<void> {
    const { signal } = this.#closing;
    for (let wait = FIRST_WAIT; this.#fault && !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      await this.#dependencies.pause(wait, signal);
      if (!signal.aborted) await this.run(async () => {}).catch(() => {});
    }
  }

  async #recover(): Promise<void> {
    if (this.#fault === null) return;
    await this.#dependencies.reload();
    this.#fault = null;
    this.#dependencies.onReloaded();
  }
}
