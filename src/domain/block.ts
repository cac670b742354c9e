/** A block: a header over a list of transactions; and all that can be checked of it without knowing the chain. */
import type { Hash } from './bytes.ts';
import { RuleError, rule } from './errors.ts';
import { type Header, hashHeader, headerToHex, hexToHeader } from './header.ts';
import { merkleTree } from './merkle.ts';
import { type Transaction, type TransactionWire, transactionSize, transactionToWire } from './transaction.ts';

/** Most transactions of a block. */
export const MAX_BLOCK_TRANSACTIONS = 5_000;
/** Most bytes of the transactions of a block, as {@link transactionSize} counts them. */
export const MAX_BLOCK_BYTES = 1_048_576;
/** How far a post's claimed time may run ahead of its block's time, and a block's ahead of ours: 10 minutes. */
export const MAX_FUTURE_SECONDS = 600;

/** A header and the transactions that its Merkle root commits to, in their order. */
export interface Block {
  hash: Hash;
  header: Header;
  transactions: Transaction[];
}

/** A block as it travels in `addBlock` and in export files. */
export interface BlockWire {
  header: string;
  transactions: TransactionWire[];
}

/** Puts a block together. Nothing is checked. */
export function buildBlock(header: Header, transactions: Transaction[]): Block {
  return { hash: hashHeader(header), header, transactions };
}

/**
 * Reads a block from outside, such as a line of an export file, up to its transactions, which are as they came: a full block has
 * so many that `readTransaction` is called for some at a time.
 * @throws RuleError when the form is wrong.
 */
export function readBlockForm(wire: unknown): { header: Header; transactions: BlockWire['transactions'] } {
  const { header, transactions } = (wire ?? {}) as Partial<BlockWire>;
  if (typeof header !== 'string') throw new RuleError('header-malformed', 'a block needs a header in hex');
  if (!Array.isArray(transactions)) throw new RuleError('merkle-root-mismatch', 'a block needs a list of transactions');
  checkBlockCount(transactions.length);
  return { header: hexToHeader(header), transactions };
}

/** The block in the form in which it is exported and offered: JSON with hex digits. */
export function blockToWire(block: Block) {
  return { header: headerToHex(block.header), transactions: block.transactions.map(transactionToWire) };
}

/**
 * Checks that these transactions are the header's, and within a block's bounds. What fails here says nothing about the
 * header: the true body may still come.
 * @throws RuleError `too-many-transactions`, `merkle-tree-mutated`, `merkle-root-mismatch`.
 */
export function checkBody(header: Header, ids: readonly Hash[]): void {
  checkBlockCount(ids.length);
  const { root, mutated } = merkleTree(ids);
  rule(!mutated, 'merkle-tree-mutated', 'the list of transactions repeats a part of itself (CVE-2012-2459)');
  rule(root === header.merkleRoot, 'merkle-root-mismatch', `the transactions lead to ${root}`);
}

/**
 * Checks the rules that the transactions, once known to be the header's, obey by themselves.
 * @throws RuleError `block-too-large`, `transaction-on-chain` (an id twice), `transaction-too-new`.
 */
export function checkTransactions({ header, transactions }: Block): void {
  const bytes = transactions.reduce((sum, transaction) => sum + transactionSize(transaction), 0);
  rule(bytes <= MAX_BLOCK_BYTES, 'block-too-large', `${bytes} bytes, at most ${MAX_BLOCK_BYTES}`);
  const ids = new Set<Hash>();
  for (const { id, statement } of transactions) {
    rule(!ids.has(id), 'transaction-on-chain', `${id} stands in the block twice`);
    ids.add(id);
    rule(!isTooNew(statement.timestamp, header.time), 'transaction-too-new', `${id} claims a time after its block's`);
  }
}

/** Whether a post's timestamp (milliseconds) is over 10 minutes ahead of a header time (seconds). */
export function isTooNew(timestamp: number, headerTime: number): boolean {
  return timestamp > (headerTime + MAX_FUTURE_SECONDS) * 1000;
}

/** @throws RuleError `too-many-transactions`. */
export function checkBlockCount(count: number): void {
  const most = MAX_BLOCK_TRANSACTIONS;
  rule(count <= most, 'too-many-transactions', `${count} transactions, at most ${most}`);
}
