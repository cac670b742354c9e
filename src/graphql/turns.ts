import { problem } from './errors.ts';

/** Operations of one client that may wait for their turn. */
const MAX_WAITING = 1_000;

interface Line {
  running: number;
  /** Starters of the operations that wait, in order of arrival. */
  waiting: Set<() => void>;
}

/**
 * Lets so many operations of each client run at once. The others wait in their order; those whose clients wait no
 * more leave the line.
 */
export class Turns {
  readonly #most: number;
  readonly #lines = new Map<string, Line>();

  /** @param most operations of one client at once. */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * @returns how to end the turn, once it has come. Rejects with the reason of `signal` when that aborts first.
   * @throws GraphQLError TOO_MANY_REQUESTS.
   */
  async take(client: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const line = this.#lines.get(client) ?? { running: 0, waiting: new Set() };
    this.#lines.set(client, line);
    const end = () => this.#end(client, line);
    if (line.running < this.#most) {
      line.running += 1;
      return end;
    }
    if (line.waiting.size >= MAX_WAITING)
      throw problem('TOO_MANY_REQUESTS', `${MAX_WAITING} of your requests wait already`);
    return new Promise((resolve, reject) => {
      const leave = () => {
        line.waiting.delete(start);
        reject(signal.reason);
      };
      const start = () => {
        signal.removeEventListener('abort', leave);
        line.waiting.delete(start);
        line.running += 1;
        resolve(end);
      };
      line.waiting.add(start);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #end(client: string, line: Line): void {
    line.running -= 1;
    const [next] = line.waiting;
    next?.();
    if (line.running === 0) this.#lines.delete(client);
  }
}
