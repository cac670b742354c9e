/** Limits of pools in tests: posts of tests claim one time, whatever the clock says. */
import { DEFAULT_LIMITS, type MempoolLimits } from '../../src/mempool/pool.ts';

export const POOL_LIMITS: MempoolLimits = { ...DEFAULT_LIMITS, maxClaimAge: Number.POSITIVE_INFINITY };
