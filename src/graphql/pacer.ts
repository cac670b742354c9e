/** Milliseconds of a turn of the event loop that all requests have together. */
export const REQUESTS_A_TURN = 10;

/**
 * Shares the event loop. Work of many steps asks before each step; within one turn of the loop there is time for so
 * many milliseconds of steps, and those that come later go on in one of the next turns, in the order in which they asked.
 * So a thousand who catch up with the chain, or a hundred who ask at once, hold up no other work for longer than one slice.
 */
export class Pacer {
  readonly #slice: number;
  readonly #waiting: (() => void)[] = [];
  /** When the steps of this turn must stop beginning, in the milliseconds of `performance.now`. */
  #until = 0;
  #isScheduled = false;
  #isStepDone = false;

  /** @param slice milliseconds of each turn. */
  constructor(slice: number) {
    this.#slice = slice;
  }

  /** @returns null when the step may begin, at once and not a promise later; else what must be waited for. */
  ask(): Promise<void> | null {
    // A slice that begins with what the network brings lasts until the immediates of the next turn: those of this turn
    // still come, and would begin a second slice in it.
    if (!this.#isScheduled) this.#begin((next) => setImmediate(setImmediate, next));
    else if (this.#waiting.length > 0 || performance.now() >= this.#until)
      return new Promise((resolve) => this.#waiting.push(resolve));
    return null;
  }

  /** Whether a step that has begun in this turn may be followed by one more, though others wait. */
  hasTime(): boolean {
    return performance.now() < this.#until;
  }

  /** Says that the step which was waited for is over: the next one may begin at once. */
  stepDone(): void {
    this.#isStepDone = true;
  }

  #begin(schedule: (next: () => void) => void): void {
    this.#until = performance.now() + this.#slice;
    this.#isScheduled = true;
    schedule(() => void this.#nextTurn());
  }

  async #nextTurn(): Promise<void> {
    this.#isScheduled = false;
    if (this.#waiting.length === 0) return;
    this.#begin(setImmediate);
    do {
      const resume = this.#waiting.shift();
      if (!resume) return;
      this.#isStepDone = false;
      resume();
      // A step runs in microtasks: some rounds of them, so that its time is known before the next one begins.
      for (let round = 0; round < ROUNDS && !this.#isStepDone; round++) await null;
    } while (performance.now() < this.#until);
  }
}

/** Microtasks that most steps are done within. */
const ROUNDS = 60;
