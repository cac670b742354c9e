/** Every rule over stored data, beside the node that serves them. */
import { auditChain } from '../chain/audit.ts';
import { MAX_FUTURE_SECONDS } from '../domain/block.ts';
import type { Genesis } from '../domain/network.ts';
import { openLedger } from './ledger.ts';

export interface VerifyRequest {
  dataDir: string;
  genesis: Genesis;
  /** Blocks below this height were checked before. */
  from: number;
  onProgress(height: number, targetHeight: number): void;
}

export interface VerifyResult {
  /** A line each. */
  faults: string[];
  /** The chain was reorganised meanwhile, so that the faults may be none. */
  moved: boolean;
}

/** What the audit of the chain finds wrong, and if it finds nothing, what is wrong beside the chain. */
export async function verifyData({ dataDir, genesis, from, onProgress }: VerifyRequest): Promise<VerifyResult> {
  const { store, verify, close } = await openLedger({ dataDir, genesis, readonly: true });
  try {
    const { header } = await store.chain.tip();
    // The chain was taken when the clock was right.
    const now = Math.max(Math.floor(Date.now() / 1000), header.time - MAX_FUTURE_SECONDS);
    const report = await auditChain({ store: store.chain, genesis, verify, now, from, onProgress });
    const faults = report.faults.map(({ height, reason, message }) => `block ${height}: ${reason}: ${message}`);
    if (faults.length === 0 && !report.moved) faults.push(...store.check());
    return { faults, moved: report.moved };
  } finally {
    await close();
  }
}
