/**
 * `stele archive`: follows nodes and writes PostgreSQL. One archive writes, others stand by. Each term as the writer begins
 * with the lock and ends with it, with the database or with the program; whatever ends a term, the next one is begun.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { Archiver } from '../archive/archiver.ts';
import type { ArchivePort } from '../archive/ports.ts';
import { MAX_SIDE_BYTES, NO_LIMITS } from '../chain/branches.ts';
import { createChain } from '../chain/chain.ts';
import type { RunningArchive, SyncProgress } from '../cli/ports.ts';
import type { Hash } from '../domain/bytes.ts';
import type { VerifiedTransaction } from '../domain/transaction.ts';
import { blockCursor, decisionCursor } from '../graphql/connection.ts';
import { type ReadyReason, STOPPING } from '../http/readiness.ts';
import type { HttpServer } from '../http/server.ts';
import { verifySignature } from '../keyring/sodium.ts';
import { createVerifier, type Verifier } from '../keyring/verifier.ts';
import { createLog, type LogSink, logChange, standardError } from '../log.ts';
import { skeleton } from '../mempool/lookalike.ts';
import { Metrics } from '../metrics.ts';
import { readVersion } from '../options/config.ts';
import type { ArchiveOptions } from '../options/scale.ts';
import { type ArchiveStore, openArchive } from '../store/postgres/openArchive.ts';
import { WriterLock } from '../store/postgres/writerLock.ts';
import { isStorageFault, StoreError } from '../store/storeError.ts';
import { archiveReadings } from './copyReadings.ts';
import { readinessReadings } from './readings.ts';
import { startStatusServer } from './statusServer.ts';
import { watchReadiness } from './transport.ts';
import { upstreamNodes } from './upstreamNodes.ts';

/** Milliseconds until the database is tried again. */
const RETRY = 1_000;
/** Milliseconds that the copy may be old before the archive calls itself behind. */
const MAX_LAG = 30_000;
/** Signatures of pending posts that are remembered as good. */
const VERIFIED = 20_000;
/** Errors that another try would not change. */
const FINAL = ['other-network', 'newer-version', 'not-a-database'];

/** @throws ListenError */
export async function startArchive(options: ArchiveOptions, sink: LogSink = standardError()): Promise<RunningArchive> {
  const log = createLog(options.logLevel, sink);
  const { network, hash } = options.genesis;
  const metrics = new Metrics({ version: readVersion(), network: network.name, genesis: hash });
  const archive = new Archive(options, log, metrics);
  const readiness = watchReadiness([() => archive.reason()], log);
  const http = await startStatusServer({ ...options, metrics, log, readiness: () => readiness.read() });
  metrics.watch([
    ...archiveReadings(
      () => archive.state,
      () => archive.isWriting,
    ),
    ...readinessReadings(() => readiness.read()),
  ]);
  log.info({ url: http.url, network: network.name }, 'started');
  return archive.run(http);
}

type Phase = 'connecting' | 'stand-by' | 'writing' | 'stopping';

class Archive {
  readonly #options: ArchiveOptions;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #stopped = new AbortController();
  readonly #watchers = new Set<(progress: SyncProgress) => void>();
  readonly #verifier: Verifier = createVerifier();
  #phase: Phase = 'connecting';
  #fault: StoreError | null = null;
  #archiver: Archiver | null = null;

  constructor(options: ArchiveOptions, log: Logger, metrics: Metrics) {
    this.#options = options;
    this.#log = log;
    this.#metrics = metrics;
  }

  get isWriting(): boolean {
    return this.#phase === 'writing';
  }

  /** Null while another archive writes. */
  get state() {
    return this.#archiver?.state ?? null;
  }

