import { describe, expect, it } from 'vitest';
import { isPassing, Refusal, RuleError, rule } from '../../src/domain/errors.ts';

describe('rule', () => {
  it('does nothing when the condition holds', () => {
    expect(() => rule(true, 'bits-wrong', 'never said')).not.toThrow();
  });

  it('throws a RuleError that carries the reason', () => {
    let thrown: unknown;
    try {
      rule(false, 'bits-wrong', 'said');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RuleError);
    expect(thrown, 'one kind of refusal').toBeInstanceOf(Refusal);
    expect(thrown).toMatchObject({ name: 'RuleError', reason: 'bits-wrong', message: 'said' });
  });
});

describe('Refusal', () => {
  it('carries a reason of any kind', () => {
    expect(new Refusal('pool-full', 'said')).toMatchObject({ name: 'Refusal', reason: 'pool-full', message: 'said' });
    expect(new Refusal('pool-full', 'said')).not.toBeInstanceOf(RuleError);
  });
});

it.each([
  ['time-too-new', true],
  ['time-too-old', false],
  ['merkle-root-mismatch', false],
  ['ancestor-invalid', false],
])('a block that is refused for %s may be good yet: %s', (reason, expected) => {
  expect(isPassing(reason)).toBe(expected);
});
