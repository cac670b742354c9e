/**
 * What each address may ask for over time: a token bucket for each kind of asking. A bucket holds `burst` and is filled
 * by `perSecond`; who has emptied one is told when to come again.
 */
import { LRUCache } from 'lru-cache';
import type { RateKind, RateLimits, RatesPort } from '../graphql/ports.ts';

/** Addresses remembered. One that is forgotten begins with full buckets. */
const MAX_ADDRESSES = 50_000;
/** The tolerance for rounding errors in sums of fractions. */
const ROUNDING = 1e-6;

interface Bucket {
  tokens: number;
  /** Milliseconds, by the monotonic clock. */
  at: number;
}

/** A token bucket for each address and kind of work, kept for as long as it is not full. */
export class Rates implements RatesPort {
  readonly #limits: RateLimits;
  readonly #now: () => number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: MAX_ADDRESSES });

  constructor(limits: RateLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  take(address: string, kind: RateKind, amount: number): number {
    const { perSecond, burst } = this.#limits[kind];
    const bucket = this.#bucket(address, kind);
    // A request that costs more than a full bucket holds is admitted when the bucket is full.
    const missing = Math.min(amount, burst) - bucket.tokens;
    if (missing > ROUNDING) return Math.ceil((missing / perSecond) * 1_000 - ROUNDING);
    bucket.tokens -= amount;
    return 0;
  }

  giveBack(address: string, kind: RateKind, amount: number): void {
    const bucket = this.#bucket(address, kind);
    bucket.tokens = Math.min(this.#limits[kind].burst, bucket.tokens + amount);
  }

  owe(address: string, kind: RateKind, amount: number): void {
    this.#bucket(address, kind).tokens -= amount;
  }

  #bucket(address: string, kind: RateKind): Bucket {
    const { perSecond, burst } = this.#limits[kind];
    const key = `${kind} ${address}`;
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
