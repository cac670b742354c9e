/** Counts how many steps of some work fall into one turn of the event loop. */
export class StepsOfTurns {
  #inThisTurn = 0;
  #most = 0;
  #isOver = false;

  constructor() {
    this.#watch();
  }

  step(): void {
    this.#inThisTurn += 1;
    this.#most = Math.max(this.#most, this.#inThisTurn);
  }

  /** Ends the count. @returns the most steps of a turn. */
  end(): number {
    this.#isOver = true;
    return this.#most;
  }

  #watch(): void {
    this.#inThisTurn = 0;
    if (!this.#isOver) setImmediate(() => this.#watch());
  }
}
