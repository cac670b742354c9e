/** The process that checks a snapshot; see `verification.ts`. */
import { giveWay } from '../priority.ts';
import type { VerificationOrder, VerificationReport } from './verification.ts';
import { verifyData } from './verifyData.ts';

/** Milliseconds between two reports of how far it has come. */
const REPORT_INTERVAL = 250;

const report = (message: VerificationReport) => process.send?.(message);

// The node that asked has ended.
process.on('disconnect', () => process.exit(0));
process.once('message', (order: VerificationOrder) => {
  // Readers and authors come before the verification.
  giveWay();
  void verify(order);
});

async function verify(order: VerificationOrder): Promise<void> {
  let reportedAt = performance.now();
  const onProgress = (height: number, targetHeight: number) => {
    if (performance.now() - reportedAt < REPORT_INTERVAL) return;
    reportedAt = performance.now();
    report({ height, targetHeight });
  };
  report(await verifyData({ ...order, onProgress }));
}
