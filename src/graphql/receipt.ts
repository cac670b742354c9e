/** Receipts, made of committed state when they are asked for. */
import type { Hash } from '../domain/bytes.ts';
import { hashHeader } from '../domain/header.ts';
import { buildReceipt, receiptToText } from '../domain/receipt.ts';
import type { Context } from './context.ts';
import { problem } from './errors.ts';

/** A reorganisation between two reads is seen, and they are made again; so many in a row do not happen. */
const ATTEMPTS = 5;

/**
 * The text of a post's receipt; null while it is not on the best chain.
 * @param depth the most headers on top of its block; null: as many as are allowed.
 */
export async function receiptText(context: Context, id: Hash, depth: number | null): Promise<string | null> {
  const { genesis, reader, loaders, limits } = context;
  const most = limits.maxReceiptDepth;
  const wanted = depth ?? most;
  if (wanted > most) throw problem('RECEIPT_TOO_DEEP', `a receipt has at most ${most} headers on top of its block's`);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const post = await loaders.postById.load(id);
    if (!post?.place) return null;
    const headers = await reader.headers(post.place.height, wanted + 1);
    const ids = headers[0] ? await reader.blockIds(hashHeader(headers[0])) : [];
    // One read gives headers of one chain; the post must stand in the block that this chain has there.
    const position = ids.indexOf(id);
    if (position < 0) continue;
    return receiptToText(buildReceipt({ genesis, transaction: post.transaction, ids, position, headers }));
  }
  throw new Error('the chain moved whenever a receipt was being made');
}