  run(http: HttpServer): RunningArchive {
    const running = this.#run();
    return {
      url: http.url,
      failed: running.then(() => new Promise<never>(() => {})),
      watchSync: (tell) => {
        this.#watchers.add(tell);
        this.#tell();
      },
      close: async () => {
        this.#phase = 'stopping';
        this.#stopped.abort(new Error('the archive stops'));
        await running.catch(() => {});
        await Promise.all([this.#verifier.close(), http.close(0)]);
        this.#log.info('stopped');
      },
    };
  }

  /** Why the copy is not up to date, or not written by this archive. */
  reason(): ReadyReason | null {
    if (this.#phase === 'stopping') return STOPPING;
    if (this.#fault && isStorageFault(this.#fault)) return { ...faultOf(this.#fault), retryable: true };
    if (this.#phase === 'stand-by')
      return { code: 'STANDBY', message: 'another archive writes this database; this one takes over', retryable: true };
    const state = this.state;
    if (!state) return { code: 'STARTING', message: 'the archive opens its database', retryable: true };
    if (state.fault && !state.upstream)
      return { code: 'UPSTREAM_UNREACHABLE', message: state.fault.message, retryable: true };
    const lag = state.inStepAt === null ? Number.POSITIVE_INFINITY : Date.now() - state.inStepAt;
    if (lag <= MAX_LAG) return null;
    const message = `block ${state.height} of ${state.targetHeight} is here`;
    return { code: 'LAGGING', message, retryable: true };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#term(signal);
      } catch (error) {
        if (signal.aborted) return;
        const fault = error instanceof StoreError ? error : null;
        if (fault && FINAL.includes(fault.code)) throw fault;
        this.#fault = fault;
        this.#log[fault ? 'warn' : 'error']({ err: error }, fault?.message ?? 'the archive failed, and begins again');
        await delay(RETRY, undefined, { signal }).catch(() => {});
      } finally {
        this.#archiver = null;
        if (!signal.aborted) this.#phase = 'connecting';
      }
    }
  }

  /** One term as the writer: until the lock, the database or the program ends. */
  async #term(stop: AbortSignal): Promise<void> {
    const { databaseUrl: url, genesis } = this.#options;
    const lock = await WriterLock.acquire(url, stop, () => {
      this.#phase = 'stand-by';
      this.#log.info('standing by: another archive writes');
    });
    try {
      const store = await openArchive({ url, genesis, skeletonOf: skeleton }, lock);
      try {
        await this.#write(store, lock, stop);
      } finally {
        await store.close();
      }
    } finally {
      await lock.release();
    }
  }

  async #write(store: ArchiveStore, lock: WriterLock, stop: AbortSignal): Promise<void> {
    const { genesis } = this.#options;
    const verified = new LRUCache<Hash, VerifiedTransaction>({ max: VERIFIED });
    const chain = await createChain(genesis, {
      store: store.chain,
      limits: { ...NO_LIMITS, maxSideBytes: MAX_SIDE_BYTES },
      verify: verifySignature,
      verifyMany: this.#verifier.verifyMany,
      verified: (id) => verified.get(id),
      now: () => Math.floor(Date.now() / 1000),
      onChange: async (change) => {
        logChange(this.#log, change);
        if (change.detached.length === 0) return;
        this.#metrics.reorganised(change.detached.length);
        this.#archiver?.reorganised();
      },
      onRevealed: async () => {},
    });
    const nodes = upstreamNodes(this.#options);
    const dependencies = {
      chain,
      powLimit: genesis.powLimit,
      store: portOf(store),
      cursors: { ofBlock: blockCursor.encode, readDecision: decisionCursor.decode },
      verify: verifySignature,
      verified,
      now: Date.now,
      pause: (milliseconds: number, signal: AbortSignal) => delay(milliseconds, undefined, { signal }).catch(() => {}),
      log: this.#log,
    };
    this.#archiver = new Archiver(nodes, genesis.hash, dependencies, () => this.#tell());
    this.#phase = 'writing';
    this.#fault = null;
    this.#log.info({ height: chain.tip.height }, 'writing');
    await this.#archiver.run(AbortSignal.any([stop, lock.lost]));
    await chain.drain();
    if (!stop.aborted) throw lock.lost.reason;
  }

  #tell(): void {
    const state = this.state;
    // An archive checks every block before it is stored.
    if (state) for (const tell of this.#watchers) tell({ ...state, unverified: null });
  }
}

/** The store as the archiver uses it. */
export function portOf({ chain, pool, decisions, reader, missing, ...notes }: ArchiveStore): ArchivePort {
  return {
    bestHash: (height) => chain.bestHash(height),
    pool,
    decisions: {
      async head() {
        const { items } = await reader.decisions({ limit: 1, fromEnd: false, after: null, before: null });
        return { latest: items[0] ?? null, count: await reader.countDecisions() };
      },
      add: (list) => decisions.add(list),
      replace: (list) => decisions.replace(list),
    },
    missing,
    noteUpstream: notes.noteUpstream,
    noteReorganisations: notes.noteReorganisations,
  };
}

function faultOf({ code, message }: StoreError & { code: string }) {
  return { code: code as ReadyReason['code'], message };
}
