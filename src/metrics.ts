/**
 * What `/metrics` tells, by the conventions of Prometheus: counters end in `_total`, units are seconds and bytes. State is
 * read when they are asked for; what happens is counted when it happens.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A value, or several told apart by labels. */
export type Sample = number | readonly { labels: Readonly<Record<string, string>>; value: number }[];

/** A number of the node's state. A counter only ever grows while the process runs. */
export interface Reading {
  type: 'gauge' | 'counter';
  /** Without the prefix `stele_`. */
  name: string;
  help: string;
  labels?: readonly string[];
  read(): Sample;
}

/** A number that goes up and down. */
export const gauge = (name: string, help: string, read: () => number): Reading => ({ type: 'gauge', name, help, read });
/** A number that only grows; its name ends in `_total`. */
export const counter = (name: string, help: string, read: () => number): Reading => ({
  ...gauge(name, help, read),
  type: 'counter',
});

/** How an operation came. */
export type Via = 'http' | 'websocket';

/** The metrics of one process, in Prometheus' text format. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'route' | 'status'>;
  readonly #operations: Counter<'via' | 'type'>;
  readonly #refusals: Counter<'code'>;
  readonly #reorganisations: Histogram;
  #text: Promise<string> | null = null;

  constructor(build: { version: string; network: string; genesis: string }) {
    const registers = [this.#registry];
    // Among these: the delay of the event loop, resident memory, open handles.
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      name: 'stele_build_info',
      help: 'The program and its network; always 1.',
      labelNames: ['version', 'node', 'network', 'genesis'],
      registers,
    }).set({ ...build, node: process.versions.node }, 1);
    this.#requests = new Histogram({
      name: 'stele_http_request_duration_seconds',
      help: 'Time to answer an HTTP request, until its last byte is handed over. Streams of events are left out.',
      labelNames: ['route', 'status'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
      registers,
    });
    this.#operations = new Counter({
      name: 'stele_graphql_operations_total',
      help: 'GraphQL operations begun, by transport (http, which includes streams of events, or websocket) and type.',
      labelNames: ['via', 'type'],
      registers,
    });
    this.#refusals = new Counter({
      name: 'stele_refusals_total',
      help: 'Posts, blocks and operations that were refused, by the code that the caller was given.',
      labelNames: ['code'],
      registers,
    });
    this.#reorganisations = new Histogram({
      name: 'stele_reorganisation_depth_blocks',
      help: 'Blocks that reorganisations took off the best chain; its count is the number of reorganisations.',
      buckets: [1, 2, 3, 6, 10, 30, 100],
      registers,
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Takes milliseconds to read, so those who ask within a turn of the event loop share one reading. */
  text(): Promise<string> {
    this.#text ??= new Promise(setImmediate).then(() => {
      this.#text = null;
      return this.#registry.metrics();
    });
    return this.#text;
  }

  /** Adds figures that are read whenever they are asked for. */
  watch(readings: readonly Reading[]): void {
    for (const { type, name, help, labels = [], read } of readings) {
      const options = { name: `stele_${name}`, help, labelNames: [...labels], registers: [this.#registry] };
      const Metric = type === 'gauge' ? Gauge : Counter;
      new Metric({
        ...options,
        collect() {
          this.reset();
          const sample = read();
          if (typeof sample === 'number') this.inc(sample);
          else for (const { labels, value } of sample) this.inc(labels, value);
        },
      });
    }
  }

  /** One HTTP request that is over: its route, its status, and how long it took in seconds. */
  observeRequest(route: string, status: number, seconds: number): void {
    this.#requests.observe({ route, status: String(status) }, seconds);
  }

  operation(via: Via, type: string): void {
    this.#operations.inc({ via, type });
  }

  refused(code: string): void {
    this.#refusals.inc({ code });
  }

  /** @param depth how many blocks left the best chain, at least one. */
  reorganised(depth: number): void {
    this.#reorganisations.observe(depth);
  }
}
