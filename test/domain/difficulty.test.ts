import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHex, utf8ToBytes } from '../../src/domain/bytes.ts';
import { decodeCompact, encodeCompact } from '../../src/domain/compact.ts';
import { type AsertInput, asertTarget, nextBits, type TargetContext } from '../../src/domain/difficulty.ts';
import { sha256 } from '../../src/domain/hash.ts';
import type { NetworkParameters } from '../../src/domain/network.ts';
import { DEV, MAIN } from '../../src/domain/networks.ts';
import { reasonOf } from './fixtures.ts';

interface Run {
  run: number;
  anchor: { height: bigint; parentTime: bigint; bits: number };
  /** Height and time of the block before the one in question, and the bits of that one. */
  rows: [bigint, bigint, number][];
}

/**
 * Rows of Bitcoin Cash Node's twelve published aserti3-2d runs: steady blocks at the limit (1), at 0x1a2b3c4d (2) and
 * at the least target (3); doubling from the least target (4); halving from the limit (5); random times under steady,
 * growing and falling hash rate (6 to 8); across 2^31 in height (9) and 2^63 in height and 2^31 in time (10); random
 * times that also run backwards (11); every block a second before its parent (12).
 */
const RUNS: Run[] = [
  {
    run: 1,
    anchor: { height: 1n, parentTime: 0n, bits: 0x1d00ffff },
    rows: [
      [2n, 1200n, 0x1d00ffff],
      [3n, 1800n, 0x1d00ffff],
      [6n, 3600n, 0x1d00ffff],
      [7n, 4200n, 0x1d00ffff],
      [10n, 6000n, 0x1d00ffff],
      [11n, 6600n, 0x1d00ffff],
    ],
  },
  {
    run: 2,
    anchor: { height: 1n, parentTime: 0n, bits: 0x1a2b3c4d },
    rows: [
      [2n, 1200n, 0x1a2b3c4d],
      [3n, 1800n, 0x1a2b3c4d],
      [6n, 3600n, 0x1a2b3c4d],
      [7n, 4200n, 0x1a2b3c4d],
      [10n, 6000n, 0x1a2b3c4d],
      [11n, 6600n, 0x1a2b3c4d],
    ],
  },
  {
    run: 3,
    anchor: { height: 1n, parentTime: 0n, bits: 0x01010000 },
    rows: [
      [2n, 1200n, 0x01010000],
      [3n, 1800n, 0x01010000],
      [6n, 3600n, 0x01010000],
      [7n, 4200n, 0x01010000],
      [10n, 6000n, 0x01010000],
      [11n, 6600n, 0x01010000],
    ],
  },
  {
    run: 4,
    anchor: { height: 1n, parentTime: 0n, bits: 0x01010000 },
    rows: [
      [2n, 174000n, 0x01020000],
      [3n, 347400n, 0x01040000],
      [4n, 520800n, 0x01080000],
      [30n, 5029200n, 0x04200000],
      [58n, 9884400n, 0x08020000],
      [86n, 14739600n, 0x0b200000],
      [114n, 19594800n, 0x0f020000],
      [142n, 24450000n, 0x12200000],
      [170n, 29305200n, 0x16020000],
      [198n, 34160400n, 0x19200000],
      [225n, 38842200n, 0x1d00ffff],
      [226n, 39015600n, 0x1d00ffff],
    ],
  },
  {
    run: 5,
    anchor: { height: 1n, parentTime: 0n, bits: 0x1d00ffff },
    rows: [
      [2n, 0n, 0x1d00fec5],
      [290n, 0n, 0x1c7f62c0],
      [578n, 0n, 0x1c3fb160],
      [8066n, 0n, 0x190fec58],
      [16130n, 0n, 0x1600fec5],
      [24194n, 0n, 0x120fec58],
      [32258n, 0n, 0x0f00fec5],
      [40322n, 0n, 0x0b0fec58],
      [48386n, 0n, 0x0800fec5],
      [56450n, 0n, 0x040fec58],
      [64226n, 0n, 0x01010000],
      [64514n, 0n, 0x01010000],
    ],
  },
  {
    run: 6,
    anchor: { height: 1n, parentTime: 0n, bits: 0x1802aee8 },
    rows: [
      [2n, 1200n, 0x1802aee8],
      [3n, 1310n, 0x1802ad91],
      [4n, 1327n, 0x1802abf8],
      [127n, 77349n, 0x1802b215],
      [252n, 159346n, 0x1802c5c6],
      [377n, 230138n, 0x1802b9de],
      [502n, 302957n, 0x1802b3c7],
      [627n, 383464n, 0x1802c342],
      [752n, 458088n, 0x1802c233],
      [877n, 517910n, 0x1802987c],
      [1000n, 589215n, 0x180291e0],
      [1001n, 589738n, 0x180291ad],
    ],
  },
  {
    run: 7,
    anchor: { height: 1n, parentTime: 0n, bits: 0x1802aee8 },
    rows: [
      [2n, 1200n, 0x1802aee8],
      [3n, 1310n, 0x1802ad91],
      [4n, 1327n, 0x1802abf8],
      [127n, 21547n, 0x180227b2],
      [252n, 25796n, 0x18019f60],
      [377n, 28022n, 0x1801363f],
      [502n, 29608n, 0x1800e710],
      [627n, 30974n, 0x1800abfc],
      [752n, 31992n, 0x177fd0f4],
      [877n, 32664n, 0x175ee0e9],
      [1000n, 33360n, 0x1746c2cd],
      [1001n, 33365n, 0x17469789],
    ],
  },
  {
    run: 8,
    anchor: { height: 1n, parentTime: 0n, bits: 0x1802aee8 },
    rows: [
      [2n, 1200n, 0x1802aee8],
      [3n, 1310n, 0x1802ad91],
      [4n, 1327n, 0x1802abf8],
      [64n, 138133n, 0x180400bd],
      [127n, 503376n, 0x180ee2f0],
      [189n, 1143129n, 0x1900a6ef],
      [252n, 2118367n, 0x191c02ec],
      [314n, 3353700n, 0x1a0d6062],
      [377n, 4338902n, 0x1b025631],
      [439n, 5837635n, 0x1c03359a],
      [500n, 7421433n, 0x1d00ffff],
      [501n, 7462933n, 0x1d00ffff],
    ],
  },
  {
    run: 9,
    anchor: { height: 2147483642n, parentTime: 1234567290n, bits: 0x1802aee8 },
    rows: [
      [2147483643n, 1234568190n, 0x1802ae16],
      [2147483644n, 1234568490n, 0x1802ad44],
      [2147483647n, 1234569390n, 0x1802aacd],
      [2147483648n, 1234569690n, 0x1802a9fa],
      [2147483651n, 1234570590n, 0x1802a787],
      [2147483652n, 1234570890n, 0x1802a6b7],
    ],
  },
  {
    run: 10,
    anchor: { height: 9223372036854775802n, parentTime: 2147483047n, bits: 0x1802aee8 },
    rows: [
      [9223372036854775803n, 2147484547n, 0x1802afbb],
      [9223372036854775804n, 2147485447n, 0x1802b08f],
      [9223372036854775805n, 2147486347n, 0x1802b166],
      [9223372036854775806n, 2147487247n, 0x1802b23a],
      [9223372036854775807n, 2147488147n, 0x1802b30e],
      [9223372036854775808n, 2147489047n, 0x1802b3e5],
      [9223372036854775809n, 2147489947n, 0x1802b4bb],
      [9223372036854775810n, 2147490847n, 0x1802b592],
      [9223372036854775811n, 2147491747n, 0x1802b669],
      [9223372036854775812n, 2147492647n, 0x1802b73d],
    ],
  },
  {
    run: 11,
    anchor: { height: 1n, parentTime: 0n, bits: 0x1802aee8 },
    rows: [
      [2n, 1200n, 0x1802aee8],
      [3n, 1496n, 0x1802ae12],
      [4n, 1398n, 0x1802ac28],
      [127n, 36103n, 0x180248e5],
      [252n, 74578n, 0x1801f91e],
      [377n, 112406n, 0x1801b327],
      [502n, 151773n, 0x18017941],
      [627n, 190303n, 0x180145e7],
      [752n, 224349n, 0x18011483],
      [877n, 260127n, 0x1800ec3c],
      [1000n, 293956n, 0x1800c943],
      [1001n, 293713n, 0x1800c896],
    ],
  },
  {
    run: 12,
    anchor: { height: 1n, parentTime: 10000n, bits: 0x1802aee8 },
    rows: [
      [2n, 11200n, 0x1802aee8],
      [3n, 11199n, 0x1802ad44],
      [4n, 11198n, 0x1802ab9e],
      [1252n, 9950n, 0x1721bde5],
      [2502n, 8700n, 0x1701a84b],
      [3752n, 7450n, 0x1614d7f9],
      [5002n, 6200n, 0x16010614],
      [6252n, 4950n, 0x150cdfe2],
      [7502n, 3700n, 0x1500a1e8],
      [8752n, 2450n, 0x1407f3b5],
      [10000n, 1202n, 0x13647d71],
      [10001n, 1201n, 0x13643f64],
    ],
  },
];

