/**
 * Listings: one JSON file that proves which posts of a key, or on a topic, a row of blocks holds: these and no others
 * (docs/PROTOCOL.md, section 13).
 *
 * A header commits to ids only, and an id shows nothing of what it is the hash of. So that none can be left out, the
 * statement and signature of *every* post in the blocks are there; the contents only of those that match.
 */
import { MAX_BLOCK_TRANSACTIONS } from './block.ts';
import { type Hash, isHex } from './bytes.ts';
import { canonicalText } from './canonical.ts';
import { rule } from './errors.ts';
import { HEADER_BYTES, type Header, headerToHex, hexToHeader } from './header.ts';
import { checkHeaderChain } from './headerChain.ts';
import { merkleTree } from './merkle.ts';
import { fileToNetwork, type Genesis, type NetworkFile, networkToFile } from './network.ts';
import { assert, checkSpelling, fillLists, listed, parseProof, readHexList, readObject } from './proofFormat.ts';
import { MAX_RECEIPT_HEADERS, type ReceiptExpectation } from './receipt.ts';
import { isName, type Statement } from './statement.ts';
import {
  readTransaction,
  type Transaction,
  type TransactionWire,
  transactionToWire,
  type VerifySignature,
  verifyTransaction,
} from './transaction.ts';

/** The `format` of a listing file. */
export const LISTING_FORMAT = 'stele-listing';
/** The `version` of listing files that is read. */
export const LISTING_VERSION = 1;
/** Media type of a listing file. */
export const LISTING_MEDIA_TYPE = 'application/vnd.stele.listing+json';
/** Most blocks of a listing. */
export const MAX_LISTING_BLOCKS = 1_000;

/** Which posts are meant: those of a key, or those on a topic. */
export type ListingQuery = { publicKey: string } | { topic: string };

/** What a valid listing proves. */
export interface ListingReport {
  /** The identity is `genesis`. Anyone can found a network of any name: compare it with the one you mean. */
  network: NetworkFile;
  query: ListingQuery;
  /** All posts in the blocks that match, in the order of the chain. */
  posts: ListedPost[];
  /** Posts in the blocks, those that do not match counted too. */
  looked: number;
  /** How many blocks were looked through. */
  blocks: number;
  first: { hash: Hash; header: Header };
  last: { hash: Hash; header: Header };
  /** The headers of the blocks and of those on top of them, lowest first. */
  headers: Header[];
  /** Hash of the last of them. */
  tip: Hash;
  /** Blocks on top of the last one that was looked through. */
  depth: number;
  /** Expected number of hashes behind the last block and those on top: what another end of the row costs. */
  work: bigint;
}

/** A post of a listing that matches the query. */
export interface ListedPost {
  id: Hash;
  statement: Statement;
  /** The text that was signed; null when the listing withholds it. */
  content: string | null;
  block: { hash: Hash; header: Header; position: number };
}

/** What a listing is made of. */
export interface ListingParts {
  genesis: Genesis;
  query: ListingQuery;
  /** All transactions of each block. */
  blocks: readonly (readonly Transaction[])[];
  /** The headers of the blocks and of those on top of them. */
  headers: readonly Header[];
  tip: Hash;
}

/**
 * The file in pieces, each of which takes about as long as one post does: canonical JSON, to be stored as UTF-8. The parts
 * are known to be true.
 */
export function* listingPieces(parts: ListingParts): Generator<string> {
  const frame = partsToListing({ ...parts, blocks: [], headers: [] });
  const headers = listed(parts.headers, (header) => `"${headerToHex(header)}"`);
  yield* fillLists(canonicalText(frame), { blocks: blockPieces(parts), headers });
}

function* blockPieces({ blocks, query }: ListingParts): Generator<string> {
  for (const [i, transactions] of blocks.entries()) {
    yield i === 0 ? '[' : ',[';
    yield* listed(transactions, (transaction) => canonicalText(toListed(transaction, query)));
    yield ']';
  }
}

/** A post as listings have it: with its content if the query matches it, else without. */
function toListed(transaction: Transaction, query: ListingQuery) {
  const { statement, signature } = transaction;
  return isListed(statement, query) ? transactionToWire(transaction) : { statement, signature };
}

/**
 * Checks the text of a listing. It must be canonical JSON, to the byte; one line feed may end it.
 * @throws Refusal with a reason, as for a receipt.
 */
export function verifyListingText(
  text: string,
  verify: VerifySignature,
  expected: ReceiptExpectation = {},
): ListingReport {
  const parts = readParts(parseProof(text));
  checkSpelling(text, partsToListing(parts));
  return checkParts(parts, verify, expected);
}

/** Checks a listing that was parsed elsewhere: what it says, however it was spelled. */
export function verifyListing(
  listing: unknown,
  verify: VerifySignature,
  expected: ReceiptExpectation = {},
): ListingReport {
  return checkParts(readParts(listing), verify, expected);
}

/** Whether a statement is one of those that a listing is to show. */
export function isListed({ publicKey, topics }: Statement, query: ListingQuery): boolean {
  return 'publicKey' in query ? publicKey === query.publicKey : topics.includes(query.topic);
}

