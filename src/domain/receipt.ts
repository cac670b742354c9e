/**
 * Receipts: one JSON file that proves a post to someone who trusts no node (docs/PROTOCOL.md, section 12).
 *
 * Invariant: a text is accepted in one spelling only (canonical JSON), and each of its parts is tied to the others by a
 * hash, a signature or a rule, so that no bit of it can change without being noticed.
 */
import { isTooNew, MAX_BLOCK_TRANSACTIONS } from './block.ts';
import { type Hash, isHex, isIntegerIn } from './bytes.ts';
import { canonicalText } from './canonical.ts';
import { type ProofFault, type RuleReason, rule } from './errors.ts';
import { HEADER_BYTES, type Header, hashHeader, headerToHex, hexToHeader } from './header.ts';
import { checkHeaderChain } from './headerChain.ts';
import { checkBranch, type MerkleStep, merkleBranch, merkleBranchInParts } from './merkle.ts';
import { fileToNetwork, type Genesis, type NetworkFile, networkToFile } from './network.ts';
import { assert, checkSpelling, fillLists, listed, parseProof, readHexList, readObject } from './proofFormat.ts';
import type { Statement } from './statement.ts';
import {
  readTransaction,
  type Transaction,
  type TransactionWire,
  transactionToWire,
  type VerifySignature,
  verifyTransaction,
} from './transaction.ts';

/** The `format` of a receipt file. */
export const RECEIPT_FORMAT = 'stele-receipt';
/** The `version` of receipt files that is read. */
export const RECEIPT_VERSION = 1;
/** Media type of a receipt file. */
export const RECEIPT_MEDIA_TYPE = 'application/vnd.stele.receipt+json';
/** Headers of the block and on top of it. */
export const MAX_RECEIPT_HEADERS = 100_000;
/** Enough levels for a block of 5,000. */
export const MAX_BRANCH_LENGTH = 13;

/** A receipt, once parsed. */
export interface Receipt {
  format: typeof RECEIPT_FORMAT;
  version: typeof RECEIPT_VERSION;
  network: NetworkFile;
  /** The transaction in wire form; a withheld content is two nulls. */
  transaction: { statement: Statement; signature: string; content: string | null; salt: string | null };
  /** Place of the post within its block, from 0. */
  position: number;
  /** The neighbours on the way from the id to the Merkle root, lowest first. */
  branch: Hash[];
  /** Hex of the header of the block, and of all on top of it, lowest first. */
  headers: string[];
  /** Hash of the last header: where work is cheap, a change of that header would pass for another block otherwise. */
  tip: Hash;
}

/** Why a receipt is refused. */
export type ReceiptReason = ProofFault | RuleReason;

/** What a valid receipt proves, and of which network. */
export interface ReceiptReport {
  /** The identity is `genesis`. Anyone can found a network of any name: compare it with the one you mean. */
  network: NetworkFile;
  id: Hash;
  /** What the key signed: the name, the claimed time, the topics and so on. */
  statement: Statement;
  /** The text that was signed; null when the receipt withholds it. */
  content: string | null;
  /** The block that holds the post. */
  block: {
    hash: Hash;
    header: Header;
    /** The post's place in it, from 0. */
    position: number;
  };
  /** The headers of the block and of those on top of it, lowest first. */
  headers: Header[];
  /** Hash of the last of them. */
  tip: Hash;
  /** Blocks on top of the post's block, up to the receipt's tip. */
  depth: number;
  /** Expected number of hashes behind the block and those on top of it: what a forgery of it costs. */
  work: bigint;
}

/** What a reader expects of a proof, beside its being valid. */
export interface ReceiptExpectation {
  /** Genesis hash of the network that the post must be on. Default: any. */
  network?: Hash | undefined;
}

/** The parts of a block that a receipt is made of. */
export interface ReceiptParts {
  genesis: Genesis;
  transaction: Transaction;
  /** All ids of the block, in their order. */
  ids: readonly Hash[];
  position: number;
  /** The headers of the block and of those on top; at least one, at most {@link MAX_RECEIPT_HEADERS}. */
  headers: readonly Header[];
}

/** Makes a receipt of what is known to be true. */
export function buildReceipt(parts: ReceiptParts): Receipt {
  return { ...receiptFrame(parts, merkleBranch(parts.ids, parts.position)), headers: parts.headers.map(headerToHex) };
}

/** The file of {@link buildReceipt} in pieces, some of them empty, each of which takes about a millisecond at most. */
export function* receiptPieces(parts: ReceiptParts): Generator<string> {
  const branch = yield* merkleBranchInParts(parts.ids, parts.position);
  const headers = listed(parts.headers, (header) => `"${headerToHex(header)}"`);
  yield* fillLists(canonicalText(receiptFrame(parts, branch)), { headers });
}

