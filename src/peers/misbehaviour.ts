/** The other node sent what no honest node sends: it lies, or its build is broken. */
export class Misbehaviour extends Error {
  override readonly name = 'Misbehaviour';
  /** Added to the ban score: 100 is a ban. */
  readonly penalty: number;

  constructor(penalty: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.penalty = penalty;
  }
}
