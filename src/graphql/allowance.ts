/** The budget of one operation, counted down while it runs, because texts differ in length a thousandfold. */
import { problem } from './errors.ts';

/** The bytes of text that one answer may still hold, and the time that its operation has. */
export class Allowance {
  readonly #limit: number;
  #left: number;
  /** Restarts the operation's time budget, in milliseconds; null: unlimited, for work with a limit of its own. */
  setTimeLimit: (milliseconds: number | null) => void = () => {};

  /** @param limit bytes of text that an answer may hold. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** Bytes counted so far. */
  get spent(): number {
    return this.#limit - this.#left;
  }

  get isOverdrawn(): boolean {
    return this.#left < 0;
  }

  /**
   * Counts a text as JSON will spell it, which can take six times its length.
   * @throws GraphQLError RESPONSE_TOO_LARGE.
   */
  spend(text: string): string {
    // Once it is overdrawn, the length of no other text is worth finding out.
    this.count(this.isOverdrawn ? 0 : Buffer.byteLength(JSON.stringify(text)));
    return text;
  }

  /**
   * Counts bytes of an answer.
   * @throws GraphQLError RESPONSE_TOO_LARGE.
   */
  count(bytes: number): void {
    this.#left -= bytes;
    if (this.isOverdrawn) throw this.refusal();
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
