import type { StepsSubscription } from '../../generated/graphql.ts';

export type Step = StepsSubscription['chainChanged'];

/**
 * Steps of the chain, taken one after the other: a step may have to ask for the posts of its block. While the newest
 * posts are read, steps are held back and taken after that.
 */
export class Steps {
  readonly #take: (step: Step) => Promise<void>;
  readonly #onFailure: () => void;
  #last: Promise<void> = Promise.resolve();
  #held: Step[] | null = null;
  /** Raised to give up the steps that wait: their connection is over, or a step before them failed. */
  #line = 0;

  constructor(take: (step: Step) => Promise<void>, onFailure: () => void) {
    this.#take = take;
    this.#onFailure = onFailure;
  }

  get isHeld(): boolean {
    return this.#held !== null;
  }

  /** Gives up what waits: a new connection begins after the last step that was taken. */
  giveUp(): void {
    this.#line += 1;
    if (this.#held) this.#held = [];
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const steps = this.#held ?? [];
    this.#held = null;
    for (const step of steps) this.add(step);
  }

  add(step: Step): void {
    const line = this.#line;
    const take = async () => {
      if (line !== this.#line) return;
      if (this.#held) this.#held.push(step);
      else await this.#take(step);
    };
    this.#last = this.#last.then(take).catch(() => {
      if (line !== this.#line) return;
      this.#line += 1;
      this.#onFailure();
    });
  }
}
