/** Receipts and listings, made of committed state when they are asked for. */
import type { Hash } from '../domain/bytes.ts';
import { encodeHeader, type Header, hashHeader } from '../domain/header.ts';
import { type ListingQuery, listingPieces, MAX_LISTING_BLOCKS } from '../domain/listing.ts';
import { receiptPieces } from '../domain/receipt.ts';
import type { PostRecord } from '../store/ports.ts';
import type { Context } from './context.ts';
import { problem } from './errors.ts';
import type { Limits } from './limits.ts';

/** A reorganisation between two reads is seen, and they are made again; so many in a row do not happen. */
const ATTEMPTS = 5;
/** How much is read or serialised before others get a turn: some milliseconds of work. */
const HEADERS_A_PART = 250;
const POSTS_A_PART = 200;
const PIECES_A_PART = 50;

/**
 * The text of a post's receipt; null while it is not on the best chain.
 * @param depth the most headers on top of its block; null: as many as are allowed.
 */
export async function receiptText(context: Context, id: Hash, depth: number | null): Promise<string | null> {
  const { genesis, reader, loaders, limits } = context;
  const wanted = checkDepth(depth, limits);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const post = await loaders.postById.load(id);
    if (!post?.place) return null;
    const headers = await headersFrom(context, post.place.height, wanted + 1);
    const [first, second] = headers ?? [];
    if (!headers || !first) continue;
    const ids = await reader.blockIds(second?.previousHash ?? hashHeader(first), context.signal);
    // The headers are of one chain; the post must stand in the block that this chain has there.
    const position = ids.indexOf(id);
    if (position < 0) continue;
    const { transaction } = post;
    await context.pace();
    return join(context, receiptPieces({ genesis, transaction, ids, position, headers }));
  }
  throw new Error('the chain moved whenever a receipt was being made');
}

/**
 * Headers of the best chain from a height upward, read in parts.
 * @returns null when the chain was reorganised between two of them.
 */
async function headersFrom(context: Context, height: number, count: number): Promise<Header[] | null> {
  const headers: Header[] = [];
  while (headers.length < count) {
    const wanted = Math.min(HEADERS_A_PART, count - headers.length);
    await context.pace();
    const part = await context.reader.headers(height + headers.length, wanted, context.signal);
    const [last, first] = [headers.at(-1), part[0]];
    if (last && first && first.previousHash !== hashHeader(last)) return null;
    headers.push(...part);
    if (part.length < wanted) break;
  }
  return headers;
}

/** The same as hex. They are of one chain as far as they go. */
export async function headerTexts(context: Context, height: number, count: number): Promise<string[]> {
  const texts: string[] = [];
  for (const header of (await headersFrom(context, height, count)) ?? []) {
    if (texts.length % PIECES_A_PART === 0) await context.pace();
    // Node's own digits: thousands of texts put together digit by digit take longer to collect than to make.
    texts.push(Buffer.from(encodeHeader(header)).toString('hex'));
    context.allowance.count(texts.at(-1)?.length ?? 0);
  }
  return texts;
}

/** A text of its pieces, each of them counted, with turns for others in between. */
async function join(context: Context, pieces: Iterable<string>): Promise<string> {
  const parts: string[] = [];
  for (const piece of pieces) {
    parts.push(context.allowance.spend(piece));
    if (parts.length % PIECES_A_PART === 0) await context.pace();
  }
  return parts.join('');
}

/** The blocks and the query of a listing. */
interface ListingRequest {
  query: ListingQuery;
  /** Heights, both included. */
  from: number;
  to: number;
  /** The most headers on top of the last block; null: as many as are allowed. */
  depth: number | null;
}

/** The text of a listing; null when a height is above the tip. */
export async function listingText(context: Context, request: ListingRequest): Promise<string | null> {
  const { genesis, reader, limits } = context;
  const { query, from, to } = request;
  const depth = checkDepth(request.depth, limits);
  const count = to - from + 1;
  if (count < 1) throw problem('BAD_USER_INPUT', 'the last block must not be below the first');
  if (count > MAX_LISTING_BLOCKS) throw tooLarge(`at most ${MAX_LISTING_BLOCKS} blocks`);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const headers = await headersFrom(context, from, count + depth);
    if (!headers) continue;
    if (headers.length < count) return null;
    const tip = hashHeader(headers.at(-1) as Header);
    const listed = headers.slice(0, count).map((_, i) => headers[i + 1]?.previousHash ?? tip);
    // The block is named by its hash, so that the whole proof is of one chain even if the tip moves meanwhile.
    const records = await reader.blocksByHash(listed);
    const posts = listed.reduce((sum, hash) => sum + (records.get(hash)?.transactionCount ?? 0), 0);
    if (posts > limits.maxListingPosts) throw tooLarge(`${posts} posts, at most ${limits.maxListingPosts}`);
    const blocks = [];
    for (const hash of listed) blocks.push((await postsOf(context, hash)).map(({ transaction }) => transaction));
    return join(context, listingPieces({ genesis, query, blocks, headers, tip }));
  }
  throw new Error('the chain moved whenever a listing was being made');
}

/** All posts of a block in their order, read in parts. */
export async function postsOf(context: Context, hash: Hash): Promise<PostRecord[]> {
  const posts: PostRecord[] = [];
  for (let after: number | null = null; ; after = posts.length - 1) {
    await context.pace();
    const range = { limit: POSTS_A_PART, fromEnd: false, after, before: null };
    const { items, more } = await context.reader.blockPosts(hash, range, context.signal);
    posts.push(...items);
    if (!more) return posts;
  }
}

function tooLarge(message: string) {
  return problem('LISTING_TOO_LARGE', `a listing has ${message}: ask for fewer blocks at once`);
}

function checkDepth(depth: number | null, { maxReceiptDepth: most }: Limits): number {
  if (depth !== null && depth > most)
    throw problem('RECEIPT_TOO_DEEP', `a proof has at most ${most} headers on top of its blocks`);
  return depth ?? most;
}
