/** What `/metrics` tells: Prometheus text of the node's state, read when it is asked for. */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Reads a number when the metrics are collected. */
export type Reading = [name: string, help: string, read: () => number];

export interface Metrics {
  contentType: string;
  text(): Promise<string>;
  /** One HTTP request: its route, its status, and how long it took in seconds. */
  observeRequest(route: string, status: number, seconds: number): void;
}

/** @param reasons the codes of why the node is not ready. */
export function createMetrics(readings: readonly Reading[], reasons: () => readonly string[]): Metrics {
  const registry = new Registry();
  // Among these: the delay of the event loop, resident memory, open handles.
  collectDefaultMetrics({ register: registry });
  for (const [name, help, read] of readings) {
    new Gauge({
      name: `stele_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
  new Gauge({
    name: 'stele_not_ready',
    help: 'The reasons why the node is not ready, as /ready names them; none when it is.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of reasons()) this.set({ reason }, 1);
    },
  });
  const requests = new Histogram({
    name: 'stele_http_request_seconds',
    help: 'Time to answer an HTTP request, until its last byte is handed over; streams count until they end.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observeRequest: (route, status, seconds) => requests.observe({ route, status: String(status) }, seconds),
  };
}
