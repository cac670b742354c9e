/** The one worker of the page, started when it is first needed: after the first paint. */
import { type Remote, wrap } from 'comlink';
import type { Bench } from './bench.ts';

let bench: Remote<Bench> | null = null;

/** The worker that signs and checks, started on first use. */
export function workbench(): Remote<Bench> {
  bench ??= wrap<Bench>(new Worker(new URL('./bench.ts', import.meta.url), { type: 'module', name: 'bench' }));
  return bench;
}
