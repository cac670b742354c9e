/** Signals that end what is under way. */

/** How long a piece of work may go on: until its signal aborts, or the work releases it. */
export interface Lifetime {
  signal: AbortSignal;
  /** Removes the listeners from the signals that were followed, which may live much longer. */
  release(): void;
}

/** Follows all of the given signals. */
export function lifetimeOf(...signals: (AbortSignal | undefined)[]): Lifetime {
  const controller = new AbortController();
  const followed = signals.filter((signal) => signal !== undefined);
  const releases = followed.map((signal) => onAbort(signal, () => controller.abort(signal.reason)));
  return {
    signal: controller.signal,
    release() {
      for (const release of releases) release();
    },
  };
}

/**
 * The calls that wait for a signal, under one listener: an application's requests and pauses may follow one signal by the hundred,
 * and Node warns of a leak from the eleventh listener on.
 */
class Calls extends Set<() => void> {
  handleEvent(): void {
    for (const call of this) call();
  }
}

const callsOf = new WeakMap<AbortSignal, Calls>();

/** Calls back once when the signal aborts, at once when it has aborted already. @returns a function that calls this off. */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  if (signal.aborted) {
    call();
    return () => {};
  }
  const calls = callsOf.get(signal) ?? new Calls();
  callsOf.set(signal, calls.add(call));
  // A listener that is there already is not added again.
  signal.addEventListener('abort', calls);
  return () => {
    calls.delete(call);
    if (calls.size === 0) signal.removeEventListener('abort', calls);
  };
}

/** Waits, or until the signal aborts. Leaves no listener on the signal, which may outlive many pauses. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let release = () => {};
  try {
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
      release = onAbort(signal, resolve);
    });
  } finally {
    clearTimeout(timer);
    release();
  }
}

/** Lets others have a turn, in the middle of long work. @throws the signal's reason, once it has aborted. */
export async function nextTurn(signal: AbortSignal): Promise<void> {
  await pause(0, signal);
  signal.throwIfAborted();
}
