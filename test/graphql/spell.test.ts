import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import { Allowance } from '../../src/graphql/allowance.ts';
import type { Context } from '../../src/graphql/context.ts';
import { spell, spellAnswer } from '../../src/graphql/spell.ts';
import { throwDice } from '../support/dice.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

it(`an answer is written as JSON.stringify writes it (seed ${seed})`, async () => {
  const dice = throwDice(seed);
  const text = () => dice.pick(['a', '"', '\\', '\n', '\u0000', 'é', '石', '🜂', '\ud83d', '\ude00', '\u2028']);
  const value = (depth: number): unknown => {
    if (depth > 3 || dice.chance(0.3)) {
      return dice.pick<() => unknown>([
        () => text().repeat(dice.pick([0, 1, 40, 70_000])) + text(),
        () => dice.between(-9, 9) / 4,
        () => Number.NaN,
        () => null,
        () => undefined,
        () => dice.chance(0.5),
        () => new Date(dice.between(0, 2 ** 40)),
      ])();
    }
    const length = dice.pick([0, 1, 3, 12]);
    if (dice.chance(0.5)) return Array.from({ length }, () => value(depth + 1));
    return Object.assign(
      Object.create(null),
      Object.fromEntries(Array.from({ length }, (_, i) => [text() + i, value(depth + 1)])),
    );
  };
  let inParts = 0;
  for (let i = 0; i < 60; i++) {
    const result = { errors: [new GraphQLError('no')], data: { value: value(0) } };
    const spelled = spell(result, () => Promise.resolve());
    if (typeof spelled !== 'string') inParts += 1;
    expect(await spelled).toBe(JSON.stringify(result));
  }
  expect(inParts).toBeGreaterThan(0);
});

it('writing gives turns to others during a long answer, and none during a short one', async () => {
  let turns = 0;
  const pace = async () => {
    turns += 1;
  };
  expect(spell({ data: { height: 7 } }, pace)).toBe('{"data":{"height":7}}');
  expect(turns).toBe(0);
  await spell({ data: { ids: Array.from({ length: 20_000 }, () => '0'.repeat(64)) } }, pace);
  expect(turns).toBeGreaterThan(15);
  turns = 0;
  await spell({ data: { listing: 'x'.repeat(8 * 1_048_576) } }, pace);
  expect(turns).toBeGreaterThan(100);
});

it('writing ends when nobody waits for the answer any more', async () => {
  const gone = new Error('gone');
  await expect(spell({ data: { listing: 'x'.repeat(1_000_000) } }, () => Promise.reject(gone))).rejects.toBe(gone);
});

it('an answer of low cost and few texts is written at once, and any other is measured first', async () => {
  const result = { data: { listing: 'x'.repeat(300_000) } };
  const spelled = (cost: number, texts: string) => {
    const allowance = new Allowance(1_000_000);
    allowance.spend(texts);
    return spellAnswer(result, { client: { cost }, allowance, pace: async () => {} } as unknown as Context);
  };
  expect(spelled(1_000, '')).toBe(JSON.stringify(result));
  for (const long of [spelled(1_001, ''), spelled(1_000, result.data.listing)]) {
    expect(long).toBeInstanceOf(Promise);
    expect(await long).toBe(JSON.stringify(result));
  }
});
