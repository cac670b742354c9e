/** What every kind of attack has, and how it asks. */
import type { Target } from './target.ts';

export interface Kind {
  name: string;
  /** @param effort 1 is the small run; counts grow with it. */
  run(target: Target, effort: number): Promise<void>;
}

export const times = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');

/** Runs so many at a time, one after the other. */
export async function crowd(width: number, count: number, one: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
