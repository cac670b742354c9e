import { expect, it } from 'vitest';
import type { RateLimits } from '../../src/graphql/ports.ts';
import { Rates } from '../../src/http/rates.ts';

const LIMITS: RateLimits = {
  cheap: { perSecond: 10, burst: 5 },
  dear: { perSecond: 100, burst: 1_000 },
  writing: { perSecond: 1, burst: 1 },
};

function createRates() {
  let now = 0;
  const rates = new Rates(LIMITS, () => now);
  return { rates, pass: (milliseconds: number) => (now += milliseconds) };
}

it('a bucket admits a burst, then as much as flows back, and tells when to retry', () => {
  const { rates, pass } = createRates();
  expect(Array.from({ length: 6 }, () => rates.take('a', 'cheap', 1))).toEqual([0, 0, 0, 0, 0, 100]);
  pass(99);
  expect(rates.take('a', 'cheap', 1)).toBe(1);
  pass(1);
  expect([rates.take('a', 'cheap', 1), rates.take('a', 'cheap', 1)]).toEqual([0, 100]);
  pass(60_000);
  expect(Array.from({ length: 6 }, () => rates.take('a', 'cheap', 1)).filter(Boolean)).toEqual([100]);
});

it('each address and each kind of request has its own bucket', () => {
  const { rates } = createRates();
  expect([rates.take('a', 'writing', 1), rates.take('a', 'writing', 1)]).toEqual([0, 1_000]);
  expect([rates.take('b', 'writing', 1), rates.take('a', 'cheap', 1)]).toEqual([0, 0]);
});

it('a request that costs more than a full bucket is admitted when the bucket is full, and the debt is paid back first', () => {
  const { rates, pass } = createRates();
  expect(rates.take('a', 'dear', 3_000)).toBe(0);
  expect(rates.take('a', 'dear', 100)).toBe(21_000);
  pass(21_000);
  expect(rates.take('a', 'dear', 100)).toBe(0);
});

it('what work has needed beyond its price is waited for', () => {
  const { rates, pass } = createRates();
  rates.owe('a', 'dear', 1_500);
  expect(rates.take('a', 'dear', 100)).toBe(6_000);
  pass(6_000);
  expect(rates.take('a', 'dear', 100)).toBe(0);
});

it('what was not needed flows back, and never more than a bucket holds', () => {
  const { rates } = createRates();
  rates.take('a', 'dear', 1_000);
  rates.giveBack('a', 'dear', 900);
  expect(rates.take('a', 'dear', 900)).toBe(0);
  rates.giveBack('a', 'dear', 1_000_000);
  expect(rates.take('a', 'dear', 1_000)).toBe(0);
  expect(rates.take('a', 'dear', 1)).toBe(10);
});
