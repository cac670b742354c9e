import { expect, it } from 'vitest';
import { pacedReader } from '../../src/graphql/pacedReader.ts';
import { Pacer } from '../../src/graphql/pacer.ts';
import type { Reader } from '../../src/store/ports.ts';

it('reads run in the order of the requests, and leave turns of the event loop to others', async () => {
  const read: string[] = [];
  let turn = 0;
  const turns = new Set<number>();
  const next = () => {
    turn += 1;
    if (read.length < 50) setImmediate(next);
  };
  setImmediate(next);
  const slow: Partial<Reader> = {
    async dropReason(id) {
      const until = performance.now() + 1;
      while (performance.now() < until);
      read.push(id);
      turns.add(turn);
      return null;
    },
  };
  const paced = pacedReader(slow as Reader, new Pacer(5));
  const ids = Array.from({ length: 50 }, (_, i) => `${i}`);
  await Promise.all(ids.map((id) => paced.dropReason(id)));
  expect(read).toEqual(ids);
  // Fifty milliseconds of work in slices of five.
  expect(turns.size).toBeGreaterThanOrEqual(8);
});
