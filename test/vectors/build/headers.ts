/** Vectors of headers, Merkle trees, difficulty and networks. */
import { bytesToHash, type Hash, ZERO_HASH } from '../../../src/domain/bytes.ts';
import { canonicalBytes } from '../../../src/domain/canonical.ts';
import { decodeCompact, encodeCompact } from '../../../src/domain/compact.ts';
import { nextBits } from '../../../src/domain/difficulty.ts';
import type { RuleReason } from '../../../src/domain/errors.ts';
import { sha256d } from '../../../src/domain/hash.ts';
import { hashHeader, headerToHex, hexToHeader, meetsTarget } from '../../../src/domain/header.ts';
import { merkleBranch, merkleTree } from '../../../src/domain/merkle.ts';
import {
  createGenesis,
  genesisHeader,
  type Network,
  type NetworkParameters,
  networkToFile,
} from '../../../src/domain/network.ts';
import { DEV, MAIN } from '../../../src/domain/networks.ts';
import { mineHeader } from '../../support/chain.ts';
import { bitsToHex } from './primitives.ts';

/** A network that retargets from targets that need no work to speak of: the block vectors are on it. */
export const EXAMPLE: Network = found({
  name: 'example',
  message: 'For the vectors: „Grüße“ \u{1f5ff}',
  time: 1_767_225_600,
  powLimit: 0x207fffff,
  spacing: 30,
  halfLife: 3_600,
  retarget: true,
});

function found(parameters: NetworkParameters): Network {
  return { ...parameters, nonce: mineHeader(genesisHeader(parameters, 0)).nonce };
}

const BITCOIN_0 =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a' +
  '51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c';
const BITCOIN_125552 =
  '0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000e320b6c2fffc8d750423db8b1eb942ae710e951ed797' +
  'f7affc8892b0f1fc122bc7f5d74df2b9441a42a14695';

export function headerVectors() {
  const odd = { version: -2, previousHash: '01'.padEnd(64, 'f'), merkleRoot: '02'.padEnd(64, 'e') };
  const given: [string, string][] = [
    ['Bitcoin’s genesis', BITCOIN_0],
    ['Bitcoin’s block 125,552', BITCOIN_125552],
    ['the genesis of main', headerToHex(createGenesis(MAIN).header)],
    ['the genesis of dev', headerToHex(createGenesis(DEV).header)],
    ['every field at its end', headerToHex({ ...odd, time: 0xffff_ffff, bits: 0x207fffff, nonce: 0xffff_ffff })],
    ['all zeros: its bits are no target', '0'.repeat(160)],
  ];
  const cases = given.map(([name, hex]) => {
    const { bits, ...header } = hexToHeader(hex);
    const hash = hashHeader({ ...header, bits });
    const proves = meetsTarget(hash, decodeCompact(bits).value);
    return { name, hex, header: { ...header, bits: bitsToHex(bits) }, hash, meetsTarget: proves };
  });
  return { about: 'The 80 bytes `hex` are `header` and hash to `hash`. Hashes are byte-reversed, bits in hex.', cases };
}

/** Id `n` of the Merkle vectors: SHA-256d of the one byte. */
function leaf(n: number): Hash {
  return bytesToHash(sha256d(Uint8Array.of(n)));
}

export function merkleVectors() {
  const leaves = (count: number) => Array.from({ length: count }, (_, n) => leaf(n));
  const [a, b, c] = leaves(3) as [Hash, Hash, Hash];
  const lists: [string, Hash[]][] = [
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 11].map((count): [string, Hash[]] => [`${count} ids`, leaves(count)]),
    ['three ids, the last doubled: the root of the three', [a, b, c, c]],
    ['six ids, the last pair doubled: the root of the six', [...leaves(6), ...leaves(6).slice(4)]],
    ['an equal pair in front', [a, a, b]],
    ['an id twice, no equal pair: a good tree, but a bad block', [a, b, a]],
  ];
  const cases = lists.map(([name, ids]) => ({
    name,
    ids,
    ...merkleTree(ids),
    branches: merkleTree(ids).mutated ? [] : ids.map((_, at) => merkleBranch(ids, at)),
  }));
  return {
    about: 'Ids, root, whether to refuse the list; branch n leads from id n to the root, lowest step first.',
    cases,
  };
}

type DifficultyRow = [name: string, network: NetworkParameters, parentBits: number, elapsed: number | null];

