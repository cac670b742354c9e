import { describe, expect, test } from 'vitest';
import { auditChain } from '../../src/chain/audit.ts';
import { MAX_FAULTS } from '../../src/chain/auditFindings.ts';
import type { AuditRequest, Binding, IndexEntry } from '../../src/chain/ports.ts';
import type { Block } from '../../src/domain/block.ts';
import type { Hash } from '../../src/domain/bytes.ts';
import { nextBits } from '../../src/domain/difficulty.ts';
import { createGenesis, type Genesis, genesisHeader } from '../../src/domain/network.ts';
import { DEV } from '../../src/domain/networks.ts';
import { buildTransaction, type VerifiedTransaction } from '../../src/domain/transaction.ts';
import { verifySignature } from '../../src/keyring/sodium.ts';
import {
  bindingsOf,
  entryOfGenesis,
  GENESIS,
  GENESIS_ENTRY,
  type Mined,
  makeKey,
  makePost,
  makePosts,
  mineBlock,
  mineChain,
  mineHeader,
  POST_TIME,
} from '../support/chain.ts';

const NOW = DEV.time + 86_400;

/** What a store holds, laid open so that a test can break any of it. */
class Records {
  readonly best: Hash[];
  readonly entries = new Map<Hash, IndexEntry>();
  readonly blocks = new Map<Hash, Block>();
  readonly heights = new Map<Hash, number>();
  readonly bindings: Map<string, Binding>;

  constructor(mined: readonly Mined[], genesis: IndexEntry = GENESIS_ENTRY) {
    const { hash, header } = genesis;
    const all: Mined[] = [{ entry: genesis, block: { hash, header, transactions: [] } }, ...mined];
    this.best = all.map(({ entry }) => entry.hash);
    for (const { entry, block } of all) {
      this.entries.set(entry.hash, entry);
      this.blocks.set(entry.hash, block);
      for (const { id } of block.transactions) this.heights.set(id, this.heights.get(id) ?? entry.height);
    }
    this.bindings = new Map(bindingsOf(mined).map((binding) => [binding.name, binding]));
  }

  hashAt(height: number): Hash {
    return this.best[height] as Hash;
  }

  changeEntry(height: number, change: Partial<IndexEntry>): void {
    const hash = this.hashAt(height);
    this.entries.set(hash, { ...(this.entries.get(hash) as IndexEntry), ...change });
  }

  changeBlock(height: number, change: (block: Block) => Partial<Block>): void {
    const block = this.blocks.get(this.hashAt(height)) as Block;
    this.blocks.set(block.hash, { ...block, ...change(block) });
  }

  store(): AuditRequest['store'] {
    const pick = <Value>(map: Map<string, Value>, keys: readonly string[]) =>
      new Map(keys.flatMap((key) => (map.has(key) ? [[key, map.get(key) as Value]] : [])));
    const top = this.hashAt(this.best.length - 1);
    return {
      tip: async () => this.entries.get(top) as IndexEntry,
      entry: async (hash) => this.entries.get(hash) ?? null,
      bestHash: async (height) => this.best[height] ?? null,
      block: async (hash) => this.blocks.get(hash) ?? null,
      bindings: async (names, height = Number.MAX_SAFE_INTEGER) =>
        new Map([...pick(this.bindings, names)].filter(([, binding]) => binding.height <= height)),
      heights: async (ids) => pick(this.heights, ids),
    };
  }
}

function audit(records: Records, request: Partial<AuditRequest> = {}) {
  const store = records.store();
  return auditChain({ store, genesis: GENESIS, verify: verifySignature, now: NOW, onProgress: () => {}, ...request });
}

async function faultsOf(records: Records, request: Partial<AuditRequest> = {}): Promise<string[]> {
  const { faults } = await audit(records, request);
  return faults.map(({ height, reason }) => `${height} ${reason}`);
}

const ALICE = makePosts(4);
const BOB = makePosts(3, { author: 'bob' });
/** Four blocks: alice from 1 on, bob from 2 on, none in 3. */
const BODIES = [[ALICE[0]], [ALICE[1], BOB[0]], [], [BOB[1], ALICE[2]]] as VerifiedTransaction[][];
const CHAIN = mineChain(GENESIS_ENTRY, BODIES);

function withBlocks(...bodies: VerifiedTransaction[][]): Records {
  return new Records(mineChain(GENESIS_ENTRY, bodies));
}

test('a valid chain has no faults, and the progress is reported', async () => {
  const heights: number[] = [];
  const report = await audit(new Records(CHAIN), { onProgress: (height, tip) => heights.push(height, tip) });
  const tip = { hash: CHAIN[3]?.entry.hash, height: 4 };
  expect(report).toEqual({ blocks: 5, transactions: 5, contentsMissing: 0, tip, faults: [], moved: false });
  expect(heights).toEqual([0, 4, 1, 4, 2, 4, 3, 4, 4, 4]);
});

