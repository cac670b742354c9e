/** Vectors of blocks: a short chain, and blocks that may or may not follow it. */
import { type Block, type BlockWire, blockToWire, buildBlock } from '../../../src/domain/block.ts';
import type { Hash } from '../../../src/domain/bytes.ts';
import { nextBits } from '../../../src/domain/difficulty.ts';
import type { RuleReason } from '../../../src/domain/errors.ts';
import { type Header, headerToHex } from '../../../src/domain/header.ts';
import { merkleTree } from '../../../src/domain/merkle.ts';
import { successorOf } from '../../../src/domain/names.ts';
import { createGenesis, networkToFile } from '../../../src/domain/network.ts';
import type { Signer } from '../../../src/domain/sign.ts';
import { buildTransaction, type Transaction, transactionToWire } from '../../../src/domain/transaction.ts';
import { ALICE, BOB, seedToSigner, someHash } from '../../domain/fixtures.ts';
import { mineHeader } from '../../support/chain.ts';
import { EXAMPLE } from './headers.ts';
import { exampleOf } from './transactions.ts';

export const GENESIS = createGenesis(EXAMPLE);
const CAROL = seedToSigner('ca'.repeat(32));

/** What may stand in place of a list or a text that is too long to write out. */
interface Repeated {
  repeat: unknown;
  times: number;
}

interface Candidate {
  name: string;
  /** Our clock. */
  now: number;
  block: Omit<BlockWire, 'transactions'> & { transactions: unknown[] | Repeated };
  /** Null when the block is valid. */
  reason: RuleReason | null;
}

function rootOf(transactions: Transaction[]): Hash {
  return merkleTree(transactions.map(({ id }) => id)).root;
}

/** A mined block, seconds after the one below it. */
function follow(
  parent: Header & { hash: Hash },
  below: Header | null,
  seconds: number,
  transactions: Transaction[],
): Block {
  const context = { time: parent.time, bits: parent.bits, previousTime: below?.time ?? null };
  const header = {
    version: 1,
    previousHash: parent.hash,
    merkleRoot: rootOf(transactions),
    time: parent.time + seconds,
    bits: nextBits(EXAMPLE, context),
    nonce: 0,
  };
  return buildBlock(mineHeader(header), transactions);
}

const HELLO = exampleOf();
/** Alice binds her name to no successor, bob his to the key of carol. */
const BOBS = exampleOf(
  { author: 'bob', content: 'hello, alice', replyTo: HELLO.id, successor: successorOf(CAROL.publicKey) },
  { signer: BOB },
);
const ONE = follow({ ...GENESIS.header, hash: GENESIS.hash }, null, 10, [HELLO, BOBS]);
const TWO = follow({ ...ONE.header, hash: ONE.hash }, GENESIS.header, 40, []);

/** Blocks 1 and 2. */
export const CHAIN = [blockToWire(ONE), blockToWire(TWO)] as const;

/** The plain block 3, from which the candidates differ. */
const AGAIN = exampleOf({ content: 'again' });
const BASE = follow({ ...TWO.header, hash: TWO.hash }, ONE.header, 30, [AGAIN]);
const { time: TIME, bits: BITS } = BASE.header;

/** Block 3 over other transactions, and with other fields, but always mined. */
function over(transactions: Transaction[], change: Partial<Header> = {}): Block {
  const header = { ...BASE.header, merkleRoot: rootOf(transactions), nonce: 0, ...change };
  return buildBlock(mineHeader(header), transactions);
}

function candidate(name: string, reason: RuleReason | null, block: Block, change: Partial<Candidate> = {}): Candidate {
  return { name, now: TIME, block: blockToWire(block), reason, ...change };
}

/** The header of a block over a body that need not be its own. */
function carrying({ header }: Block, transactions: unknown[] | Repeated) {
  return { block: { header: headerToHex(header), transactions } };
}

/** A post whose time is so many milliseconds after its block's. */
function later(milliseconds: number): Transaction {
  return exampleOf({ content: 'in time' }, { timestamp: TIME * 1000 + milliseconds });
}

function validCandidates(): Candidate[] {
  const carols = exampleOf({ author: 'carol' }, { signer: CAROL });
  const yes = exampleOf({ content: 'yes', replyTo: AGAIN.id });
  return [
    candidate('one post', null, BASE),
    candidate('no posts', null, over([])),
    candidate('a name used again by its key, and a new one', null, over([AGAIN, carols])),
    candidate('a reply before what it answers', null, over([yes, AGAIN])),
    ...validTakeovers(),
    candidate('another version', null, over([AGAIN], { version: -1 })),
    candidate('a second after the median', null, over([AGAIN], { time: ONE.header.time + 1 })),
    candidate('10 minutes ahead of the clock', null, BASE, { now: TIME - 600 }),
    candidate('a post 10 minutes ahead of the block', null, over([later(600_000)])),
  ];
}

/** A post of bob's name by a key, with a text, naming a successor. */
function asBob(content: string, signer: Signer, successor: Signer | null = null): Transaction {
  return exampleOf({ author: 'bob', content, successor: successor && successorOf(successor.publicKey) }, { signer });
}

function validTakeovers(): Candidate[] {
  const first = exampleOf({ author: 'dave', successor: successorOf(ALICE.publicKey) }, { signer: BOB });
  const second = exampleOf({ author: 'dave', content: 'now mine' });
  return [
    candidate('a name taken over by its successor', null, over([asBob('mine now', CAROL)])),
    candidate('the old key before its successor', null, over([asBob('one more', BOB), asBob('mine now', CAROL)])),
    candidate('the successor twice', null, over([asBob('mine now', CAROL), asBob('still mine', CAROL)])),
    candidate('a first use, and a takeover in the same block', null, over([first, second])),
    candidate('two takeovers in one block', null, over([asBob('mine', CAROL, ALICE), asBob('no, mine', ALICE)])),
    candidate(
      'the first key as the successor of its successor',
      null,
      over([asBob('mine', CAROL, BOB), asBob('mine again', BOB)]),
    ),
    candidate('a key as its own successor', null, over([asBob('mine', CAROL, CAROL), asBob('and mine', CAROL, ALICE)])),
  ];
}

