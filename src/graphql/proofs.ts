/** Receipts and listings, made of committed state when they are asked for. */
import type { Hash } from '../domain/bytes.ts';
import { hashHeader } from '../domain/header.ts';
import { type ListingQuery, listingToText, MAX_LISTING_BLOCKS } from '../domain/listing.ts';
import { buildReceipt, receiptToText } from '../domain/receipt.ts';
import type { Context } from './context.ts';
import { problem } from './errors.ts';
import type { Limits } from './limits.ts';

/** A reorganisation between two reads is seen, and they are made again; so many in a row do not happen. */
const ATTEMPTS = 5;

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
    const headers = await reader.headers(post.place.height, wanted + 1);
    const ids = headers[0] ? await reader.blockIds(hashHeader(headers[0])) : [];
    // One read gives headers of one chain; the post must stand in the block that this chain has there.
    const position = ids.indexOf(id);
    if (position < 0) continue;
    const text = receiptToText(buildReceipt({ genesis, transaction: post.transaction, ids, position, headers }));
    return context.allowance.spend(text);
  }
  throw new Error('the chain moved whenever a receipt was being made');
}

export interface ListingRequest {
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
  const headers = await reader.headers(from, count + depth);
  if (headers.length < count) return null;
  const hashes = headers.map(hashHeader);
  const listed = hashes.slice(0, count);
  // By hash, so that all that follows is of one chain, whatever becomes of it meanwhile.
  const records = await reader.blocksByHash(listed);
  const posts = listed.reduce((sum, hash) => sum + (records.get(hash)?.transactionCount ?? 0), 0);
  if (posts > limits.maxListingPosts) throw tooLarge(`${posts} posts, at most ${limits.maxListingPosts}`);
  const all = { limit: limits.maxBlockTransactions, fromEnd: false, after: null, before: null };
  const blocks = [];
  for (const hash of listed) {
    const { items } = await reader.blockPosts(hash, all);
    blocks.push(items.map(({ transaction }) => transaction));
  }
  return context.allowance.spend(listingToText({ genesis, query, blocks, headers, tip: hashes.at(-1) as Hash }));
}

function tooLarge(message: string) {
  return problem('LISTING_TOO_LARGE', `a listing has ${message}: ask for fewer blocks at once`);
}

function checkDepth(depth: number | null, { maxReceiptDepth: most }: Limits): number {
  if (depth !== null && depth > most)
    throw problem('RECEIPT_TOO_DEEP', `a proof has at most ${most} headers on top of its blocks`);
  return depth ?? most;
}
