import { describe, expect, it } from 'vitest';
import { checkContents } from '../../src/chain/burial.ts';
import type { Block } from '../../src/domain/block.ts';
import { medianTime } from '../../src/domain/context.ts';
import { nextBits } from '../../src/domain/difficulty.ts';
import { RuleError } from '../../src/domain/errors.ts';
import type { Header } from '../../src/domain/header.ts';
import { hashHeader } from '../../src/domain/header.ts';
import { createGenesis, genesisHeader, type NetworkParameters } from '../../src/domain/network.ts';
import { DEV } from '../../src/domain/networks.ts';
import { makePost, mineBlock, mineHeader } from '../support/chain.ts';

const PARAMETERS: NetworkParameters = { ...DEV, name: 'retargeting', retarget: true, halfLife: 60 };
const GENESIS = createGenesis({ ...PARAMETERS, nonce: mineHeader(genesisHeader(PARAMETERS, 0)).nonce });

/** Some way up a chain whose blocks take 2^7 hashes, where the easiest take 2. */
const HARD = 0x2001ffff;
const PARENT_TIME = DEV.time + 100_000;
const NOW = PARENT_TIME + 100 * 30;
const parent = {
  hash: 'ab'.repeat(32),
  header: {
    version: 1,
    previousHash: 'cd'.repeat(32),
    merkleRoot: 'ef'.repeat(32),
    time: PARENT_TIME,
    bits: HARD,
    nonce: 0,
  },
  height: 1_000,
  chainWork: 0n,
};
const context = {
  parent: { time: PARENT_TIME, bits: HARD, previousTime: PARENT_TIME - 30 },
  recentTimes: Array.from({ length: 11 }, (_, i) => PARENT_TIME - 30 * i),
};
const { block } = mineBlock(parent, [makePost()], { bits: nextBits(PARAMETERS, context.parent) });
const hidden: Block = { ...block, transactions: block.transactions.map((post) => ({ ...post, opening: null })) };

/** 100 headers on top of the block, with the bits and work that follow from the times that `timeOf` gives them. */
function headersAbove(timeOf: (i: number, median: number) => number): Header[] {
  const headers: Header[] = [];
  const times = [block.header.time, ...context.recentTimes];
  for (let i = 0; i < 100; i++) {
    const below = headers.at(-1) ?? block.header;
    const [time = 0, previousTime = 0] = times;
    const bits = nextBits(PARAMETERS, { time, bits: below.bits, previousTime });
    const at = timeOf(i, medianTime(times.slice(0, 11)));
    headers.push(mineHeader({ ...below, previousHash: hashHeader(below), bits, time: at, nonce: 0 }));
    times.unshift(at);
  }
  return headers;
}

function reasonFor(successors: readonly Header[], now = NOW, of = hidden): string | null {
  try {
    checkContents(of, context, successors, GENESIS, now);
    return null;
  } catch (error) {
    if (error instanceof RuleError) return error.reason;
    throw error;
  }
}

const honest = headersAbove((i) => block.header.time + 30 * (i + 1));

/** The headers with the last of them changed, and worked for again. */
function withLast(change: Partial<Header>): Header[] {
  const last = honest.at(-1) as Header;
  return [...honest.slice(0, -1), mineHeader({ ...last, ...change, nonce: 0 })];
}

describe('contents that are missing', () => {
  it('may be missing under 100 good headers', () => {
    expect(reasonFor(honest)).toBe(null);
    expect(reasonFor([...honest, honest[0] as Header])).toBe(null);
  });

  it('do not matter when none is', () => {
    expect(reasonFor([], NOW, block)).toBe(null);
    expect(reasonFor([], NOW, { ...block, transactions: [] })).toBe(null);
  });

  it.each<[string, readonly Header[]]>([
    ['too few', honest.slice(0, 99)],
    ['in the wrong order', [...honest.slice(0, 98), ...honest.slice(98).reverse()]],
    ['not on top of this block', honest.slice(1).concat(honest.slice(0, 1))],
    ['with easier bits', withLast({ bits: DEV.powLimit })],
    ['with bits that are no target', [...honest.slice(0, 99), { ...(honest[99] as Header), bits: 0 }]],
    ['without work', [...honest.slice(0, 99), mineHeader({ ...(honest[99] as Header), nonce: 0 }, false)]],
    ['with a time before the median', withLast({ time: block.header.time })],
  ])('are asked for when the headers are %s', (_, headers) => {
    expect(reasonFor(headers)).toBe('content-missing');
  });

  it('are asked for when the headers were made cheap by times that are not ours yet', () => {
    // Years pass between the first two, so that the rest is as easy as can be.
    const cheap = headersAbove((i) => (i === 0 ? block.header.time + 30 : block.header.time + 100_000_000 + 30 * i));
    expect(new Set(cheap.slice(3).map(({ bits }) => bits))).toEqual(new Set([DEV.powLimit]));
    expect(reasonFor(cheap)).toBe('content-missing');
    expect(reasonFor(cheap, NOW + 100_000_000)).toBe(null);
  });

  it('passes on what is no fault of the headers', () => {
    const broken = honest.map((header) => ({
      ...header,
      get previousHash(): string {
        throw new TypeError('no such memory');
      },
    }));
    expect(() => checkContents(hidden, context, broken, GENESIS, NOW)).toThrow(TypeError);
  });
});