function badTakeovers(): Candidate[] {
  const taken = (name: string, ...posts: Transaction[]) => candidate(name, 'name-taken', over(posts));
  return [
    taken('the old key after its successor', asBob('mine now', CAROL), asBob('no', BOB)),
    taken('a successor named by no binding post', asBob('for alice', BOB, ALICE), asBob('thanks', ALICE)),
    taken('the successor of before', asBob('mine', CAROL, ALICE), asBob('yours', ALICE), asBob('no, mine', CAROL)),
    taken('a takeover, then a successor that only a later post names', ...lateSuccessor()),
    taken('a name without a successor', exampleOf({ author: 'alice' }, { signer: CAROL })),
    taken(
      'its own successor, later another',
      asBob('mine', CAROL, CAROL),
      asBob('for alice', CAROL, ALICE),
      asBob('thanks', ALICE),
    ),
  ];
}

function lateSuccessor(): Transaction[] {
  return [asBob('mine', CAROL), asBob('for alice', CAROL, ALICE), asBob('thanks', ALICE)];
}

function badHeaders(): Candidate[] {
  const short = { header: headerToHex(BASE.header).slice(2), transactions: blockToWire(BASE).transactions };
  const missed = mineHeader({ ...BASE.header, nonce: 0 }, false);
  return [
    candidate('a header of 79 bytes', 'header-malformed', BASE, { block: short }),
    candidate('bits above the limit', 'bits-invalid', over([AGAIN], { bits: 0x2100ffff })),
    candidate('bits that are negative', 'bits-invalid', buildBlock({ ...BASE.header, bits: 0x20ffffff }, [AGAIN])),
    candidate('a hash above its target', 'proof-of-work-insufficient', buildBlock(missed, [AGAIN])),
    candidate('bits of the parent', 'bits-wrong', over([AGAIN], { bits: TWO.header.bits })),
    candidate('harder bits than they must be', 'bits-wrong', over([AGAIN], { bits: BITS - 1 })),
    candidate('the median itself', 'time-too-old', over([AGAIN], { time: ONE.header.time })),
    candidate('a second over 10 minutes ahead of the clock', 'time-too-new', BASE, { now: TIME - 601 }),
  ];
}

function badBodies(): Candidate[] {
  const wire = transactionToWire(AGAIN);
  const three = ['a', 'b', 'c'].map((content) => exampleOf({ content }));
  const wires = three.map(transactionToWire);
  const many = { repeat: wire, times: 5_001 };
  return [
    candidate('5,001 transactions, counted first', 'too-many-transactions', BASE, carrying(BASE, many)),
    candidate('a transaction left out', 'merkle-root-mismatch', BASE, carrying(BASE, [])),
    candidate('a transaction exchanged', 'merkle-root-mismatch', BASE, carrying(BASE, wires.slice(0, 1))),
    candidate('the last of three doubled', 'merkle-tree-mutated', BASE, carrying(over(three), [...wires, wires[2]])),
    candidate(
      'a content that was not signed',
      'content-mismatch',
      BASE,
      carrying(BASE, [{ ...wire, content: 'hallo' }]),
    ),
  ];
}

function badTransactions(): Candidate[] {
  const forged = buildTransaction(AGAIN.statement, BOBS.signature, AGAIN.opening);
  const daves = [ALICE, BOB].map((signer) => exampleOf({ author: 'dave' }, { signer }));
  const full = Array.from({ length: 63 }, (_, i) =>
    exampleOf({ content: 'a'.repeat(16_384) }, { timestamp: (TIME - i) * 1000 }),
  );
  const fullWires = full.map((each) => ({ ...transactionToWire(each), content: { repeat: 'a', times: 16_384 } }));
  return [
    candidate('1 MiB exceeded', 'block-too-large', BASE, carrying(over(full), fullWires)),
    candidate('a post a millisecond over 10 minutes ahead', 'transaction-too-new', over([later(600_001)])),
    candidate('an id twice in the block', 'transaction-on-chain', over([AGAIN, later(0), AGAIN])),
    candidate('an id that stands below', 'transaction-on-chain', over([AGAIN, HELLO])),
    candidate('a name with two keys in the block', 'name-taken', over(daves)),
    candidate('a name that another key has below', 'name-taken', over([exampleOf({ author: 'bob' })])),
    candidate('a signature of another statement', 'signature-invalid', over([forged])),
    candidate('a post for another network', 'wrong-network', over([exampleOf({}, { network: someHash(0) })])),
  ];
}

export function blockVectors() {
  return {
    about:
      'Apply `chain` (blocks 1 and 2) to the network’s genesis; then judge each candidate for block 3 by itself, the clock ' +
      'being at `now`. `reason` null means valid. `applied` names the blocks of `chain` and their ids. {repeat, times} stands ' +
      'for a text or a list too long to write out.',
    network: networkToFile(GENESIS),
    chain: CHAIN,
    applied: [ONE, TWO].map(({ hash, transactions }) => ({ hash, ids: transactions.map(({ id }) => id) })),
    candidates: [...validCandidates(), ...badHeaders(), ...badBodies(), ...badTransactions(), ...badTakeovers()],
  };
}
