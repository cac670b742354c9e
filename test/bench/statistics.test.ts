import { describe, expect, it } from 'vitest';
import type { Finding } from '../../bench/runner/row.ts';
import { judge, margin, quantile, summarise, takeTurns } from '../../bench/runner/statistics.ts';

const finding = (change: Partial<Finding>): Finding => ({
  name: 'x',
  unit: '/s',
  ours: [10, 20, 30],
  reference: null,
  goal: null,
  ...change,
});

describe('a list of numbers', () => {
  it('has a median and extremes', () => {
    expect(summarise([30, 10, 20])).toEqual({ median: 20, least: 10, most: 30 });
    expect(summarise([1, 2]).median).toBe(1.5);
    expect(() => summarise([])).toThrow(RangeError);
  });

  it('has quantiles in proportion between neighbours', () => {
    const values = Array.from({ length: 101 }, (_, i) => 100 - i);
    expect([0, 0.25, 0.99, 1].map((q) => quantile(values, q))).toEqual([0, 25, 99, 100]);
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
  });
});

describe('a verdict', () => {
  it('divides round by round before it takes the median', () => {
    // In the third round the machine was busy: both sides were slow, and their ratio tells nothing of it.
    const { ratio } = judge(finding({ ours: [10, 10, 1], reference: { name: 'r', values: [5, 5, 0.5] } }));
    expect(ratio).toEqual({ median: 2, least: 2, most: 2 });
  });

  it.each([
    [{ atLeast: 20 }, true],
    [{ atLeast: 21 }, false],
    [{ atMost: 20 }, true],
    [{ atMost: 19 }, false],
  ])('on %o is %s for a middle of 20', (goal, reached) => {
    expect(judge(finding({ goal })).reached).toBe(reached);
  });

  it('is of the ratio where there is a reference', () => {
    const reference = { name: 'r', values: [100, 100, 100] };
    expect(judge(finding({ reference, goal: { atLeast: 0.2 } })).reached).toBe(true);
    expect(judge(finding({ reference, goal: { atLeast: 0.3 } })).reached).toBe(false);
  });

  it('says when rounds disagree', () => {
    expect(judge(finding({ goal: { atLeast: 20 } })).unsure).toBe(true);
    expect(judge(finding({ goal: { atLeast: 10 } })).unsure).toBe(false);
    expect(judge(finding({ goal: { atLeast: 31 } })).unsure).toBe(false);
  });

  it('is absent without a goal', () => {
    expect(judge(finding({}))).toMatchObject({ reached: null, unsure: false });
  });

  it('refuses rounds without their reference', () => {
    expect(() => judge(finding({ reference: { name: 'r', values: [1] } }))).toThrow(RangeError);
  });

  it('tells how far a value is from its goal, in either direction', () => {
    expect(margin(3, { atLeast: 2 })).toBe(1.5);
    expect(margin(3, { atMost: 6 })).toBe(2);
  });
});

describe('taking turns', () => {
  it('lets another way begin in each round, and keeps the rounds together', async () => {
    const order: string[] = [];
    const way = (name: string) => async (round: number) => {
      order.push(`${name}${round}`);
      return round * 10 + name.charCodeAt(0);
    };
    const values = await takeTurns(3, { a: way('a'), b: way('b') });
    expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
    expect(values).toEqual({ a: [97, 107, 117], b: [98, 108, 118] });
  });
});
