import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Block,
  type BlockWire,
  blockToWire,
  buildBlock,
  checkBody,
  checkTransactions,
  isTooNew,
  MAX_BLOCK_BYTES,
  MAX_BLOCK_TRANSACTIONS,
} from '../../src/domain/block.ts';
import type { RuleReason } from '../../src/domain/errors.ts';
import { hashHeader } from '../../src/domain/header.ts';
import { merkleTree } from '../../src/domain/merkle.ts';
import { buildTransaction, type Transaction, transactionSize } from '../../src/domain/transaction.ts';
import { readBlock } from '../support/chain.ts';
import { ALICE, BOB, GENESIS, mineBlock, NOON, post, reasonOf, someHash } from './fixtures.ts';

const HELLO = post();
const AGAIN = post({ content: 'again' });
const BOBS = post({ author: 'bob' }, { signer: BOB });
const BLOCK = mineBlock([HELLO, AGAIN, BOBS]);
const WIRE = blockToWire(BLOCK);
const read = (wire: unknown) => readBlock(wire, GENESIS.hash);

describe('readBlock', () => {
  it('accepts a block, and gives the block that was built', () => {
    expect(read(WIRE)).toEqual(BLOCK);
    expect(BLOCK.hash).toBe(hashHeader(BLOCK.header));
    expect(read({ ...WIRE, header: WIRE.header.toUpperCase() })).toEqual(BLOCK);
  });

  // Each change is the only fault of a valid block.
  it.each<[RuleReason, string, unknown]>([
    ['header-malformed', 'nothing', undefined],
    ['header-malformed', 'null', null],
    ['header-malformed', 'a number', 5],
    ['header-malformed', 'no header', { ...WIRE, header: undefined }],
    ['header-malformed', 'a header of 79 bytes', { ...WIRE, header: WIRE.header.slice(2) }],
    ['merkle-root-mismatch', 'no transactions', { ...WIRE, transactions: undefined }],
    ['merkle-root-mismatch', 'transactions that are no list', { ...WIRE, transactions: {} }],
    ['statement-malformed', 'a transaction that is null', { ...WIRE, transactions: [null] }],
    ['statement-malformed', 'a transaction that is a text', { ...WIRE, transactions: ['post'] }],
    ['signature-malformed', 'a transaction that is not signed', withFirst({ signature: '' })],
    ['content-mismatch', 'a content that was not signed', withFirst({ content: 'hallo' })],
    ['too-many-transactions', '5,001 of them', { ...WIRE, transactions: Array(MAX_BLOCK_TRANSACTIONS + 1).fill(null) }],
  ])('%s: %s', (reason, _name, wire) => {
    expect(reasonOf(() => read(wire))).toBe(reason);
  });

  it('is the inverse of the JSON form', () => {
    const posts = fc.array(fc.record({ content: fc.string({ minLength: 1 }), withheld: fc.boolean() }), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(posts, fc.nat(1000), (written, nonce) => {
        const transactions = written.map(({ content, withheld }, i) => {
          const signed = post({ content }, { timestamp: NOON + i });
          return withheld ? { ...signed, opening: null } : signed;
        });
        const block = mineBlock(transactions, { nonce });
        expect(read(JSON.parse(JSON.stringify(blockToWire(block))))).toEqual(block);
      }),
    );
  });
});

describe('checkBody', () => {
  const ids = BLOCK.transactions.map(({ id }) => id);
  const over = (list: string[]) => ({ ...BLOCK.header, merkleRoot: merkleTree(list).root });

  it('accepts the transactions of the header, and an empty list for the root of zeros', () => {
    expect(reasonOf(() => checkBody(BLOCK.header, ids))).toBeNull();
    expect(reasonOf(() => checkBody(over([]), []))).toBeNull();
  });

  it('accepts 5,000 ids', () => {
    const most = Array.from({ length: MAX_BLOCK_TRANSACTIONS }, (_, i) => someHash(i));
    expect(reasonOf(() => checkBody(over(most), most))).toBeNull();
  });

  it.each<[RuleReason, string, string[], string[]]>([
    ['merkle-root-mismatch', 'one left out', ids, ids.slice(1)],
    ['merkle-root-mismatch', 'none at all', ids, []],
    ['merkle-root-mismatch', 'another order', ids, ids.toReversed()],
    ['merkle-root-mismatch', 'any for the root of zeros', [], ids],
    ['merkle-tree-mutated', 'the last of three doubled, under the same root', ids, [...ids, ids[2] as string]],
    [
      'merkle-tree-mutated',
      'a pair of equals that the header commits to',
      [ids[0], ids[0]] as string[],
      [ids[0], ids[0]] as string[],
    ],
  ])('%s: %s', (reason, _name, committed, given) => {
    expect(reasonOf(() => checkBody(over(committed), given))).toBe(reason);
  });

  it('too-many-transactions: 5,001 ids that the header commits to', () => {
    const many = Array.from({ length: MAX_BLOCK_TRANSACTIONS + 1 }, (_, i) => someHash(i));
    expect(reasonOf(() => checkBody(over(many), many))).toBe('too-many-transactions');
  });
});

