import { describe, expect, it } from 'vitest';
import { targetToWork } from '../../src/domain/compact.ts';
import { createGenesis } from '../../src/domain/network.ts';
import { DEV, MAIN } from '../../src/domain/networks.ts';

describe('the networks that ship', () => {
  it.each([
    [MAIN, '000009ea063db32d635e8f41a9ecd99d5796b4c2a00d5339bebc34e872c0e95b'],
    [DEV, '792fc416e10c49f16ae59d4ccd11e03f9d0b47e5c4856ea8abcee87c48bde37e'],
  ])('$name is founded, and its identity never changes', (network, hash) => {
    expect(createGenesis(network).hash).toBe(hash);
  });

  it('main takes at least about 2^20 hashes a block, dev two', () => {
    expect(targetToWork(createGenesis(MAIN).powLimit)).toBe(1_048_577n);
    expect(targetToWork(createGenesis(DEV).powLimit)).toBe(2n);
  });
});
