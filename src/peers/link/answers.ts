/**
 * Reads what other nodes answer. All of it is hostile until it has been through here: what comes out has the right form
 * and lengths, or there is a {@link LinkError}. Whether it is true is for others to find out.
 */
import pLimit from 'p-limit';
import { MAX_BLOCK_TRANSACTIONS } from '../../domain/block.ts';
import { type Hash, isHex, isIntegerIn } from '../../domain/bytes.ts';
import { createIdMatcher, isIdStart, SHORT_ID } from '../../domain/compactBlock.ts';
import { RuleError } from '../../domain/errors.ts';
import { HEADER_BYTES, type Header, hashHeader, hexToHeader } from '../../domain/header.ts';
import { readTransaction, type Transaction } from '../../domain/transaction.ts';
import { inSlices } from '../../slices.ts';
import { type Announcement, type Handshake, LinkError, MAX_ADDRESSES, MAX_POSTS, type OfferAnswer } from '../ports.ts';
import { normaliseUrl } from './address.ts';
import type {
  BodyQuery,
  ChainSubscription,
  GreetMutation,
  HeadersQuery,
  LackingQuery,
  OfferMutation,
  PendingQuery,
  PostFragment,
  PostsQuery,
  SubmitMutation,
} from './generated/graphql.ts';

/** Ids on a page of the pool. */
export const PENDING_PAGE = 100;
const MAX_CURSOR = 256;
/** Posts read before other work gets a turn: a few milliseconds. */
const POSTS_A_SLICE = 50;

/** An answer as it came: the fields that should be there may not be, and what they hold may be anything. */
export type Claimed<Type> = Type extends readonly unknown[]
  ? unknown
  : Type extends object
    ? { readonly [Field in keyof Type]?: Claimed<Type[Field]> } | null | undefined
    : Type extends null
      ? null
      : unknown;

export function readGreeting(data: Claimed<GreetMutation>): Handshake {
  const { outcome, message, addresses, node } = data?.addPeer ?? {};
  if (outcome === 'BANNED') throw new LinkError('refused', `it has banned us: ${clip(message)}`);
  const { genesis } = node?.network ?? {};
  const { hash, height, chainWork } = node?.tip ?? {};
  assert(isHex(genesis, 32), 'the network is not a hash');
  assert(isIntegerIn(node?.protocol, 1, 0x7fff_ffff), 'the protocol is not a number');
  assert(isHex(node?.id, 16), 'the node id is not 32 hex digits');
  assert(typeof node?.version === 'string' && /^[\x20-\x7e]{1,64}$/.test(node.version), 'the version is not one');
  return {
    network: genesis,
    protocol: node.protocol,
    nodeId: node.id,
    version: node.version,
    ...readTip(hash, height, chainWork),
    url: readUrl(node.publicUrl),
    addresses: list(addresses, MAX_ADDRESSES, 'addresses', (address) => {
      const url = readUrl(address);
      assert(url !== null, 'an address is not one');
      return url;
    }),
  };
}

export function readHeaders(data: Claimed<HeadersQuery>, limit: number): Header[] {
  return list(data?.headers, limit, 'headers', readHeader);
}

/** Bodies of all peers come in here one by one: sixteen at a time, each with its slice, would make one long turn of the loop. */
const bodies = pLimit(1);

/** Parses in slices, since a full block takes as long as a hundred requests. */
export function readBody(
  data: Claimed<BodyQuery>,
  only: readonly string[] | undefined,
  network: Hash,
): Promise<Transaction[] | null> {
  return bodies(async () => {
    if (data?.block === null) return null;
    const items = list(data?.block?.body, MAX_BLOCK_TRANSACTIONS, 'transactions', (item) => item);
    const body: Transaction[] = [];
    await inSlices(items, POSTS_A_SLICE, async (slice) => {
      for (const item of slice) body.push(readPost(item, network));
    });
    // The next body has turns of its own.
    await new Promise(setImmediate);
    assertDistinct(body.map(({ id }) => id));
    if (only) {
      const asked = createIdMatcher(only);
      for (const { id } of body) assert(asked(id), `transaction ${id} was not asked for`);
    }
    return body;
  });
}

/** Null, for a post that the node does not hold, is left out. */
export function readPosts(data: Claimed<PostsQuery>, ids: readonly Hash[], network: Hash): Transaction[] {
  const posts = list(data?.transactionsById, ids.length, 'posts', (item) =>
    item === null ? null : readPost(item, network),
  );
  assert(posts.length === ids.length, 'there are fewer posts than were asked for');
  for (const [i, post] of posts.entries()) assert(!post || post.id === ids[i], 'a post has another id');
  return posts.filter((post) => post !== null);
}

export function readLacking(data: Claimed<LackingQuery>): Hash[] {
  return list(data?.missingContents, MAX_POSTS, 'ids', (id) => readId({ id }));
}

