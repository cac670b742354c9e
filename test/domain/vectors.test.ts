/**
 * Runs every frozen vector (test/vectors/*.json) against the code, the way a second implementation would: it knows the
 * files and the protocol, and nothing of how the files came about.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkBody, checkTransactions } from '../../src/domain/block.ts';
import { bytesToHex, hexToBytes, utf8Length, ZERO_HASH } from '../../src/domain/bytes.ts';
import { canonicalBytes } from '../../src/domain/canonical.ts';
import { bitsToTarget, encodeCompact, targetToWork } from '../../src/domain/compact.ts';
import { completeBlock, readCompactBlock, shortenIds } from '../../src/domain/compactBlock.ts';
import { checkHeaderContext, checkTransactionsContext, medianTime } from '../../src/domain/context.ts';
import { nextBits } from '../../src/domain/difficulty.ts';
import { type ProofFault, Refusal, type RuleReason } from '../../src/domain/errors.ts';
import {
  checkProofOfWork,
  type Header,
  hashHeader,
  headerToHex,
  hexToHeader,
  meetsTarget,
} from '../../src/domain/header.ts';
import { merkleRootOfBranch, merkleTree } from '../../src/domain/merkle.ts';
import type { KeyBinding } from '../../src/domain/names.ts';
import { fileToNetwork, type Genesis, networkToFile } from '../../src/domain/network.ts';
import { DEV, MAIN } from '../../src/domain/networks.ts';
import { verifyReceiptText } from '../../src/domain/receipt.ts';
import { encodeStatement, isName } from '../../src/domain/statement.ts';
import {
  commitmentTo,
  isSignature,
  postWork,
  readTransaction,
  type Transaction,
  type TransactionWire,
  transactionSize,
  transactionToWire,
  verifyTransaction,
} from '../../src/domain/transaction.ts';
import { readBlock } from '../support/chain.ts';
import { type VectorName, type Vectors, vectorTexts } from '../vectors/build/files.ts';
import { reasonOf, seedToSigner, verify } from './fixtures.ts';

const DIRECTORY = new URL('../vectors/', import.meta.url);

function textOf(name: string): string {
  return readFileSync(new URL(name, DIRECTORY), 'utf8');
}

/** A vector file, with what stands there as {repeat, times} written out. */
function vectors<Name extends VectorName>(name: Name): Vectors<Name> {
  return JSON.parse(textOf(name), (_key, value) => {
    if (typeof value?.times !== 'number') return value;
    const { repeat, times } = value as { repeat: unknown; times: number };
    return typeof repeat === 'string' ? repeat.repeat(times) : Array(times).fill(repeat);
  });
}

const toBits = (hex: string) => Number.parseInt(hex, 16);
const toNumber = (hex: string) => BigInt(`0x${hex}`);

describe('the files', () => {
  it.each([...vectorTexts()])('%s is what scripts/vectors.ts writes', (name, text) => {
    expect(textOf(name)).toBe(text);
  });
});

describe('canonical.json', () => {
  it.each(vectors('canonical.json').cases)('$name', ({ json, hex }) => {
    expect(bytesToHex(canonicalBytes(JSON.parse(json)))).toBe(hex);
  });
});

describe('names.json', () => {
  it.each(vectors('names.json').cases)('$name', ({ value, valid }) => {
    expect(isName(value)).toBe(valid);
  });
});

describe('commitments.json', () => {
  it.each(vectors('commitments.json').cases)('$content with salt $salt', ({ content, salt, size, commitment }) => {
    expect(utf8Length(content)).toBe(size);
    expect(commitmentTo({ content, salt })).toBe(commitment);
  });
});

describe('signatures.json', () => {
  it.each(vectors('signatures.json').cases)('$name', ({ publicKey, message, signature, valid }) => {
    const given = [message, signature, publicKey].map(hexToBytes) as [Uint8Array, Uint8Array, Uint8Array];
    expect(isSignature(verify, ...given)).toBe(valid);
  });
});

describe('compact.json', () => {
  const { decode, encode } = vectors('compact.json');

  it.each(decode)('bits $bits', ({ bits, target, work }) => {
    if (target === null) {
      expect(reasonOf(() => bitsToTarget(toBits(bits), 2n ** 256n))).toBe('bits-invalid');
      return;
    }
    expect(bitsToTarget(toBits(bits), 2n ** 256n)).toBe(toNumber(target));
    expect(targetToWork(toNumber(target)).toString(10)).toBe(work);
  });

  it.each(encode)('target $target', ({ target, bits }) => {
    expect(encodeCompact(toNumber(target))).toBe(toBits(bits));
  });
});