const BCH = { spacing: 600n, halfLife: 172_800n, powLimit: decodeCompact(0x1d00ffff).value };

describe('asertTarget, the absolute form', () => {
  it.each(RUNS)('published run $run', ({ anchor, rows }) => {
    const anchorTarget = decodeCompact(anchor.bits).value;
    const found = rows.map(([height, time]) => {
      const passed = { timeDelta: time - anchor.parentTime, heightDelta: height - anchor.height };
      return [height, time, encodeCompact(asertTarget({ ...BCH, anchorTarget, ...passed }))];
    });
    expect(found).toEqual(rows);
  });

  const input: AsertInput = { ...BCH, anchorTarget: 1n << 200n, timeDelta: 600n, heightDelta: 0n };

  it('stays where it is on schedule', () => {
    expect(asertTarget(input)).toBe(input.anchorTarget);
  });

  it('doubles and halves after a half-life', () => {
    expect(asertTarget({ ...input, timeDelta: 600n + 172_800n })).toBe(1n << 201n);
    expect(asertTarget({ ...input, timeDelta: 600n - 172_800n })).toBe(1n << 199n);
  });

  it('truncates the exponent toward zero, so that a lead of less than 1/65536 has no effect', () => {
    const slow = { ...input, halfLife: 65_536n * 10n };
    expect(asertTarget({ ...slow, timeDelta: 600n - 9n })).toBe(input.anchorTarget);
    expect(asertTarget({ ...slow, timeDelta: 600n - 10n })).toBeLessThan(input.anchorTarget);
  });

  it('has the published factor for each of the 65,536 parts of a doubling', () => {
    // With a half-life of 65,536 s, seconds are the exponent; a target of 2^16 shows the factor itself.
    const factors = Array.from({ length: 65_536 }, (_, late) =>
      asertTarget({ ...input, anchorTarget: 65_536n, spacing: 0n, halfLife: 65_536n, timeDelta: BigInt(late) }),
    );
    expect(factors.slice(0, 3)).toEqual([65_536n, 65_537n, 65_537n]);
    // SHA-256 of the factors in decimal, one a line, as reckoned by another program.
    const digest = bytesToHex(sha256(utf8ToBytes(factors.join('\n'))));
    expect(digest).toBe('e446d3ab812ff558ad42a265afd9282a2b000a4b2b70340ddfbf96867589c4ca');
  });

  it.each<[string, bigint, bigint]>([
    ['just over the limit', 1n << 30n, BCH.powLimit],
    ['a shift of over 512 bits', 1n << 60n, BCH.powLimit],
    ['under 1', -(1n << 30n), 1n],
    ['a shift of billions of bits down', -(1n << 60n), 1n],
  ])('ends at the bound: %s', (_name, timeDelta, target) => {
    expect(asertTarget({ ...input, timeDelta })).toBe(target);
  });

  it('never leaves 1 to the limit, and more delay never makes it harder', () => {
    const delta = fc.bigInt(-(1n << 33n), 1n << 33n);
    fc.assert(
      fc.property(fc.bigInt(1n, BCH.powLimit), delta, delta, (anchorTarget, one, other) => {
        const [early, late] = one < other ? [one, other] : [other, one];
        const harder = asertTarget({ ...input, anchorTarget, timeDelta: early });
        const easier = asertTarget({ ...input, anchorTarget, timeDelta: late });
        expect(harder >= 1n && harder <= easier && easier <= BCH.powLimit).toBe(true);
      }),
    );
  });
});

