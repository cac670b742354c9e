/**
 * Small networks in trouble, dozens of them: whatever happens, honest nodes agree once the network heals. Thousands,
 * as before a change lands, and the replay of one: `npm run simulate`.
 */
import { describe, expect, it } from 'vitest';
import { simulate, type Verdict } from './simulation/simulate.ts';

const WORLDS = 60;
const A_TEST = 30;

/** What went wrong in a world, what happened last, and how to see all of it. */
function report({ seed, faults, log }: Verdict): string {
  const replay = `npm run simulate -- --from ${seed} --seeds 1 --log`;
  return [`seed ${seed}: ${faults.join('; ')}`, ...log.slice(-20), `Replay it: ${replay}`].join('\n');
}

describe('honest nodes agree once the network heals', () => {
  const firsts = Array.from({ length: WORLDS / A_TEST }, (_, i) => i * A_TEST);

  it.each(firsts)('in the worlds from seed %i on', { timeout: 120_000 }, async (first) => {
    for (let seed = first; seed < first + A_TEST; seed++) {
      const verdict = await simulate(seed);
      if (verdict.faults.length > 0) expect.fail(report(verdict));
    }
  });
});

describe('a world', () => {
  it('is the same again, to the millisecond and the byte', async () => {
    for (const seed of [3, 14, 15]) expect(await simulate(seed)).toEqual(await simulate(seed));
  });

  it('is reported when it does not heal', async () => {
    const verdict = await simulate(1, { heals: false });
    expect(verdict.faults.join()).toMatch(
      /^Error: after .*, for 3600 s: (chains of different work|different tips|n\d lacks posts): /,
    );
  });
});