describe('compactBlocks.json', () => {
  const { shorten, blocks } = vectors('compactBlocks.json');
  /** Of a post, its id is all that matters here. */
  const post = (id: string) => ({ id }) as Transaction;

  it.each(shorten)('$name', ({ ids, digits, short }) => expect(shortenIds(ids, digits)).toEqual(short));

  it.each(blocks)('$name', ({ merkleRoot, ids, pending, sent, transactionIds, missing, reason }) => {
    const header = { version: 1, previousHash: ZERO_HASH, merkleRoot, time: 0, bits: 0, nonce: 0 };
    const find = (id: string) => (pending.includes(id) ? post(id) : undefined);
    const sources = { sent: sent.map(post), find, pending: () => pending.map(post) };
    const complete = () => completeBlock(readCompactBlock(header, ids), sources);
    if (reason !== null) return expect(reasonOf(complete)).toBe(reason);
    const { block, missing: lacking } = complete();
    expect([block?.transactions.map(({ id }) => id) ?? null, lacking]).toEqual([transactionIds, missing]);
  });
});

describe('medianTime.json', () => {
  it.each(vectors('medianTime.json').cases)('$times', ({ times, median }) => {
    expect(medianTime(times)).toBe(median);
  });
});

describe('headers.json', () => {
  it.each(vectors('headers.json').cases)('$name', ({ hex, header, hash, meetsTarget: proves }) => {
    const decoded = { ...header, bits: toBits(header.bits) };
    expect(hexToHeader(hex)).toEqual(decoded);
    expect(headerToHex(decoded)).toBe(hex);
    expect(hashHeader(decoded)).toBe(hash);
    const claims = reasonOf(() => bitsToTarget(decoded.bits, 2n ** 256n)) === null;
    expect(claims && meetsTarget(hash, bitsToTarget(decoded.bits, 2n ** 256n))).toBe(proves);
  });
});

describe('merkle.json', () => {
  it.each(vectors('merkle.json').cases)('$name', ({ ids, root, mutated, branches }) => {
    expect(merkleTree(ids)).toEqual({ root, mutated });
    expect(branches).toHaveLength(mutated ? 0 : ids.length);
    for (const [at, branch] of branches.entries()) expect(merkleRootOfBranch(ids[at] as string, branch)).toBe(root);
  });
});

describe('difficulty.json', () => {
  it.each(vectors('difficulty.json').cases)('$name', ({ network, parent, grandparent, nextBits: bits }) => {
    const parameters = { ...network, name: 'any', message: '', time: 0, powLimit: toBits(network.powLimit) };
    const previousTime = grandparent?.time ?? null;
    const context = { time: parent.time, bits: toBits(parent.bits), previousTime };
    expect(nextBits(parameters, context)).toBe(toBits(bits));
  });
});

describe('networks.json', () => {
  const { valid, invalid } = vectors('networks.json');

  it.each(valid)('$file.name', ({ file, canonical, header }) => {
    const genesis = fileToNetwork(file);
    const { nonce: _, genesis: hash, ...parameters } = file;
    expect(networkToFile(genesis)).toEqual(file);
    expect(genesis.hash).toBe(hash);
    expect(headerToHex(genesis.header)).toBe(header);
    expect(Buffer.from(canonicalBytes(parameters)).toString('utf8')).toBe(canonical);
  });

  it('has the networks that ship', () => {
    expect(valid.slice(0, 2).map(({ file }) => file)).toMatchObject([MAIN, DEV]);
  });

  it.each(invalid)('$name: $reason', ({ file, reason }) => {
    expect(reasonOf(() => fileToNetwork(file))).toBe(reason);
  });
});

describe('transactions.json', () => {
  const { network, valid, invalid } = vectors('transactions.json');

  it.each(valid)('$name', ({ seed, wire, bytes, id, postWork: work, size }) => {
    const read = readTransaction(wire as unknown as TransactionWire, network);
    const signer = seedToSigner(seed);
    expect(bytesToHex(encodeStatement(read.statement))).toBe(bytes);
    expect(read.statement.publicKey).toBe(signer.publicKey);
    expect(bytesToHex(signer.sign(hexToBytes(bytes)))).toBe(read.signature);
    expect([read.id, postWork(read.bytes), transactionSize(read)]).toEqual([id, work, size]);
    expect(transactionToWire(verifyTransaction(read, verify))).toEqual(wire);
  });

  it.each(invalid)('$name: $reason', ({ wire, reason }) => {
    const judge = () => verifyTransaction(readTransaction(wire as unknown as TransactionWire, network), verify);
    expect(reasonOf(judge)).toBe(reason);
  });
});

