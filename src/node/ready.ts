/** Why a node may not be ready: one check for each kind of reason, in the order in which `/ready` lists them. */
import type { ReadyCheck } from '../http/readiness.ts';
import { checkClock } from '../miner/clockCheck.ts';
import { describeWait } from '../peers/wait.ts';
import type { NodeParts } from './assemble.ts';

export function readyChecks({ chain, peers, services, store }: NodeParts): ReadyCheck[] {
  return [
    () => {
      const wait = peers.status.wait();
      if (peers.status.isSynced() || !wait) return null;
      const code = wait.for === 'clock' ? 'CLOCK_BEHIND' : 'SYNCING';
      return { code, message: describeWait(wait, chain.tip.height), retryable: true };
    },
    () => {
      const fault = checkClock(chain.tip.header.time, Math.floor(services.now() / 1000));
      return fault && { code: 'CLOCK_BEHIND', message: fault.message, retryable: true };
    },
    () => {
      const { fault } = store.health;
      return fault && { ...fault, retryable: fault.code !== 'STORAGE_DAMAGED' };
    },
  ];
}