export function difficultyVectors() {
  const slow = { ...MAIN, spacing: 600, halfLife: 172_800, powLimit: 0x1d00ffff };
  const hasty = { ...MAIN, spacing: 1, halfLife: 1 };
  const rows: DifficultyRow[] = [
    ['block 1 takes the genesis bits', MAIN, MAIN.powLimit, null],
    ['dev does not retarget', DEV, DEV.powLimit, 1_000_000],
    ...[30, 29, 31, 0, -1, -3_570, 60, 600, 3_630, 7_230, 100_000].map(
      (elapsed): DifficultyRow => [`${elapsed} s, far below the limit`, MAIN, 0x1b0404cb, elapsed],
    ),
    ['late at the limit: the limit', MAIN, MAIN.powLimit, 31],
    ['early at the limit', MAIN, MAIN.powLimit, 29],
    ['beyond the limit: the limit', MAIN, 0x1d00ffff, 1_000_000],
    ['the longest time there is: the limit', MAIN, 0x01010000, 0xffff_ffff],
    ['the longest time backwards: 1', MAIN, MAIN.powLimit, -0xffff_ffff],
    ['early at target 1: 1', MAIN, 0x01010000, 0],
    ['late at target 1', MAIN, 0x01010000, 3_630],
    ['as Bitcoin Cash: 600 s and two days', slow, 0x1802aee8, 300],
    ['a half-life of a second, 8 s early', hasty, 0x1b0404cb, -7],
    ['a half-life of a second, 8 s late', hasty, 0x1b0404cb, 9],
    ['a half-life of a second, a day late: the limit', hasty, 0x1b0404cb, 86_400],
  ];
  const cases = rows.map(([name, network, bits, elapsed]) => {
    const previousTime = elapsed === null ? null : startOf(elapsed);
    const time = previousTime === null ? network.time : previousTime + (elapsed as number);
    const { spacing, halfLife, retarget } = network;
    return {
      name,
      network: { powLimit: bitsToHex(network.powLimit), spacing, halfLife, retarget },
      parent: { bits: bitsToHex(bits), time },
      grandparent: previousTime === null ? null : { time: previousTime },
      nextBits: bitsToHex(nextBits(network, { bits, time, previousTime })),
    };
  });
  return { about: 'The bits that a block must carry, from its parent and its parent’s parent.', cases };
}

/** A time from which so many seconds lead to another uint32. */
function startOf(elapsed: number): number {
  if (Math.abs(elapsed) < 2 ** 31) return MAIN.time;
  return elapsed < 0 ? 0xffff_ffff : 0;
}

export function networkVectors() {
  const networks = [
    MAIN,
    DEV,
    EXAMPLE,
    found({ ...DEV, name: 'quick', message: '', halfLife: 1, spacing: 1, retarget: true }),
  ];
  const valid = networks.map((network) => {
    const genesis = createGenesis(network);
    const { nonce, ...parameters } = network;
    const file = networkToFile(genesis);
    return {
      file,
      canonical: Buffer.from(canonicalBytes(parameters)).toString('utf8'),
      header: headerToHex(genesis.header),
    };
  });
  const file = networkToFile(createGenesis(DEV));
  const missed = mineHeader(genesisHeader(DEV, 0), false).nonce;
  /** A file whose genesis hash follows from what it says, right or wrong. */
  const follows = (change: Record<string, unknown>) => {
    const parameters = { ...DEV, ...change } as Network;
    const nonce = 'powLimit' in change ? 0 : mineHeader(genesisHeader(parameters, 0)).nonce;
    return { ...file, ...change, nonce, genesis: hashHeader(genesisHeader(parameters, nonce)) };
  };
  const malformed: [string, unknown][] = [
    ['not an object', [file]],
    ['an unknown field', { ...file, colour: 'red' }],
    ['another genesis hash', { ...file, genesis: ZERO_HASH }],
    ['no genesis hash', { ...file, genesis: undefined }],
    ['another message under the same hash', { ...file, message: 'Changed.' }],
    ['a name with a capital', follows({ name: 'Dev' })],
    ['a name that starts with a digit', follows({ name: '1dev' })],
    ['a name of 33 letters', follows({ name: 'n'.repeat(33) })],
    ['a name that is no text', follows({ name: true })],
    ['a message of 257 bytes', follows({ message: 'm'.repeat(257) })],
    ['a spacing of nothing', follows({ spacing: 0 })],
    ['a spacing of over a day', follows({ spacing: 86_401 })],
    ['a half-life of nothing', follows({ halfLife: 0 })],
    ['a half-life of over a year', follows({ halfLife: 31_536_001 })],
    ['a word for retargeting', follows({ retarget: 'yes' })],
    ['a limit of zero', follows({ powLimit: 0x20000000 })],
    ['a negative limit', follows({ powLimit: 0x20ffffff })],
    ['a limit of 2^255', follows({ powLimit: encodeCompact(1n << 255n) })],
  ];
  const workless = { ...file, nonce: missed, genesis: hashHeader(genesisHeader(DEV, missed)) };
  const invalid: { name: string; file: unknown; reason: RuleReason }[] = [
    ...malformed.map(([name, wrong]) => ({ name, file: wrong, reason: 'network-malformed' as const })),
    { name: 'a nonce without work', file: workless, reason: 'proof-of-work-insufficient' },
  ];
  return {
    about:
      'Network files. The genesis header’s Merkle root is the SHA-256d of `canonical`, its hash the file’s `genesis`.',
    valid,
    invalid,
  };
}
