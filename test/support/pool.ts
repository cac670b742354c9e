/** Pools of tests: over a store, telling nobody unless a test says whom. */
import { verifySignature } from '../../src/keyring/sodium.ts';
import { Mempool } from '../../src/mempool/mempool.ts';
import { DEFAULT_LIMITS, type MempoolLimits } from '../../src/mempool/pool.ts';
import type { ChainFacts, MempoolDependencies, PoolStore } from '../../src/mempool/ports.ts';

/** Posts of tests claim one time, whatever the clock says. */
export const POOL_LIMITS: MempoolLimits = { ...DEFAULT_LIMITS, maxClaimAge: Number.POSITIVE_INFINITY };

export interface PoolOptions extends Partial<MempoolDependencies> {
  limits?: Partial<MempoolLimits>;
}

export function openPool(
  { pool, facts }: { pool: PoolStore; facts: ChainFacts },
  now: () => number,
  { limits, ...change }: PoolOptions = {},
): Promise<Mempool> {
  return Mempool.open(
    { ...POOL_LIMITS, ...limits },
    {
      store: pool,
      facts,
      verify: verifySignature,
      now,
      pause: () => new Promise((resolve) => setImmediate(resolve)),
      onAdded: () => {},
      onContent: async () => {},
      onDropped: () => {},
      onReloaded: () => {},
      ...change,
    },
  );
}
