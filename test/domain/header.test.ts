import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHash } from '../../src/domain/bytes.ts';
import { decodeCompact } from '../../src/domain/compact.ts';
import {
  checkProofOfWork,
  decodeHeader,
  encodeHeader,
  type Header,
  hashHeader,
  headerToHex,
  hexToHeader,
  meetsTarget,
} from '../../src/domain/header.ts';
import { mineHeader } from '../support/chain.ts';
import { mineBlock, reasonOf } from './fixtures.ts';

const LIMIT = decodeCompact(0x1d00ffff).value;

/** Real Bitcoin headers, split after each field: [height, hex, hash]. Each proves itself by its work. */
const BITCOIN: [number, string, string][] = [
  [
    0,
    '01000000 0000000000000000000000000000000000000000000000000000000000000000' +
      ' 3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a 29ab5f49 ffff001d 1dac2b7c',
    '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
  ],
  [
    1,
    '01000000 6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000' +
      ' 982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e 61bc6649 ffff001d 01e36299',
    '00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048',
  ],
  [
    2,
    '01000000 4860eb18bf1b1620e37e9490fc8a427514416fd75159ab86688e9a8300000000' +
      ' d5fdcc541e25de1c7a5addedf24858b8bb665c9f36ef744ee42c316022c90f9b b0bc6649 ffff001d 08d2bd61',
    '000000006a625f06636b8bb6ac7b960a8d03705d1ace08b1a19da3fdcc99ddbd',
  ],
  [
    170,
    '01000000 55bd840a78798ad0da853f68974f3d183e2bd1db6a842c1feecf222a00000000' +
      ' ff104ccb05421ab93e63f8c3ce5c2c2e9dbb37de2764b3a3175c8166562cac7d 51b96a49 ffff001d 283e9e70',
    '00000000d1145790a8694403d4063f323d499e655c83426834d4ce2f8dd4a2ee',
  ],
  [
    2015,
    '01000000 e25509cde707c3d02a693e4fe9e7cdd57c38a0d2c8d6341f20dae84b00000000' +
      ' 0c113df1185e162ee92d031fe21d1400ff7d705a3e9b9c860eea855313cd8ca2 6c087f49 ffff001d 30b73231',
    '00000000693067b0e6b440bc51450b9f3850561b07f6d3c021c54fbd6abb9763',
  ],
  [
    2016,
    '01000000 6397bb6abd4fc521c0d3f6071b5650389f0b4551bc40b4e6b067306900000000' +
      ' ace470aecda9c8818c8fe57688cd2a772b5a57954a00df0420a7dd546b6d2c57 6b0e7f49 ffff001d 33f0192f',
    '00000000a141216a896c54f211301c436e557a8d55900637bbdce14c6c7bddef',
  ],
  [
    4031,
    '01000000 0d9c8c96715756b619116cc2160937fb26c655a2f8e28e3a0aff59c000000000' +
      ' 7676252e8434de408ea31920d986aba297bd6f7c6f20756be08748713f7c1359 62719449 ffff001d f8c1cb01',
    '00000000f037ad09d0b05ee66b8c1da83030abaf909d2b1bf519c3c7d2cd3fdf',
  ],
  [
    4032,
    '01000000 df3fcdd2c7c319f51b2b9d90afab3030a81d8c6be65eb0d009ad37f000000000' +
      ' 2c0449a34a86f460cfa5ae13b505745935c70cdf458fce21d20e3f35f9c9a01d 8e759449 ffff001d 06acdab9',
    '00000000ca4b69045a03d7b20624def97a5366418648d5005e82fd3b345d20d0',
  ],
  [
    10235,
    '01000000 3ee305939423362f2d6d111ba10ae443fe724928543214646a65ae5600000000' +
      ' 12ab731fcbd9b554b2a5e2376b0fa9c40e2af45da9bfe0d056b96a5c94f8f4a3 c37adc49 ffff001d 205351ad',
    '00000000da0dd8a0ac0f20ff16adb1cb8c7058dad9b15521c1f25565f66181d8',
  ],
  [
    10236,
    '01000000 d88161f66555f2c12155b1d9da58708ccbb1ad16ff200faca0d80dda00000000' +
      ' 0c1a3417bed5cd0a39847f6c9c50de3e0b04579c24e96f0bccc69cf479be99d8 6c7ddc49 ffff001d 17e7508a',
    '000000004f74d42205b9d7ae1cb5c1591e723894a71358fce73b7e0919628161',
  ],
  [
    125552,
    '01000000 81cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000' +
      ' e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122b c7f5d74d f2b9441a 42a14695',
    '00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d',
  ],
];

const HASH = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHash);
const UINT32 = fc.nat(0xffff_ffff);
const HEADER: fc.Arbitrary<Header> = fc.record({
  version: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  previousHash: HASH,
  merkleRoot: HASH,
  time: UINT32,
  bits: UINT32,
  nonce: UINT32,
});

