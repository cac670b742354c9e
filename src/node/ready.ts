/** Why a node may not be ready: one check for each kind of reason, in the order in which `/ready` lists them. */
import type { ReadyCheck } from '../http/readiness.ts';
import { checkClock } from '../miner/clockCheck.ts';
import type { NodeParts } from './assemble.ts';

export function readyChecks({ chain, peers, services }: NodeParts): ReadyCheck[] {
  return [
    () => {
      if (peers.isSynced()) return null;
      const [height, target] = [chain.tip.height, peers.targetHeight()];
      const message = target > height ? `at block ${height} of ${target}` : 'the first peers are being heard';
      return { code: 'SYNCING', message, retryable: true };
    },
    () => {
      const fault = checkClock(chain.tip.header.time, Math.floor(services.now() / 1000));
      return fault && { code: 'CLOCK_BEHIND', message: fault.message, retryable: true };
    },
  ];
}
