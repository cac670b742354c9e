import type { Search } from './search.ts';

const SAMPLE_MS = 1_000;

/** Counts the hashes of the search that runs, once a second. */
export function createMeter(search: Search, onSample: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let first = 0n;
  let last = 0n;
  let lastAt = 0;
  const meter = {
    hashRate: 0,
    height: null as number | null,
    samples: 0,
    used: false,
    get attempts() {
      return meter.height === null ? 0 : Number(search.attempts() - first);
    },
    start(height: number) {
      meter.height = height;
      meter.used = true;
      first = last = search.attempts();
      lastAt = performance.now();
      timer ??= setInterval(sample, SAMPLE_MS).unref();
    },
    stop() {
      meter.height = null;
      meter.hashRate = 0;
      clearInterval(timer);
      timer = undefined;
    },
  };

  function sample(): void {
    const attempts = search.attempts();
    const at = performance.now();
    meter.hashRate = Number(attempts - last) / ((at - lastAt) / 1000);
    last = attempts;
    lastAt = at;
    meter.samples += 1;
    onSample();
  }

  return meter;
}