/** The state of a chain: what a second implementation keeps of the blocks that it has applied. */
class State {
  readonly #genesis: Genesis;
  readonly #headers: Header[];
  readonly #names = new Map<string, KeyBinding>();
  readonly #ids = new Set<string>();

  constructor(genesis: Genesis) {
    this.#genesis = genesis;
    this.#headers = [genesis.header];
  }

  /** Judges a block for the next height, in the order of docs/PROTOCOL.md, and applies it when it is valid. */
  apply(wire: unknown, now: number): void {
    const { network, powLimit, hash: genesis } = this.#genesis;
    const block = readBlock(wire, genesis);
    const { header, transactions } = block;
    checkProofOfWork(header, block.hash, powLimit);
    checkBody(
      header,
      transactions.map(({ id }) => id),
    );
    checkTransactions(block);
    const [grandparent, parent] = [this.#headers.at(-2), this.#headers.at(-1) as Header];
    expect(header.previousHash).toBe(hashHeader(parent));
    const { time, bits } = parent;
    const context = { time, bits, previousTime: grandparent?.time ?? null };
    const recentTimes = this.#headers.slice(-11).map((recent) => recent.time);
    checkHeaderContext(header, { parent: context, recentTimes }, network, now);
    for (const transaction of transactions) verifyTransaction(transaction, verify);
    const view = { bindingOf: (name: string) => this.#names.get(name), has: (id: string) => this.#ids.has(id) };
    const made = checkTransactionsContext(block, view);
    this.#headers.push(header);
    for (const { id } of transactions) this.#ids.add(id);
    for (const binding of made) this.#names.set(binding.name, binding);
  }
}

describe('blocks.json', () => {
  const { network, chain, applied: named, candidates } = vectors('blocks.json');

  function applied(): State {
    const state = new State(fileToNetwork(network));
    for (const block of chain) state.apply(block, hexToHeader(block.header).time);
    return state;
  }

  it('has a chain of valid blocks', () => {
    expect(chain).toHaveLength(2);
    expect(reasonOf(applied)).toBeNull();
    const read = chain.map((block) => readBlock(block, network.genesis));
    expect(read.map(({ hash, transactions }) => ({ hash, ids: transactions.map(({ id }) => id) }))).toEqual(named);
  });

  it.each(candidates)('$name: $reason', ({ block, now, reason }) => {
    const state = applied();
    expect(reasonOf(() => state.apply(block, now))).toBe(reason);
  });
});

describe('receipts.json', () => {
  const { valid, invalid } = vectors('receipts.json');

  it.each(valid)('$name', ({ text, proves }) => {
    const { id, block, tip, depth, work } = verifyReceiptText(text, verify);
    expect({ id, block: block.hash, tip, depth, work: String(work) }).toEqual({
      id: proves.id,
      block: proves.block,
      tip: proves.tip,
      depth: proves.depth,
      work: proves.work,
    });
  });

  it.each(invalid)('$name: $reason', ({ text, reason }) => {
    let given: string | null = null;
    try {
      verifyReceiptText(text, verify);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      given = error.reason;
    }
    expect(given).toBe(reason);
  });

  it('has a case of every reason that only receipts have', () => {
    const stated = new Set<string>(invalid.map(({ reason }) => reason));
    expect(Object.keys(PROOF_FAULTS).filter((reason) => !stated.has(reason))).toEqual([]);
  });
});

const PROOF_FAULTS: Record<ProofFault, true> = {
  'proof-malformed': true,
  'proof-version-unknown': true,
  'proof-not-canonical': true,
  'headers-unlinked': true,
  'tip-mismatch': true,
};

/** Every reason there is, and the files that have a case of it. What needs a store of blocks is tested with the chain. */
const REASONS: Record<RuleReason, ('transactions.json' | 'blocks.json' | 'networks.json' | 'the chain')[]> = {
  'statement-malformed': ['transactions.json'],
  'version-unknown': ['transactions.json'],
  'wrong-network': ['transactions.json', 'blocks.json'],
  'author-invalid': ['transactions.json'],
  'public-key-malformed': ['transactions.json'],
  'successor-malformed': ['transactions.json'],
  'timestamp-invalid': ['transactions.json'],
  'commitment-malformed': ['transactions.json'],
  'size-invalid': ['transactions.json'],
  'topics-invalid': ['transactions.json'],
  'reply-to-malformed': ['transactions.json'],
  'supersedes-malformed': ['transactions.json'],
  'stamp-invalid': ['transactions.json'],
  'signature-malformed': ['transactions.json'],
  'signature-invalid': ['transactions.json', 'blocks.json'],
  'content-malformed': ['transactions.json'],
  'content-mismatch': ['transactions.json', 'blocks.json'],
  'header-malformed': ['blocks.json'],
  'bits-invalid': ['blocks.json'],
  'proof-of-work-insufficient': ['networks.json', 'blocks.json'],
  'bits-wrong': ['blocks.json'],
  'time-too-old': ['blocks.json'],
  'time-too-new': ['blocks.json'],
  'merkle-root-mismatch': ['blocks.json'],
  'merkle-tree-mutated': ['blocks.json'],
  'too-many-transactions': ['blocks.json'],
  'block-too-large': ['blocks.json'],
  'transaction-too-new': ['blocks.json'],
  'transaction-on-chain': ['blocks.json'],
  'name-taken': ['blocks.json'],
  'ancestor-invalid': ['the chain'],
  'network-malformed': ['networks.json'],
};

describe('every reason', () => {
  const stated: Record<string, (string | null)[]> = {
    'transactions.json': vectors('transactions.json').invalid.map(({ reason }) => reason),
    'blocks.json': vectors('blocks.json').candidates.map(({ reason }) => reason),
    'networks.json': vectors('networks.json').invalid.map(({ reason }) => reason),
  };

  it.each(Object.entries(REASONS))('%s has its cases in %s', (reason, files) => {
    const found = Object.keys(stated).filter((name) => stated[name]?.includes(reason));
    expect(found).toEqual(Object.keys(stated).filter((name) => files.includes(name as 'blocks.json')));
  });
});

describe('docs/PROTOCOL.md', () => {
  const text = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8');
  const frozen = [...vectorTexts().values()].join('\n');

  it('names every reason', () => {
    expect(Object.keys({ ...REASONS, ...PROOF_FAULTS }).filter((reason) => !text.includes(`\`${reason}\``))).toEqual(
      [],
    );
  });

  it('shows no hash, key, signature or header that the vectors do not have', () => {
    const shown = text.match(/\b[0-9a-f]{64,}\b/g) ?? [];
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.filter((hex) => !/^(0+|f+)$/.test(hex) && !frozen.includes(hex))).toEqual([]);
  });

  it('shows JSON as it stands in the vectors', () => {
    const known = new Set([
      ...vectors('networks.json').valid.flatMap(({ file, canonical }) => [JSON.stringify(file), canonical]),
      ...vectors('transactions.json').valid.map(({ bytes }) => Buffer.from(bytes, 'hex').toString('utf8')),
      ...vectors('receipts.json').valid.map((receipt) => receipt.text),
      ...vectors('blocks.json').chain.map((block) => JSON.stringify(block)),
    ]);
    const shown = [...text.matchAll(/^```json\n(.*?)^```$/gms)].flatMap(([, block]) =>
      String(block).trim().split('\n'),
    );
    expect(shown).toHaveLength(6);
    expect(shown.filter((line) => !known.has(line))).toEqual([]);
  });

  it('shows rows of difficulty as they stand in the vectors', () => {
    const known = vectors('difficulty.json')
      .cases.filter(({ network }) => network.powLimit === '1e0fffff' && network.spacing === 30 && network.retarget)
      .map(({ parent, grandparent, nextBits: next }) => [
        parent.bits,
        String(parent.time - (grandparent?.time ?? Number.NaN)),
        next,
      ]);
    const shown = [...text.matchAll(/^\| `(\w{8})` \| (-?\d+) \| `(\w{8})` \|$/gm)].map((row) => row.slice(1));
    expect(shown).toHaveLength(8);
    for (const row of shown) expect(known).toContainEqual(row);
  });

  it('shows targets and work as they stand in the vectors', () => {
    const known = vectors('compact.json').decode.map(({ bits, target, work }) => [bits, target, work]);
    const shown = [...text.matchAll(/^\| `(\w{8})` \| `(\w{64})` \| (\d+) \|$/gm)].map((row) => row.slice(1));
    expect(shown).toHaveLength(3);
    for (const row of shown) expect(known).toContainEqual(row);
  });
});