test('a chain of its genesis alone is valid', async () => {
  expect(await faultsOf(new Records([]))).toEqual([]);
});

test('missing contents are counted, and are not faults', async () => {
  const records = new Records(CHAIN);
  records.changeBlock(2, ({ transactions }) => ({
    transactions: transactions.map((transaction) => ({ ...transaction, opening: null })),
  }));
  expect(await audit(records)).toMatchObject({ contentsMissing: 2, faults: [] });
});

test('on a network that retargets, each block is held to its own target', async () => {
  const { genesis, mined } = mineRetargeted([30, 5, 5, 200, 1, 30, 30, 5, 5, 5, 5, 5, 400, 30]);
  const records = new Records(mined, entryOfGenesis(genesis));
  expect(new Set(mined.map(({ entry }) => entry.header.bits)).size).toBeGreaterThan(5);
  expect(await faultsOf(records, { genesis })).toEqual([]);
  const wrong = mined[5] as Mined;
  const easier = mineBlock(mined[4]?.entry as IndexEntry, [], { time: wrong.entry.header.time, bits: 0x207fffff });
  const forked = new Records([...mined.slice(0, 5), easier], entryOfGenesis(genesis));
  expect(await faultsOf(forked, { genesis })).toEqual(['6 bits-wrong']);
});

/** Blocks with so many seconds between them, on a network with an easy limit. */
function mineRetargeted(spacings: readonly number[]): { genesis: Genesis; mined: Mined[] } {
  const network = { ...DEV, name: 'retargeting', retarget: true };
  const { nonce } = mineHeader(genesisHeader(network, 0));
  const genesis = createGenesis({ ...network, nonce });
  const mined: Mined[] = [];
  for (const spacing of spacings) {
    const parent = mined.at(-1)?.entry ?? entryOfGenesis(genesis);
    const { time, bits } = parent.header;
    const before = mined.length === 0 ? null : (mined.at(-2)?.entry.header.time ?? genesis.header.time);
    const next = nextBits(genesis.network, { time, bits, previousTime: before });
    mined.push(mineBlock(parent, [], { time: time + spacing, bits: next }));
  }
  return { genesis, mined };
}

describe('a broken rule is found', () => {
  const [a, b, c] = CHAIN.map(({ entry }) => entry) as [IndexEntry, IndexEntry, IndexEntry];
  const above = (entry: IndexEntry, ...rest: Parameters<typeof mineBlock> extends [unknown, ...infer R] ? R : never) =>
    new Records([...CHAIN.slice(0, entry.height), mineBlock(entry, ...rest)]);
  const forged = buildTransaction((ALICE[0] as VerifiedTransaction).statement, '00'.repeat(64), {
    content: 'post 0',
    salt: '00'.repeat(16),
  }) as VerifiedTransaction;
  const large = makePosts(65, { content: 'x'.repeat(16_300) });

  test.each<[string, () => Records, string[]]>([
    ['a target of its own choice', () => above(b, [], { bits: 0x1f7fffff }), ['3 bits-wrong']],
    ['a time not after the median', () => above(c, [], { time: a.header.time }), ['4 time-too-old']],
    ['a time of the future', () => above(c, [], { time: NOW + 601 }), ['4 time-too-new']],
    ['a forged signature', () => withBlocks([forged]), ['1 signature-invalid']],
    [
      'an id at two heights',
      () => withBlocks([ALICE[0]] as VerifiedTransaction[], [ALICE[0]] as VerifiedTransaction[]),
      ['2 transaction-on-chain'],
    ],
    [
      'a name with a second key',
      () => withBlocks([makePost()], [makePost({ content: 'no', key: makeKey('mallory') })]),
      ['2 name-taken'],
    ],
    [
      'a name with two keys in one block',
      () => withBlocks([makePost(), makePost({ content: 'no', key: makeKey('mallory') })]),
      ['1 name-taken'],
    ],
    ['a body over its bounds', () => withBlocks(large), ['1 block-too-large']],
    [
      'a post of the future',
      () => withBlocks([makePost({ timestamp: POST_TIME + 631_000 })]),
      ['1 transaction-too-new'],
    ],
    ['a post for another network', () => withBlocks([makePost({ network: '00'.repeat(32) })]), ['1 wrong-network']],
  ])('%s', async (_, records, faults) => {
    expect(await faultsOf(records())).toEqual(faults);
  });
});