/** A receipt without its headers. */
function receiptFrame({ headers, ...parts }: ReceiptParts, branch: MerkleStep[]): Receipt {
  const tip = hashHeader(headers.at(-1) as Header);
  return partsToReceipt({ ...parts, branch: branch.map(({ hash }) => hash), headers: [], tip });
}

/**
 * Checks the text of a receipt. It must be canonical JSON, to the byte; one line feed may end it.
 * @throws Refusal with a {@link ReceiptReason}.
 */
export function verifyReceiptText(
  text: string,
  verify: VerifySignature,
  expected: ReceiptExpectation = {},
): ReceiptReport {
  const parts = readParts(parseProof(text));
  checkSpelling(text, partsToReceipt(parts));
  return checkParts(parts, verify, expected);
}

/**
 * Checks a receipt that was parsed elsewhere: what it says, however it was spelled.
 * @throws Refusal with a {@link ReceiptReason}.
 */
export function verifyReceipt(
  receipt: unknown,
  verify: VerifySignature,
  expected: ReceiptExpectation = {},
): ReceiptReport {
  return checkParts(readParts(receipt), verify, expected);
}

/** A receipt of the right form. */
interface Parts {
  genesis: Genesis;
  transaction: Transaction;
  position: number;
  branch: Hash[];
  headers: Header[];
  tip: Hash;
}

const FIELDS = ['format', 'version', 'network', 'transaction', 'position', 'branch', 'headers', 'tip'] as const;
const TRANSACTION_FIELDS = ['statement', 'signature', 'content', 'salt'] as const;

function readParts(value: unknown): Parts {
  // The version is checked first, because another version may have other fields.
  const { format, version } = (value ?? {}) as Partial<Receipt>;
  assert(format === RECEIPT_FORMAT, 'proof-malformed', `format must be ${RECEIPT_FORMAT}`);
  assert(version === RECEIPT_VERSION, 'proof-version-unknown', `version must be ${RECEIPT_VERSION}`);
  const given = readObject(value, FIELDS, 'receipt');
  const { position, tip } = given;
  assert(isIntegerIn(position, 0, MAX_BLOCK_TRANSACTIONS - 1), 'proof-malformed', 'position must be 0 to 4,999');
  const branch = readHexList(given.branch, 32, 0, MAX_BRANCH_LENGTH, 'branch');
  const headers = readHexList(given.headers, HEADER_BYTES, 1, MAX_RECEIPT_HEADERS, 'headers');
  assert(isHex(tip, 32), 'proof-malformed', 'tip must be a block hash');
  const genesis = fileToNetwork(given.network);
  const wire = readObject(given.transaction, TRANSACTION_FIELDS, 'transaction');
  const transaction = readTransaction(wire as unknown as TransactionWire, genesis.hash);
  return { genesis, transaction, position, branch, headers: headers.map(hexToHeader), tip };
}

function partsToReceipt({ genesis, transaction, position, branch, headers, tip }: Parts): Receipt {
  return {
    format: RECEIPT_FORMAT,
    version: RECEIPT_VERSION,
    network: networkToFile(genesis),
    transaction: transactionToWire(transaction),
    position,
    branch,
    headers: headers.map(headerToHex),
    tip,
  };
}

/** Cheapest first; in the order of docs/PROTOCOL.md. */
function checkParts(parts: Parts, verify: VerifySignature, expected: ReceiptExpectation): ReceiptReport {
  const { genesis, transaction, position, branch, headers, tip } = parts;
  const { id, statement, opening } = transaction;
  const wanted = expected.network ?? genesis.hash;
  rule(genesis.hash === wanted, 'wrong-network', `the receipt is of the network ${genesis.hash}, not ${wanted}`);
  verifyTransaction(transaction, verify);
  const header = headers[0] as Header;
  checkBranch(id, position, branch, header.merkleRoot);
  rule(!isTooNew(statement.timestamp, header.time), 'transaction-too-new', 'the post claims a time after its block');
  const { hashes, works } = checkHeaderChain(headers, genesis);
  const last = hashes.at(-1) as Hash;
  assert(tip === last, 'tip-mismatch', `the last header is ${last}, the receipt says ${tip}`);
  return {
    network: networkToFile(genesis),
    id,
    statement,
    content: opening?.content ?? null,
    block: { hash: hashes[0] as Hash, header, position },
    headers,
    tip,
    depth: headers.length - 1,
    work: works.reduce((sum, work) => sum + work, 0n),
  };
}
