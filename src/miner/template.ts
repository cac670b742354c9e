/** The block to be: everything but the nonce that proves its work. Fixed once made; posts that arrive later wait for the next one. */
import type { NextHeader } from '../chain/ports.ts';
import { type Block, MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../domain/block.ts';
import { decodeCompact } from '../domain/compact.ts';
import { type Header, hashHeader } from '../domain/header.ts';
import { merkleTree } from '../domain/merkle.ts';
import type { VerifiedTransaction } from '../domain/transaction.ts';

/** The room for posts in a block, and the time that they must fit. */
export interface PickLimits {
  maxCount: number;
  maxBytes: number;
  headerTime: number;
}

/** A header without its nonce, and the posts that it commits to. */
export interface Template {
  height: number;
  target: bigint;
  header: Header;
  transactions: VerifiedTransaction[];
}

/**
 * @param now seconds since 1970; a clock behind the chain is moved up to what the rules ask.
 * @param nonce with which the search begins. Nothing in a block names its miner: two nodes with one pool and one clock that
 * begin with the same nonce do the same work twice, and find the same block.
 */
export function createTemplate(
  next: NextHeader,
  now: number,
  nonce: number,
  pick: (limits: PickLimits) => VerifiedTransaction[],
): Template {
  const time = Math.max(now, next.earliest);
  const transactions = pick({ maxCount: MAX_BLOCK_TRANSACTIONS, maxBytes: MAX_BLOCK_BYTES, headerTime: time });
  const { root } = merkleTree(transactions.map(({ id }) => id));
  const { previousHash, bits, height } = next;
  return {
    height,
    target: decodeCompact(bits).value,
    header: { version: 1, previousHash, merkleRoot: root, time, bits, nonce },
    transactions,
  };
}

/** The block of a nonce. Whether the hash meets the target is not checked here. */
export function blockOf({ header, transactions }: Template, nonce: number): Block {
  const found = { ...header, nonce };
  return { hash: hashHeader(found), header: found, transactions };
}
