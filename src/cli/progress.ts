/** A progress bar on stderr, while that is a terminal; elsewhere nothing, so that logs stay readable. */
import { SingleBar } from 'cli-progress';
import type { Io } from './ports.ts';

export interface Progress {
  /** @param done out of the total, which may be another than before. */
  update(done: number, total?: number): void;
  /** Takes the bar away, so that what is printed next starts on a line of its own. */
  stop(): void;
}

const NONE: Progress = { update: () => {}, stop: () => {} };

/** @param total null when it is not known: then only a count is shown. */
export function startProgress({ stderr }: Io, label: string, total: number | null): Progress {
  if (!stderr.isTTY) return NONE;
  const format = total === null ? `${label} {value}` : `${label} [{bar}] {percentage}% {value}/{total} {eta_formatted}`;
  const bar = new SingleBar({ format, stream: stderr, clearOnComplete: true, hideCursor: true, etaBuffer: 100 });
  bar.start(total ?? 0, 0);
  return {
    update(done, changed) {
      if (changed !== undefined) bar.setTotal(changed);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
