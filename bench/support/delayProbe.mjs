/** Loaded into a command before it begins: writes the 99th percentile of its event loop's delay to a file at its end. */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** As prom-client samples it. */
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
// Its worker threads load this as well.
if (isMainThread) {
  process.on('exit', () => writeFileSync(String(process.env.DELAY_FILE), String(delay.percentile(99) / 1e6)));
}
