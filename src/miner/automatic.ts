/**
 * Mining without being asked, as long as a post is pending. An error or a wrong clock does not end it: the miner tries
 * again after a pause, and says why it waits once, not at every try.
 */
import type { Logger } from 'pino';
import type { ClockFault, Found } from './ports.ts';

/** Milliseconds before the first try after an error; each further error doubles the pause. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;
/** The longest time in milliseconds to wait for the clock without a look at it, since it may be set. */
const CLOCK_PAUSE = 10_000;

interface AutomaticDependencies {
  /** Waits for the next block; rejects when the search failed, and once the miner is closed. */
  awaitBlock(): Promise<Found>;
  /** Whether to mine at all now. */
  mayMine(): boolean;
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  log: Logger;
}

/** Mines whenever a post is pending, and tries again with growing pauses after an error. */
export class AutomaticMiner {
  readonly #dependencies: AutomaticDependencies;
  #isRunning = false;
  /** Set by every call of {@link wake}, so that a post which arrives just when nothing was found is not missed. */
  #isWoken = false;
  #failures = 0;
  /** The trouble that the log has told and that is not over. */
  #told: string | null = null;
  #resting = new AbortController();

  constructor(dependencies: AutomaticDependencies) {
    this.#dependencies = dependencies;
  }

  /** A post may be pending. */
  wake(): void {
    this.#isWoken = true;
    if (!this.#isRunning) void this.#run();
  }

  /** Ends a pause: the tip has moved, and its cause may have gone with the old one; or the miner closes. */
  endPause(): void {
    this.#resting.abort();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#isWoken && this.#dependencies.mayMine()) {
        this.#isWoken = false;
        await this.#mineAll();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #mineAll(): Promise<void> {
    while (this.#dependencies.mayMine()) {
      const found = await this.#dependencies.awaitBlock().catch((error: unknown) => ({ error }));
      if ('error' in found) await this.#restAfter(found.error);
      else if (found.outcome === 'clock-wrong') await this.#waitForClock(found);
      else {
        this.#recovered();
        if (found.outcome === 'nothing-to-mine') return;
      }
    }
  }

  async #restAfter(error: unknown): Promise<void> {
    if (!this.#dependencies.mayMine()) return;
    const milliseconds = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
    this.#failures += 1;
    this.#tell(String(error), (log) => log.error({ err: error }, 'mining failed; trying again until it succeeds'));
    await this.#pause(milliseconds);
  }

  async #waitForClock({ message, waitSeconds }: ClockFault): Promise<void> {
    this.#tell('clock', (log) => log.warn({ waitSeconds }, `mining waits for the clock. ${message}`));
    await this.#pause(Math.min((waitSeconds ?? Number.POSITIVE_INFINITY) * 1_000, CLOCK_PAUSE));
  }

  #tell(trouble: string, write: (log: Logger) => void): void {
    if (this.#told === trouble) return;
    this.#told = trouble;
    write(this.#dependencies.log);
  }

  #recovered(): void {
    this.#failures = 0;
    if (this.#told === null) return;
    this.#told = null;
    this.#dependencies.log.info('mining goes on');
  }

  async #pause(milliseconds: number): Promise<void> {
    this.#resting = new AbortController();
    await this.#dependencies.pause(milliseconds, this.#resting.signal);
  }
}
