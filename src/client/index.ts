/**
 * `stele/client`: what an application does with a node. It signs posts with keys that never leave it, hands them in, waits
 * until they are buried, and follows the chain. Runs in browsers, Deno, Bun and Node. An example stands in the README;
 * receipts are checked with `stele/verify`.
 */
export { Refusal } from '../domain/errors.ts';
export type { Draft, Signer } from '../domain/sign.ts';
export type { Statement } from '../domain/statement.ts';
export type { Opening, Transaction } from '../domain/transaction.ts';
export {
  type Client,
  type ClientOptions,
  createClient,
  type FollowWish,
  type InclusionWish,
  type SignOptions,
  type Submission,
  type WaitOptions,
} from './client.ts';
export { ClientError, type ClientErrorCode, type NodeError } from './errors.ts';
export type { ChainStep, Post, Tip } from './follow.ts';
export type { Reason } from './generated/graphql.ts';
export type { Inclusion, PostStatus } from './inclusion.ts';
export { type Key, keyFromSeed, newKey } from './keys.ts';
export type { Document, RequestOptions, WebSocketClass } from './request.ts';
export type { Timing } from './resume.ts';
