import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZERO_HASH } from '../../src/domain/bytes.ts';
import { decodeCompact } from '../../src/domain/compact.ts';
import { hashHeader } from '../../src/domain/header.ts';
import {
  checkParameters,
  createGenesis,
  fileToNetwork,
  genesisHeader,
  type Network,
  type NetworkParameters,
  networkToFile,
} from '../../src/domain/network.ts';
import { DEV } from '../../src/domain/networks.ts';
import { mineHeader } from '../support/chain.ts';
import { GENESIS, reasonOf } from './fixtures.ts';

/** What a parameter may not be: [what is wrong with it, the change]. Each is the only fault of `dev`. */
const BAD_PARAMETERS: [string, Record<string, unknown>][] = [
  ['no name', { name: undefined }],
  ['a name that is null', { name: null }],
  ['a name that is true', { name: true }],
  ['a name that is a list', { name: ['dev'] }],
  ['an empty name', { name: '' }],
  ['a name with a capital', { name: 'Dev' }],
  ['a name that starts with a digit', { name: '1dev' }],
  ['a name that starts with a hyphen', { name: '-dev' }],
  ['a name with a path in it', { name: 'a/../b' }],
  ['a name with a line end', { name: 'dev\n' }],
  ['a name of 33 letters', { name: 'n'.repeat(33) }],
  ['no message', { message: undefined }],
  ['a message that is a number', { message: 1 }],
  ['a message with a lone surrogate', { message: '\ud800' }],
  ['a message of 257 bytes', { message: 'm'.repeat(257) }],
  ['a message of 129 letters of two bytes', { message: 'ä'.repeat(129) }],
  ['no time', { time: undefined }],
  ['a time before 1970', { time: -1 }],
  ['a time over 32 bits', { time: 2 ** 32 }],
  ['a time in parts of a second', { time: 1.5 }],
  ['no spacing', { spacing: undefined }],
  ['a spacing of nothing', { spacing: 0 }],
  ['a spacing of over a day', { spacing: 86_401 }],
  ['no half-life', { halfLife: undefined }],
  ['a half-life of nothing', { halfLife: 0 }],
  ['a half-life of over a year', { halfLife: 31_536_001 }],
  ['no word on retargeting', { retarget: undefined }],
  ['retargeting that is 0', { retarget: 0 }],
  ['no limit', { powLimit: undefined }],
  ['a limit in hex', { powLimit: '0x207fffff' }],
  ['a limit over 32 bits', { powLimit: 2 ** 32 }],
  ['a limit of zero', { powLimit: 0x20000000 }],
  ['a negative limit', { powLimit: 0x20ffffff }],
  ['a limit over 256 bits', { powLimit: 0xff7fffff }],
  ['a limit not in its shortest form', { powLimit: 0x20007f00 }],
  ['a limit of 2^255', { powLimit: 0x21008000 }],
];

const PARAMETERS: fc.Arbitrary<NetworkParameters> = fc.record({
  name: fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/),
  message: fc.string({ unit: 'binary', maxLength: 64 }),
  time: fc.nat(0xffff_ffff),
  powLimit: fc.constantFrom(0x207fffff, 0x20400000, 0x1f7fffff),
  spacing: fc.integer({ min: 1, max: 86_400 }),
  halfLife: fc.integer({ min: 1, max: 31_536_000 }),
  retarget: fc.boolean(),
});

/** The network with the first nonce that makes its genesis header valid. */
function found(parameters: NetworkParameters): Network {
  return { ...parameters, nonce: mineHeader(genesisHeader(parameters, 0)).nonce };
}

describe('checkParameters', () => {
  it.each<[string, Partial<NetworkParameters>]>([
    ['as they are', {}],
    ['a name of one letter', { name: 'n' }],
    ['a name of 32 letters, digits and hyphens', { name: `a-1${'n'.repeat(29)}` }],
    ['no words', { message: '' }],
    ['a message of 256 bytes', { message: 'ä'.repeat(128) }],
    ['the first second', { time: 0 }],
    ['the last second', { time: 0xffff_ffff }],
    ['the bounds below', { spacing: 1, halfLife: 1, powLimit: 0x01010000 }],
    ['the bounds above', { spacing: 86_400, halfLife: 31_536_000, powLimit: 0x207fffff }],
  ])('passes %s', (_name, change) => {
    expect(reasonOf(() => checkParameters({ ...DEV, ...change }))).toBeNull();
  });

  it.each(BAD_PARAMETERS)('refuses %s', (_name, change) => {
    expect(reasonOf(() => checkParameters({ ...DEV, ...change } as NetworkParameters))).toBe('network-malformed');
  });
});

describe('createGenesis', () => {
  it('gives the header, its hash and the limit', () => {
    expect(GENESIS.header).toMatchObject({ version: 1, previousHash: ZERO_HASH, time: DEV.time, bits: DEV.powLimit });
    expect(GENESIS.hash).toBe(hashHeader(GENESIS.header));
    expect(GENESIS.powLimit).toBe(decodeCompact(DEV.powLimit).value);
  });

  it.each([-1, 2 ** 32, 0.5, undefined])('refuses the nonce %s', (nonce) => {
    expect(reasonOf(() => createGenesis({ ...DEV, nonce } as Network))).toBe('network-malformed');
  });

  it('refuses a nonce that gives no work', () => {
    const { nonce } = mineHeader(GENESIS.header, false);
    expect(reasonOf(() => createGenesis({ ...DEV, nonce }))).toBe('proof-of-work-insufficient');
  });

  it.each<[string, Partial<NetworkParameters>]>([
    ['name', { name: 'dev2' }],
    ['message', { message: 'For tests and first steps' }],
    ['time', { time: DEV.time + 1 }],
    ['powLimit', { powLimit: 0x207ffffe }],
    ['spacing', { spacing: 31 }],
    ['halfLife', { halfLife: 3_601 }],
    ['retarget', { retarget: true }],
  ])('commits to %s', (_name, change) => {
    const { merkleRoot } = genesisHeader({ ...DEV, ...change }, 0);
    expect(merkleRoot).not.toBe(GENESIS.header.merkleRoot);
  });
});

describe('network files', () => {
  const file = networkToFile(GENESIS);

  it('are written as JSON and read back', () => {
    fc.assert(
      fc.property(PARAMETERS, (parameters) => {
        const genesis = createGenesis(found(parameters));
        const read = fileToNetwork(JSON.parse(JSON.stringify(networkToFile(genesis))));
        expect(networkToFile(read)).toEqual(networkToFile(genesis));
        expect(read).toMatchObject(genesis);
      }),
    );
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'dev'],
    ['an empty list', []],
    ['an empty object', {}],
    ['an unknown field', { ...file, comment: '' }],
    ['no genesis hash', { ...file, genesis: undefined }],
    ['another genesis hash', { ...file, genesis: ZERO_HASH }],
    ['the genesis hash in capitals', { ...file, genesis: file.genesis.toUpperCase() }],
  ])('are refused with %s', (_name, value) => {
    expect(reasonOf(() => fileToNetwork(value))).toBe('network-malformed');
  });

  it('are refused with a nonce that gives no work', () => {
    const { nonce } = mineHeader(GENESIS.header, false);
    expect(reasonOf(() => fileToNetwork({ ...file, nonce }))).toBe('proof-of-work-insufficient');
  });
});