describe('checkTransactions', () => {
  const latest = (BLOCK.header.time + 600) * 1000;
  const check = (transactions: Transaction[]) => reasonOf(() => checkTransactions(mineBlock(transactions)));

  it.each<[string, Transaction[]]>([
    ['none', []],
    ['a name used twice by its key', [HELLO, AGAIN]],
    ['a name with two keys, of which the chain decides', [HELLO, BOBS, post({}, { signer: BOB })]],
    ['two names of one key', [HELLO, post({ author: 'alice2' })]],
    ['names that differ in their case only', [HELLO, post({ author: 'Alice' }, { signer: BOB })]],
    [
      'a name that an object has anyway',
      [post({ author: 'constructor' }), post({ author: '__proto__' }, { signer: BOB })],
    ],
    ['a post from 10 minutes ahead', [post({}, { timestamp: latest })]],
    ['a post from 1970', [post({}, { timestamp: 0 })]],
    ['a reply to what nobody has seen', [post({ replyTo: someHash(1) })]],
    ['a reply that stands before what it answers', [post({ content: 'yes', replyTo: HELLO.id }), HELLO]],
  ])('passes %s', (_name, transactions) => {
    expect(check(transactions)).toBeNull();
  });

  it.each<[RuleReason, string, Transaction[]]>([
    ['transaction-on-chain', 'an id twice', [HELLO, AGAIN, HELLO]],
    ['transaction-too-new', 'a millisecond over 10 minutes ahead', [HELLO, post({}, { timestamp: latest + 1 })]],
  ])('%s: %s', (reason, _name, transactions) => {
    expect(check(transactions)).toBe(reason);
  });

  it('counts statements, signatures and claimed sizes to 1 MiB, and not a byte more', () => {
    const full = fullBlock(MAX_BLOCK_BYTES);
    expect(full.transactions.reduce((sum, transaction) => sum + transactionSize(transaction), 0)).toBe(1_048_576);
    expect(reasonOf(() => checkTransactions(full))).toBeNull();
    expect(reasonOf(() => checkTransactions(fullBlock(MAX_BLOCK_BYTES + 1)))).toBe('block-too-large');
  });
});

describe('isTooNew', () => {
  it('compares milliseconds with seconds', () => {
    expect(isTooNew(600_000, 0)).toBe(false);
    expect(isTooNew(600_001, 0)).toBe(true);
    expect(isTooNew(Number.MAX_SAFE_INTEGER, 0xffff_ffff)).toBe(true);
  });
});

/** The block on the wire with its first transaction changed. */
function withFirst(change: Partial<BlockWire['transactions'][number]>): BlockWire {
  const [first, ...rest] = WIRE.transactions as [BlockWire['transactions'][number], ...BlockWire['transactions']];
  return { ...WIRE, transactions: [{ ...first, ...change }, ...rest] };
}

/** A block whose transactions count exactly this many bytes; their contents are withheld. */
function fullBlock(bytes: number): Block {
  const sized = (size: number, i: number) =>
    buildTransaction(
      { ...HELLO.statement, publicKey: ALICE.publicKey, timestamp: NOON + i, size },
      HELLO.signature,
      null,
    );
  const transactions: Transaction[] = [];
  let left = bytes;
  while (left > 20_000) {
    const next = sized(16_000, transactions.length);
    transactions.push(next);
    left -= transactionSize(next);
  }
  const half = sized(5_000, transactions.length);
  left -= transactionSize(half);
  // The rest is 3,000 to 15,000 bytes: a size of four or five digits fills it exactly.
  const overhead = transactionSize(sized(1_000, 0)) - 1_000;
  const rest = left - overhead < 10_000 ? left - overhead : left - overhead - 1;
  transactions.push(half, sized(rest, transactions.length + 1));
  return buildBlock(BLOCK.header, transactions);
}
