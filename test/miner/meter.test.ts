import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMeter } from '../../src/miner/meter.ts';
import type { Search } from '../../src/miner/search.ts';

let attempts = 0n;
let samples = 0;

const search: Search = {
  threads: 1,
  kernelName: () => 'portable',
  attempts: () => attempts,
  search: () => Promise.resolve(null),
  close: () => Promise.resolve(),
};
const count = () => {
  samples += 1;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  attempts = 1_000_000n;
  samples = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

it('the meter shows nothing before the first search', () => {
  const meter = createMeter(search, count);
  vi.advanceTimersByTime(10_000);
  expect([meter.hashRate, meter.attempts, meter.height, meter.used, samples]).toEqual([0, 0, null, false, 0]);
});

it('the meter counts the hashes of the running search, and their rate over the last second', () => {
  const meter = createMeter(search, count);
  meter.start(7);
  expect([meter.hashRate, meter.attempts, meter.height, meter.used]).toEqual([0, 0, 7, true]);
  attempts += 500n;
  expect(meter.attempts).toBe(500);
  vi.advanceTimersByTime(1_000);
  expect([meter.hashRate, meter.attempts, samples]).toEqual([500, 500, 1]);
  attempts += 3_000n;
  vi.advanceTimersByTime(1_000);
  expect([meter.hashRate, meter.attempts, samples, meter.samples]).toEqual([3_000, 3_500, 2, 2]);
});

it('the meter starts again with each search, and has no timer when there is none', () => {
  const meter = createMeter(search, count);
  meter.start(7);
  attempts += 800n;
  vi.advanceTimersByTime(1_000);
  meter.stop();
  expect([meter.hashRate, meter.attempts, meter.height, meter.used]).toEqual([0, 0, null, true]);
  vi.advanceTimersByTime(60_000);
  expect(samples).toBe(1);
  meter.start(8);
  attempts += 20n;
  expect([meter.attempts, meter.height]).toEqual([20, 8]);
  meter.start(9);
  vi.advanceTimersByTime(1_000);
  expect([meter.attempts, meter.height, samples]).toEqual([0, 9, 2]);
  meter.stop();
});
