/** Goes on after a lost connection, again and again, with growing pauses. */
import { ClientError } from './errors.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** How time passes. Tests give their own. */
export interface Timing {
  /** Resolves when the time is over, or the signal aborts. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

/** How {@link resume} goes on. */
export interface ResumeOptions {
  signal: AbortSignal;
  timing: Timing;
  /** Told why a connection was lost, and how long the pause before the next try is. */
  onLost?: ((why: ClientError, milliseconds: number) => void) | undefined;
}

/**
 * The items of one connection after the other, until the signal aborts.
 * @param open opens a connection that begins where the items taken so far have ended.
 * @throws ClientError when another try would not help; the signal's reason.
 */
export async function* resume<Item>(
  open: () => AsyncIterable<Item>,
  { signal, timing, onLost }: ResumeOptions,
): AsyncGenerator<Item, never> {
  for (let failures = 0; ; failures++) {
    let why = new ClientError('UNREACHABLE', 'the node ended the stream');
    try {
      for await (const item of open()) {
        failures = 0;
        yield item;
      }
    } catch (error) {
      if (!passes(error)) throw error;
      why = error;
    }
    signal.throwIfAborted();
    // Spread, so that the clients of a node that comes back do not all come at once.
    const spread = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS) * (0.5 + timing.random() / 2);
    const asked = why.errors.map(({ retryAfterMs }) => Math.min(retryAfterMs ?? 0, LONGEST_PAUSE_MS));
    const wait = Math.max(spread, ...asked);
    onLost?.(why, wait);
    await timing.pause(wait, signal);
    signal.throwIfAborted();
  }
}

function passes(error: unknown): error is ClientError {
  if (!(error instanceof ClientError)) return false;
  // Other errors, such as a cursor of another network, end the generator.
  if (error.code === 'REFUSED') return error.errors.every(({ retryable }) => retryable);
  return ['UNREACHABLE', 'TIMEOUT', 'READER_TOO_SLOW'].includes(error.code);
}
