/**
 * A value, or the promise of one. What thousands share is known to all but the first of them, and each promise that
 * need not be waited for is time that the next of them gets.
 */
export type Eventually<Value> = Value | Promise<Value>;

/** Goes on with a value: at once when it is known. */
export function whenKnown<Value, Next>(
  value: Eventually<Value>,
  next: (value: Value) => Eventually<Next>,
): Eventually<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
