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

/** Calls back once when the signal aborts, at once when it has aborted already. @returns a function that removes the listener. */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  if (signal.aborted) call();
  else signal.addEventListener('abort', call, { once: true });
  return () => signal.removeEventListener('abort', call);
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
