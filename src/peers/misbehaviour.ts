/** The other node sent what no honest node sends: it lies, or its build is broken. */
export class Misbehaviour extends Error {
  override readonly name = 'Misbehaviour';
  /** Out of 100, at which it is banned. */
  readonly points: number;

  constructor(points: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.points = points;
  }
}
