import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonValues } from '../../src/graphql/jsonValues.ts';

/** Objects and lists, and what is in them: an empty one counts as one. */
const count = (value: unknown): number =>
  typeof value !== 'object' || value === null
    ? 0
    : Math.max(1, Object.values(value).length) + Object.values(value).reduce((sum: number, one) => sum + count(one), 0);

it('values are counted as the text comes, wherever it is cut', () => {
  const values = fc.jsonValue({ maxDepth: 6 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 9 }), fc.boolean(), (value, size, isSpaced) => {
      const bytes = Buffer.from(JSON.stringify(value, null, isSpaced ? 1 : 0));
      const areMoreThan = (most: number) => {
        const counted = new JsonValues(most);
        for (let at = 0; at < bytes.length; at += size) counted.areTooMany(bytes.subarray(at, at + size));
        return counted.isOver;
      };
      const expected = count(value);
      expect([areMoreThan(expected - 1), areMoreThan(expected)]).toEqual([true, false]);
    }),
  );
});
