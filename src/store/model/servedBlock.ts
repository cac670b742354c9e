/** Blocks as others may have them: without the contents that are withheld here. */
import { type Block, buildBlock, MAX_BLOCK_TRANSACTIONS } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { Reader } from '../ports.ts';

const WHOLE = { limit: MAX_BLOCK_TRANSACTIONS, fromEnd: false, after: null, before: null };

/** A block on any branch; null when it is not stored. */
export async function readServedBlock(
  reader: Pick<Reader, 'blocksByHash' | 'blockPosts'>,
  hash: Hash,
): Promise<Block | null> {
  const record = (await reader.blocksByHash([hash])).get(hash);
  if (!record) return null;
  const { items } = await reader.blockPosts(hash, WHOLE);
  return buildBlock(
    record.header,
    items.map(({ transaction }) => transaction),
  );
}