export function readPending(data: Claimed<PendingQuery>): { ids: Hash[]; next: string | null } {
  const { nodes, pageInfo } = data?.pendingTransactions ?? {};
  const ids = list(nodes, PENDING_PAGE, 'ids', readId);
  assertDistinct(ids);
  assert(typeof pageInfo?.hasNextPage === 'boolean', 'it is not said whether there is a next page');
  if (!pageInfo.hasNextPage) return { ids, next: null };
  const { endCursor } = pageInfo;
  assert(ids.length > 0, 'an empty page is followed by another one');
  assert(typeof endCursor === 'string' && endCursor.length <= MAX_CURSOR, 'the cursor is not one');
  return { ids, next: endCursor };
}

const OUTCOMES = {
  ACCEPTED: 'accepted',
  SIDE_BRANCH: 'side-branch',
  DUPLICATE: 'duplicate',
  ORPHAN: 'orphan',
} as const;

export function readOfferAnswer(data: Claimed<OfferMutation>, ids: readonly string[]): OfferAnswer {
  const { outcome, reason, message, missing } = data?.addBlock ?? {};
  if (outcome === 'MISSING_TRANSACTIONS') {
    const offered = new Set(ids);
    const wanted = list(missing, ids.length, 'missing ids', (id) => {
      assert(typeof id === 'string' && offered.has(id), 'an id is missing that was not offered');
      return id;
    });
    assert(wanted.length > 0, 'nothing is missing');
    assertDistinct(wanted);
    return { outcome: 'missing', missing: wanted };
  }
  if (outcome === 'REJECTED') {
    assert(typeof reason === 'string' && /^[A-Z_]{1,64}$/.test(reason), 'the reason is not one');
    return { outcome: 'rejected', reason: reason.toLowerCase().replaceAll('_', '-'), message: clip(message) };
  }
  const isKnown = typeof outcome === 'string' && Object.hasOwn(OUTCOMES, outcome);
  assert(isKnown, 'the outcome is not one');
  return { outcome: OUTCOMES[outcome as keyof typeof OUTCOMES] };
}

/** @throws LinkError when there is not one status for each post. */
export function checkSubmitted(data: Claimed<SubmitMutation>, count: number): void {
  const statuses = list(data?.submitTransactions?.statuses, count, 'statuses', (status) => status);
  assert(statuses.length === count, 'there are fewer statuses than posts');
}

export function readAnnouncement(data: Claimed<ChainSubscription>): Announcement {
  const { kind, node } = data?.chainChanged ?? {};
  assert(kind === 'ATTACHED' || kind === 'DETACHED', 'the kind of a step is not one');
  const header = readHeader(node?.header);
  const { tip: hash, height, chainWork } = readTip(node?.hash, node?.height, node?.chainWork);
  assert(hash === hashHeader(header), 'the hash is not that of the header');
  const ids = list(node?.transactionIds, MAX_BLOCK_TRANSACTIONS, 'ids', (id) => {
    assert(typeof id === 'string' && isIdStart(id), `an id is not ${SHORT_ID} hex digits or more`);
    return id;
  });
  return { kind: kind === 'ATTACHED' ? 'attached' : 'detached', hash, header, height, chainWork, ids };
}

export function readId(item: unknown): Hash {
  const id = (item as Claimed<{ id: string }>)?.id;
  assert(isHex(id, 32), 'an id is not a hash');
  return id;
}

/** Text of another node, for a line of ours. */
export function clip(text: unknown): string {
  return typeof text === 'string' ? text.slice(0, 200).replace(/[\p{C}\u2028\u2029]/gu, '\ufffd') : '';
}

function readTip(tip: unknown, height: unknown, chainWork: unknown) {
  assert(isHex(tip, 32), 'a hash is not one');
  assert(isIntegerIn(height, 0, 0x7fff_ffff), 'a height is not one');
  assert(isHex(chainWork, 32), 'the work of a chain is not 64 hex digits');
  return { tip, height, chainWork: BigInt(`0x${chainWork}`) };
}

function readHeader(hex: unknown): Header {
  assert(isHex(hex, HEADER_BYTES), 'a header is not 160 hex digits');
  return hexToHeader(hex);
}

function readPost(item: unknown, network: Hash): Transaction {
  const { statement, signature, content, salt } = (item as Claimed<PostFragment>) ?? {};
  assert(typeof statement === 'string', 'a statement is not text');
  try {
    return readTransaction({ statement: JSON.parse(statement), signature, content, salt }, network);
  } catch (error) {
    const isForm = error instanceof RuleError || error instanceof SyntaxError;
    throw isForm ? malformed(`a post is not one: ${clip(error.message)}`) : error;
  }
}

/** The normalised URL; null when it cannot be dialled. */
const readUrl = (url: unknown): string | null => (typeof url === 'string' ? normaliseUrl(url) : null);

function list<Item>(value: unknown, most: number, what: string, read: (item: unknown) => Item): Item[] {
  assert(Array.isArray(value), `there is no list of ${what}`);
  assert(value.length <= most, `there are ${value.length} ${what}, at most ${most}`);
  return value.map(read);
}

function assertDistinct(ids: readonly string[]): void {
  assert(new Set(ids).size === ids.length, 'an id comes twice');
}

function assert(holds: boolean, why: string): asserts holds {
  if (!holds) throw malformed(why);
}

const malformed = (why: string) => new LinkError('malformed', `an answer of no node: ${why}`);
