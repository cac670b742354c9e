/**
 * Posts whose rows do not say any more what was stored: a bit has rotted, or another program has written there. An id covers
 * statement and signature, a commitment the content, so each post that leaves the store for others can be checked by itself.
 */
import type { Hash } from '../../domain/bytes.ts';
import { commitmentTo, type Transaction, transactionId } from '../../domain/transaction.ts';

/** What of a post is damaged. Without its content a post can still be told of, and others may give the content again. */
export type DamagedPart = 'statement' | 'content';

export interface Damage {
  id: Hash;
  part: DamagedPart;
}

/** Null when statement, signature and content are those that were stored. */
export function findDamage(post: Transaction): DamagedPart | null {
  const { opening, statement } = post;
  if (!holds(() => transactionId(post.bytes, post.signature) === post.id)) return 'statement';
  return opening === null || holds(() => commitmentTo(opening) === statement.commitment) ? null : 'content';
}

/** Hashing refuses texts that are not the hexadecimal digits that they were. */
function holds(test: () => boolean): boolean {
  try {
    return test();
  } catch {
    return false;
  }
}
