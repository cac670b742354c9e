/** The values that some types of the schema are resolved from where those are not records of the store. */
import type { Hash } from '../domain/bytes.ts';
import { Refusal } from '../domain/errors.ts';
import type { AuthorRecord, BlockRecord, DecisionRecord, PostRecord, TotalRecord } from '../store/ports.ts';
import type { AsOf } from './asOf.ts';
import type { Connection, Edge } from './connection.ts';
import type { Context } from './context.ts';
import type { Reason, TransactionState } from './generated/resolvers.ts';
import type { PendingPost } from './ports.ts';

/** The status of the pool; the work that it asks for depends on the post. */
export interface PoolRecord {
  count: number;
  bytes: number;
  maxCount: number;
  maxBytes: number;
}

/** The node has one state: its fields are read when they are asked for. */
export type NodeRecord = Record<string, never>;

export type BlockPage = Connection<BlockRecord>;
export type PostPage = Connection<PostRecord>;
export type AuthorPage = Connection<ShownAuthor>;
export type TopicPage = Connection<TotalRecord>;
export type BlockPageEdge = Edge<BlockRecord>;
export type PostPageEdge = Edge<PostRecord>;
export type AuthorPageEdge = Edge<ShownAuthor>;
export type TopicPageEdge = Edge<TotalRecord>;
export type DecisionPage = Connection<DecisionRecord>;

/** A name and who has it, as of a block when one was given. */
export type ShownAuthor = AuthorRecord & { asOf?: AsOf };

/** Where a post is in its life: pending, included, detached, rejected, dropped or unknown. */
export interface StatusRecord {
  transactionId: Hash | null;
  state: TransactionState;
  reason: Reason | null;
  message: string | null;
  /** Height of the block on the best chain that holds it. */
  height: number | null;
}

/** A pending post as the record that a reader of the store would give. */
export function pendingRecord({ transaction, work }: PendingPost): PostRecord {
  return { transaction, work, withheld: null, place: null, block: () => null };
}

/** A post wherever the node holds it. */
export async function findPost(context: Context, id: Hash): Promise<PostRecord | null> {
  const pending = context.pool.get(id);
  return pending ? pendingRecord(pending) : context.loaders.postById.load(id);
}

/** `name-taken` as the API says it: `NAME_TAKEN`. */
export function toEnum<Value extends string>(word: string): Value {
  return word.toUpperCase().replaceAll('-', '_') as Value;
}

/** A reason of the rules as the schema's enum spells it. */
export const toReason = (reason: string): Reason => toEnum<Reason>(reason);

/** A number below 2^256 in 64 digits. */
export const hex256 = (value: bigint): string => value.toString(16).padStart(64, '0');

/** A block that another record refers to. @throws Error when the store does not have it, which is a fault of the store. */
export async function mustFind<Item>(found: Promise<Item | null>): Promise<Item> {
  const block = await found;
  if (!block) throw new Error('a block that must be stored is not');
  return block;
}

export const includedStatus = (id: Hash, height: number): StatusRecord => status(id, 'INCLUDED', { height });
export const detachedStatus = (id: Hash): StatusRecord => status(id, 'DETACHED', {});
export const pendingStatus = (id: Hash): StatusRecord => status(id, 'PENDING', {});

/** The answer to a post that was not let in. Rethrows what is not a refusal. */
export function rejectedStatus(error: unknown, id: Hash | null): StatusRecord {
  if (!(error instanceof Refusal)) throw error;
  return status(id, 'REJECTED', { reason: error.code as Reason, message: error.message });
}

/** The present state of a post. */
export async function statusOf(context: Context, id: Hash): Promise<StatusRecord> {
  if (context.pool.get(id)) return pendingStatus(id);
  const post = await context.loaders.postById.load(id);
  if (post?.place) return includedStatus(id, post.place.height);
  const reason = await context.reader.dropReason(id);
  if (reason) return status(id, 'DROPPED', { reason: toReason(reason), message: DROP_MESSAGES[reason] ?? null });
  return status(id, 'UNKNOWN', {});
}

const DROP_MESSAGES: Record<string, string> = {
  'name-taken': 'the best chain has bound the name to another key',
  evicted: 'pushed out of the full pool by posts with more work of their own',
  expired: 'waited for 72 hours without being mined',
  withheld: 'the operator of this node withholds its content',
};

function status(id: Hash | null, state: TransactionState, more: Partial<StatusRecord>): StatusRecord {
  return { transactionId: id, state, reason: null, message: null, height: null, ...more };
}