describe('nextBits, with the parent as its own anchor', () => {
  const parent: TargetContext = { time: MAIN.time + 30, previousTime: MAIN.time, bits: 0x1d00ffff };

  it('takes the genesis bits for block 1, whatever its parent says', () => {
    expect(nextBits(MAIN, { ...parent, previousTime: null, bits: 0x1d00ffff })).toBe(MAIN.powLimit);
  });

  it('takes the genesis bits for every block of a network without retargeting', () => {
    expect(nextBits(DEV, { ...parent, previousTime: parent.time - 1, bits: 0x1d00ffff })).toBe(DEV.powLimit);
  });

  it.each<[string, number, number, number]>([
    ['on schedule: as it was', 30, 0x1d00ffff, 0x1d00ffff],
    ['a half-life late: double', 3_630, 0x1c7fffff, 0x1d00ffff],
    ['a half-life early: half', 30 - 3_600, 0x1d00ffff, 0x1c7fff80],
    ['in the same second: a little harder', 0, 0x1d00ffff, 0x1d00fe86],
    ['late at the limit: the limit', 3_600, MAIN.powLimit, MAIN.powLimit],
    ['late below the limit: not beyond it', 400_000, 0x1d00ffff, MAIN.powLimit],
    ['all the time there is: the limit', 0xffff_ffff, 0x01010000, MAIN.powLimit],
    ['early at the least target: the least', -3_600, 0x01010000, 0x01010000],
  ])('%s', (_name, delta, bits, next) => {
    expect(nextBits(MAIN, { ...parent, bits, time: MAIN.time + delta })).toBe(next);
  });

  it('does not accumulate the time in which nobody mined', () => {
    const slept = { ...parent, time: parent.time + 1_000_000, previousTime: parent.time };
    const woken = { bits: nextBits(MAIN, slept), time: slept.time + 30, previousTime: slept.time };
    expect(nextBits(MAIN, woken)).toBe(woken.bits);
  });

  it('refuses a parent whose bits are not a valid target', () => {
    expect(reasonOf(() => nextBits(MAIN, { ...parent, bits: 0 }))).toBe('bits-invalid');
  });

  it('gives bits that the network allows, whatever the times', () => {
    const time = fc.nat(0xffff_ffff);
    const parameters: fc.Arbitrary<NetworkParameters> = fc
      .record({ spacing: fc.integer({ min: 1, max: 86_400 }), halfLife: fc.integer({ min: 1, max: 31_536_000 }) })
      .map((chosen) => ({ ...MAIN, ...chosen }));
    const target = fc.bigInt(1n, decodeCompact(MAIN.powLimit).value).map(encodeCompact);
    fc.assert(
      fc.property(parameters, time, time, target, (network, now, previousTime, bits) => {
        const next = decodeCompact(nextBits(network, { time: now, previousTime, bits }));
        expect(next).toMatchObject({ negative: false, overflow: false });
        expect(next.value >= 1n && next.value <= decodeCompact(MAIN.powLimit).value).toBe(true);
      }),
    );
  });
});
