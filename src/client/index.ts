/**
 * `stele/client`: what an application does with a node. It signs posts with keys that never leave it, hands them in, waits
 * until they lie deep enough, and follows the chain. Runs in browsers, Deno, Bun and Node. An example stands in the README;
 * receipts are checked with `stele/verify`.
 */
export { Refusal } from '../domain/errors.ts';
export { successorOf } from '../domain/names.ts';
export type { Draft } from '../domain/sign.ts';
export type { Statement } from '../domain/statement.ts';
export type { Opening, Transaction } from '../domain/transaction.ts';
export type {
  Client,
  ClientOptions,
  FollowPostsWish,
  FollowWish,
  InclusionWish,
  SignOptions,
  Submission,
  WaitOptions,
} from './api.ts';
export { createClient } from './client.ts';
export { ClientError, type ClientErrorCode, type NodeError } from './errors.ts';
export { type FileFacts, fileStamp } from './fileStamp.ts';
export type { ChainStep, Post, Tip } from './follow.ts';
export type { FollowedPosts, PostStep } from './followPosts.ts';
export type { Reason } from './generated/graphql.ts';
export type { Inclusion, PostStatus } from './inclusion.ts';
export { type Key, keyFromSeed, newKey, type PlatformKey, type Signer, signerFromCryptoKey } from './keys.ts';
export type { Author, PostFilter, PostList, PostsWish, ReadPost } from './reads.ts';
export { isRecoverySealed, type Recovery, readRecovery, recoveryFileName, writeRecovery } from './recovery.ts';
export type { Document, RequestOptions, WebSocketClass } from './request.ts';
export type { Timing } from './resume.ts';
