/** What only a liar makes: headers and blocks that look like the next one, and posts that nobody signed. */
import type { Hash } from '../../../src/domain/bytes.ts';
import type { Header } from '../../../src/domain/header.ts';
import { buildTransaction, type Transaction, type VerifiedTransaction } from '../../../src/domain/transaction.ts';
import { GENESIS_ENTRY, makeKey, makePost, mineBlock, mineHeader, type Parent } from '../../support/chain.ts';

export type HeaderFault = 'too little work' | 'wrong bits' | 'time too old' | 'time too new' | 'not linked';

const CHANGES: Record<HeaderFault, Partial<Header>> = {
  'too little work': {},
  'wrong bits': { bits: 0x207ffffe },
  'time too old': { time: GENESIS_ENTRY.header.time - 1 },
  'time too new': { time: 0xffffffff },
  'not linked': { previousHash: 'ab'.repeat(32) },
};

export const HEADER_FAULTS = Object.keys(CHANGES) as HeaderFault[];

/** A header on top of a block that breaks one rule. */
export function forgeHeader(parent: Parent, fault: HeaderFault): Header {
  const { header } = mineBlock(parent, [], { version: 66, ...CHANGES[fault] }).block;
  return fault === 'too little work' ? mineHeader(header, false) : header;
}

/** A block with a good header whose body breaks a rule: one name with two keys. */
export function forgeBlock(parent: Parent) {
  return mineBlock(parent, [claim('first'), claim('second')], { version: 66 }).block;
}

function claim(label: string): VerifiedTransaction {
  return makePost({ author: 'one name', content: label, key: makeKey(`claims it ${label}`) });
}

/** Well formed, and its signature is another post's. */
export function forgePost(number: number): Transaction {
  const { statement, opening } = makePost({ author: 'nobody', content: `forged ${number}` });
  return buildTransaction(statement, makePost().signature, opening);
}

/** An id of nothing. */
export function forgeId(number: number): Hash {
  return number.toString(16).padStart(64, 'f');
}
