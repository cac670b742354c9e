/** What one operation may still take: counted while it runs, because texts differ in length a thousandfold. */
import { problem } from './errors.ts';

export class Allowance {
  readonly #limit: number;
  #left: number;
  /** Takes the time limit off this operation: for `mine`, which has one of its own. */
  liftTimeLimit: () => void = () => {};

  /** @param limit bytes of text that an answer may hold. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  get isOverdrawn(): boolean {
    return this.#left < 0;
  }

  /**
   * Counts a text as JSON will spell it, which can take six times its length.
   * @throws GraphQLError RESPONSE_TOO_LARGE.
   */
  spend(text: string): string {
    if (this.#left >= 0) this.#left -= Buffer.byteLength(JSON.stringify(text));
    if (this.isOverdrawn) throw this.refusal();
    return text;
  }

  /** A subscription's next event is an answer of its own. */
  renew(): void {
    this.#left = this.#limit;
  }

  refusal() {
    return problem(
      'RESPONSE_TOO_LARGE',
      `the texts of an answer have at most ${this.#limit} bytes: ask for a smaller page`,
    );
  }
}