function partsToListing({ genesis, query, blocks, headers, tip }: ListingParts) {
  return {
    format: LISTING_FORMAT,
    version: LISTING_VERSION,
    network: networkToFile(genesis),
    query,
    blocks: blocks.map((transactions) => transactions.map((transaction) => toListed(transaction, query))),
    headers: headers.map(headerToHex),
    tip,
  };
}

const FIELDS = ['format', 'version', 'network', 'query', 'blocks', 'headers', 'tip'] as const;
const REST_FIELDS = ['statement', 'signature'] as const;
const LISTED_FIELDS = [...REST_FIELDS, 'content', 'salt'] as const;

function readParts(value: unknown): ListingParts {
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  assert(format === LISTING_FORMAT, 'proof-malformed', `format must be ${LISTING_FORMAT}`);
  assert(version === LISTING_VERSION, 'proof-version-unknown', `version must be ${LISTING_VERSION}`);
  const given = readObject(value, FIELDS, 'listing');
  const { tip, blocks } = given;
  const query = readQuery(given.query);
  const headers = readHexList(given.headers, HEADER_BYTES, 1, MAX_RECEIPT_HEADERS, 'headers');
  const isList = Array.isArray(blocks) && blocks.length >= 1 && blocks.length <= MAX_LISTING_BLOCKS;
  assert(isList, 'proof-malformed', `blocks must be a list of 1 to ${MAX_LISTING_BLOCKS}`);
  assert(blocks.length <= headers.length, 'proof-malformed', 'there must be a header for each block');
  assert(isHex(tip, 32), 'proof-malformed', 'tip must be a block hash');
  const genesis = fileToNetwork(given.network);
  const bodies = [...(blocks as unknown[])].map((body) => readBody(body, query, genesis));
  return { genesis, query, blocks: bodies, headers: headers.map(hexToHeader), tip };
}

function readQuery(value: unknown): ListingQuery {
  const isTopic = typeof value === 'object' && value !== null && 'topic' in value;
  if (isTopic) {
    const { topic } = readObject(value, ['topic'], 'query');
    assert(isName(topic), 'proof-malformed', 'topic must be 1 to 64 bytes of text');
    return { topic };
  }
  const { publicKey } = readObject(value, ['publicKey'], 'query');
  assert(isHex(publicKey, 32), 'proof-malformed', 'publicKey must be 64 lower-case hex digits');
  return { publicKey };
}

/** Contents of the posts that match are there or withheld; the others have none, so that there is one spelling. */
function readBody(body: unknown, query: ListingQuery, genesis: Genesis): Transaction[] {
  const isList = Array.isArray(body) && body.length <= MAX_BLOCK_TRANSACTIONS;
  assert(isList, 'proof-malformed', `a block must be a list of at most ${MAX_BLOCK_TRANSACTIONS}`);
  return [...(body as unknown[])].map((wire) => {
    const transaction = readTransaction((wire ?? {}) as TransactionWire, genesis.hash);
    readObject(wire, isListed(transaction.statement, query) ? LISTED_FIELDS : REST_FIELDS, 'transaction');
    return transaction;
  });
}

/** Checks in the order of docs/PROTOCOL.md. */
function checkParts(parts: ListingParts, verify: VerifySignature, expected: ReceiptExpectation): ListingReport {
  const { genesis, query, blocks, tip } = parts;
  const headers = [...parts.headers];
  const wanted = expected.network ?? genesis.hash;
  rule(genesis.hash === wanted, 'wrong-network', `the listing is of the network ${genesis.hash}, not ${wanted}`);
  for (const [at, transactions] of blocks.entries()) {
    const { root, mutated } = merkleTree(transactions.map(({ id }) => id));
    rule(!mutated, 'merkle-tree-mutated', 'a block repeats a part of itself (CVE-2012-2459)');
    rule(root === headers[at]?.merkleRoot, 'merkle-root-mismatch', `the posts of block ${at} lead to ${root}`);
  }
  const { hashes, works } = checkHeaderChain(headers, genesis);
  const end = hashes.at(-1) as Hash;
  assert(tip === end, 'tip-mismatch', `the last header is ${end}, the listing says ${tip}`);
  const at = (index: number) => ({ hash: hashes[index] as Hash, header: headers[index] as Header });
  const posts = blocks.flatMap((transactions, index) =>
    transactions.flatMap((transaction, position): ListedPost[] => {
      const { id, statement, opening } = transaction;
      if (!isListed(statement, query)) return [];
      verifyTransaction(transaction, verify);
      return [{ id, statement, content: opening?.content ?? null, block: { ...at(index), position } }];
    }),
  );
  return {
    network: networkToFile(genesis),
    query,
    posts,
    looked: blocks.reduce((sum, { length }) => sum + length, 0),
    blocks: blocks.length,
    first: at(0),
    last: at(blocks.length - 1),
    headers,
    tip,
    depth: headers.length - blocks.length,
    work: works.slice(blocks.length - 1).reduce((sum, work) => sum + work, 0n),
  };
}
