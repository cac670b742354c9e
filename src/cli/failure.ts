/** The command was understood and the answer is no: one line for stderr, exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
