/** The limits for clients, published as `node.limits`. A request beyond them is refused with a code, never cut silently. */
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../domain/block.ts';
import { MAX_CONTENT_BYTES } from '../domain/statement.ts';
import type { RateLimits } from './ports.ts';

/** Bounds of what clients may ask for. Times are milliseconds, sizes bytes. */
export interface Limits {
  maxDepth: number;
  maxCost: number;
  maxTokens: number;
  maxDocumentBytes: number;
  maxAliases: number;
  maxDirectives: number;
  maxBodyBytes: number;
  maxPeerBodyBytes: number;
  maxCheapCost: number;
  rates: RateLimits;
  maxResponseBytes: number;
  maxConcurrentRequests: number;
  maxPage: number;
  maxHeaders: number;
  maxReceiptDepth: number;
  maxListingPosts: number;
  maxLocator: number;
  maxSubscriptions: number;
  maxSubscriptionCost: number;
  requestTimeoutMs: number;
  maxSubscriptionBacklog: number;
  maxContentBytes: number;
  maxBlockBytes: number;
  maxBlockTransactions: number;
}

/** Items of a page for which the caller names no number. */
export const DEFAULT_PAGE = 20;

/** The limits of a node unless its options set others. */
export const LIMITS: Limits = {
  maxDepth: 12,
  // 0.2 seconds of a core, with turns for others in between: the deepest receipt, or the longest listing.
  maxCost: 100_000,
  maxTokens: 2_000,
  // A post written out, and much beside it.
  maxDocumentBytes: 65_536,
  maxAliases: 30,
  maxDirectives: 30,
  // The longest post, all of it escaped, or a hundred that are as long as most.
  maxBodyBytes: 262_144,
  // A block of 1 MiB, its texts escaped at worst six to one, and its statements as fields.
  maxPeerBodyBytes: 8 * 1_048_576,
  maxCheapCost: 300,
  rates: {
    cheap: { perSecond: 200, burst: 2_000 },
    // A quarter of a core for one address, whatever it asks for.
    dear: { perSecond: 125_000, burst: 1_250_000 },
    // Allows some 160 posts a second one by one, and 400 by the hundred.
    writing: { perSecond: 125_000, burst: 1_250_000 },
  },
  // Beyond what waits for a slow reader is cut off (http/stalls.ts), so it must be less.
  maxResponseBytes: 8 * 1_048_576,
  maxConcurrentRequests: 16,
  maxPage: 100,
  maxHeaders: 2_000,
  maxReceiptDepth: 10_000,
  // A full block at least, or its posts could not be listed.
  maxListingPosts: MAX_BLOCK_TRANSACTIONS,
  maxLocator: 101,
  maxSubscriptions: 100,
  maxSubscriptionCost: 100_000,
  requestTimeoutMs: 15_000,
  maxSubscriptionBacklog: 1_000,
  maxContentBytes: MAX_CONTENT_BYTES,
  maxBlockBytes: MAX_BLOCK_BYTES,
  maxBlockTransactions: MAX_BLOCK_TRANSACTIONS,
};

/** The limits with those that the operator may choose. Each subscription more brings its share of cost along. */
export function limitsFor(chosen: Pick<Limits, 'maxConcurrentRequests' | 'maxSubscriptions'>): Limits {
  const { maxConcurrentRequests, maxSubscriptions } = chosen;
  const costOfOne = LIMITS.maxSubscriptionCost / LIMITS.maxSubscriptions;
  return { ...LIMITS, maxConcurrentRequests, maxSubscriptions, maxSubscriptionCost: maxSubscriptions * costOfOne };
}
