/** Blocks as others may have them: without the contents that are withheld here, and without what has rotted. */
import { type Block, buildBlock, MAX_BLOCK_TRANSACTIONS } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { inSlices } from '../../slices.ts';
import type { Reader } from '../ports.ts';
import { isSoundStatement, type OnDamage } from './damage.ts';

const WHOLE = { limit: MAX_BLOCK_TRANSACTIONS, fromEnd: false, after: null, before: null };
/** Posts checked before other work gets a turn of the event loop: some milliseconds. */
const CHECKED_A_SLICE = 100;

/**
 * A block on any branch; null when it is not stored, or one of its statements is damaged. The reader leaves
 * a damaged content out, as if nobody had given it.
 * @param onDamage told of each damaged statement.
 */
export async function readServedBlock(
  reader: Pick<Reader, 'blocksByHash' | 'blockPosts'>,
  hash: Hash,
  onDamage: OnDamage,
): Promise<Block | null> {
  const record = (await reader.blocksByHash([hash])).get(hash);
  if (!record) return null;
  const { items } = await reader.blockPosts(hash, WHOLE);
  const whole: Transaction[] = [];
  await inSlices(items, CHECKED_A_SLICE, async (slice) => {
    for (const { transaction } of slice) {
      if (isSoundStatement(transaction)) whole.push(transaction);
      else onDamage({ id: transaction.id, part: 'statement' });
    }
  });
  return whole.length === items.length ? buildBlock(record.header, whole) : null;
}
