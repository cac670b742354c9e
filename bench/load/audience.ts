/** Many WebSocket subscribers in a process of their own. */
import { exchange, forkScript } from './loader.ts';

export interface AudienceJob {
  url: string;
  count: number;
  /** The operation that each subscribes to; null: whatever the server sends. */
  query: string | null;
  /** How many of them stop reading as soon as they have subscribed. */
  stuck: number;
}

/** When messages were sent, by the height that they tell of, in {@link clock} milliseconds. */
export type SentTimes = Record<number, number>;

export interface Heard {
  /** Milliseconds from the sending to the arrival, over all subscribers that read. */
  p50: number;
  p99: number;
  /** Messages that never arrived. */
  missing: number;
}

export interface Audience {
  /** Waits for what is under way, and counts. */
  count(sent: SentTimes): Promise<Heard>;
  close(): void;
}

/** Milliseconds of a clock that all processes of the machine share. */
export function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Resolves when all have subscribed. */
export async function gather(job: AudienceJob): Promise<Audience> {
  const child = forkScript(new URL('./subscribers.ts', import.meta.url));
  await exchange(child, job);
  return {
    count: (sent) => exchange<Heard>(child, { sent }),
    close: () => child.kill(),
  };
}