describe('real Bitcoin headers', () => {
  it.each(BITCOIN)('block %i', (_height, text, hash) => {
    const hex = text.replaceAll(' ', '');
    const header = hexToHeader(hex);
    expect(hashHeader(header)).toBe(hash);
    expect(headerToHex(header)).toBe(hex);
    expect(reasonOf(() => checkProofOfWork(header, hash, LIMIT))).toBeNull();
  });

  it('link to each other where they are consecutive', () => {
    const links = BITCOIN.flatMap(([height, , hash]) => {
      const child = BITCOIN.find(([other]) => other === height + 1);
      return child ? [[hexToHeader(child[1].replaceAll(' ', '')).previousHash, hash]] : [];
    });
    expect(links).toHaveLength(5);
    for (const [previousHash, hash] of links) expect(previousHash).toBe(hash);
  });

  it('have their fields at the offsets of the developer reference', () => {
    const [genesis] = BITCOIN.map(([, text]) => hexToHeader(text.replaceAll(' ', '')));
    expect(genesis).toEqual({
      version: 1,
      previousHash: '0'.repeat(64),
      merkleRoot: '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b',
      time: 1231006505,
      bits: 0x1d00ffff,
      nonce: 2083236893,
    });
  });
});

describe('header codec', () => {
  it('encodes to bytes and decodes back', () => {
    fc.assert(
      fc.property(HEADER, (header) => {
        expect(encodeHeader(header)).toHaveLength(80);
        expect(decodeHeader(encodeHeader(header))).toEqual(header);
        expect(hexToHeader(headerToHex(header))).toEqual(header);
      }),
    );
  });

  it('reads any 80 bytes, also inside a longer buffer, and writes them again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 100, maxLength: 100 }), fc.nat(20), (buffer, at) => {
        const bytes = buffer.subarray(at, at + 80);
        expect(encodeHeader(decodeHeader(bytes))).toEqual(Uint8Array.from(bytes));
      }),
    );
  });

  it.each([0, 79, 81])('refuses %i bytes', (length) => {
    expect(reasonOf(() => decodeHeader(new Uint8Array(length)))).toBe('header-malformed');
  });

  it.each([
    ['a digit short', '0'.repeat(159)],
    ['a digit long', '0'.repeat(161)],
    ['no hex', 'g'.repeat(160)],
    ['a line end after it', `${'0'.repeat(160)}\n`],
    ['empty', ''],
  ])('refuses hex that is %s', (_name, hex) => {
    expect(reasonOf(() => hexToHeader(hex))).toBe('header-malformed');
  });
});

describe('a field out of its range', () => {
  const header = { version: 1, previousHash: '00'.repeat(32), merkleRoot: '00'.repeat(32), time: 0, bits: 0, nonce: 0 };

  it.each(['time', 'bits', 'nonce'])('is refused rather than wrapped: %s', (field) => {
    expect(encodeHeader({ ...header, [field]: 2 ** 32 - 1 })).toHaveLength(80);
    for (const value of [2 ** 32, -1, 1.5, Number.NaN])
      expect(() => encodeHeader({ ...header, [field]: value })).toThrow(RangeError);
  });

  it('is refused rather than wrapped: version', () => {
    expect(encodeHeader({ ...header, version: -(2 ** 31) })).toHaveLength(80);
    for (const version of [2 ** 31, -(2 ** 31) - 1, 0.5])
      expect(() => encodeHeader({ ...header, version })).toThrow(RangeError);
  });
});

describe('proof of work', () => {
  it('is met by a hash equal to the target, not by one above it', () => {
    const hash = '00'.repeat(31).concat('10');
    expect(meetsTarget(hash, 16n)).toBe(true);
    expect(meetsTarget(hash, 15n)).toBe(false);
  });

  it('reads the hash as a little-endian number', () => {
    expect(meetsTarget(`${'00'.repeat(31)}01`, 1n)).toBe(true);
    expect(meetsTarget(`01${'00'.repeat(31)}`, 1n)).toBe(false);
  });

  const { header, hash } = mineBlock([]);
  const limit = decodeCompact(header.bits).value;

  it('passes a mined header', () => {
    expect(reasonOf(() => checkProofOfWork(header, hash, limit))).toBeNull();
  });

  it('refuses the same header with a wrong nonce', () => {
    const missed = mineHeader(header, false);
    expect(reasonOf(() => checkProofOfWork(missed, hashHeader(missed), limit))).toBe('proof-of-work-insufficient');
  });

  it('refuses bits that are easier than the limit, however good the hash', () => {
    const easy = mineHeader({ ...header, bits: 0x2100ffff });
    expect(reasonOf(() => checkProofOfWork(easy, hashHeader(easy), limit))).toBe('bits-invalid');
  });
});