describe('a change in the store is found', () => {
  test.each<[string, (records: Records) => void, string[]]>([
    [
      'a header',
      (records) => records.changeEntry(3, { header: { ...(CHAIN[2] as Mined).entry.header, version: 2 } }),
      ['3 record-wrong'],
    ],
    ['a height', (records) => records.changeEntry(3, { height: 7 }), ['3 record-wrong']],
    ['a total work', (records) => records.changeEntry(3, { chainWork: 99n }), ['3 record-wrong']],
    ['a mark', (records) => records.changeEntry(3, { invalidReason: 'name-taken' }), ['3 marked-invalid']],
    ['a missing body', (records) => records.blocks.delete(records.hashAt(2)), ['2 block-missing']],
    [
      'another body',
      (records) => records.changeBlock(3, () => ({ transactions: [makePost({ content: 'new' })] })),
      ['3 merkle-root-mismatch', '3 index-wrong'],
    ],
    [
      'a body with another header',
      (records) => records.changeBlock(3, () => ({ header: (CHAIN[1] as Mined).block.header })),
      ['3 record-wrong'],
    ],
    [
      'an id',
      (records) =>
        records.changeBlock(4, ({ transactions: [first, second] }) => ({
          transactions: [{ ...(first as Block['transactions'][number]), id: '11'.repeat(32) }, second as never],
        })),
      ['4 merkle-root-mismatch', '4 record-wrong', '4 index-wrong'],
    ],
    [
      'a content',
      (records) =>
        records.changeBlock(1, ({ transactions }) => ({
          transactions: transactions.map((transaction) => ({
            ...transaction,
            opening: { content: 'past 0', salt: '00'.repeat(16) },
          })),
        })),
      ['1 content-mismatch'],
    ],
    [
      'posts in block 0',
      (records) => records.changeBlock(0, () => ({ transactions: [makePost({ content: 'first' })] })),
      ['0 merkle-root-mismatch', '0 index-wrong', '0 index-wrong'],
    ],
    ['a post without a place', (records) => records.heights.delete(ALICE[1]?.id ?? ''), ['2 index-wrong']],
    ['a post in a later place', (records) => records.heights.set(ALICE[1]?.id ?? '', 3), ['2 index-wrong']],
    ['a name without a binding', (records) => records.bindings.delete('bob'), ['2 index-wrong', '4 index-wrong']],
    ['a binding after its first use', (records) => bind(records, 'bob', { height: 4, position: 0 }), ['2 index-wrong']],
    [
      'a binding before its first use',
      (records) => bind(records, 'bob', { height: 1 }),
      ['2 index-wrong', '4 index-wrong'],
    ],
    [
      'a binding to another key',
      (records) => bind(records, 'bob', { publicKey: '00'.repeat(32) }),
      ['2 index-wrong', '4 index-wrong', '4 name-taken'],
    ],
    ['a block above the tip', (records) => records.best.push('11'.repeat(32)), ['5 record-wrong']],
  ])('%s', async (_, change, faults) => {
    const records = new Records(CHAIN);
    const store = records.store();
    change(records);
    expect(await faultsOf(records, { store })).toEqual(faults);
  });

  function bind(records: Records, name: string, change: Partial<Binding>): void {
    records.bindings.set(name, { ...(records.bindings.get(name) as Binding), ...change });
  }
});

test('blocks above a missing block are still checked', async () => {
  const records = new Records(CHAIN);
  records.entries.delete(records.hashAt(2));
  records.changeEntry(4, { invalidReason: 'bits-wrong' });
  expect(await faultsOf(records)).toEqual(['2 block-missing', '4 marked-invalid']);
});

test('a block that does not link to the one below it is found', async () => {
  const other = mineChain(GENESIS_ENTRY, BODIES, { version: 3 });
  const records = new Records([...CHAIN.slice(0, 2), ...other.slice(2)]);
  expect(await faultsOf(records)).toEqual(['3 link-broken']);
});

test('the chain of another network is a fault at block 0', async () => {
  const { genesis } = mineRetargeted([]);
  expect(await faultsOf(new Records(CHAIN), { genesis })).toContain('0 link-broken');
});

test('what cannot be read is a fault, and the audit goes on', async () => {
  const records = new Records(CHAIN);
  const { block, ...store } = records.store();
  const failing = async (hash: Hash) => {
    if (hash === records.hashAt(2)) throw new Error('SQLITE_CORRUPT');
    return block(hash);
  };
  const { faults } = await audit(records, { store: { ...store, block: failing } });
  expect(faults[0]).toEqual({ height: 2, reason: 'unreadable', message: 'SQLITE_CORRUPT' });
});

test('the audit stops at a hundred faults', async () => {
  const records = new Records(
    mineChain(
      GENESIS_ENTRY,
      Array.from({ length: 150 }, () => []),
    ),
  );
  for (let height = 1; height <= 150; height++) records.changeEntry(height, { invalidReason: 'bits-wrong' });
  const report = await audit(records);
  expect(report.faults).toHaveLength(MAX_FAULTS);
  expect(report.blocks).toBe(101);
});

test('a reorganisation during the audit is reported', async () => {
  const records = new Records(CHAIN);
  const onProgress = () => records.best.splice(4, 1, '11'.repeat(32));
  expect(await audit(records, { onProgress })).toMatchObject({ moved: true });
});
