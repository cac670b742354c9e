/** The process that checks a snapshot; see `verification.ts`. */
import { constants, setPriority } from 'node:os';
import type { VerificationOrder, VerificationReport } from './verification.ts';
import { verifyData } from './verifyData.ts';

/** Milliseconds between two reports of how far it has come. */
const REPORT_INTERVAL = 250;

const report = (message: VerificationReport) => process.send?.(message);

// The node that asked has ended.
process.on('disconnect', () => process.exit(0));
process.once('message', (order: VerificationOrder) => {
  giveWay();
  void verify(order);
});

/** Readers and authors come before the verification. */
function giveWay(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A service may be kept from choosing its priority.
  }
}

async function verify(order: VerificationOrder): Promise<void> {
  let reportedAt = performance.now();
  const onProgress = (height: number, targetHeight: number) => {
    if (performance.now() - reportedAt < REPORT_INTERVAL) return;
    reportedAt = performance.now();
    report({ height, targetHeight });
  };
  report(await verifyData({ ...order, onProgress }));
}
