/**
 * Checks the blocks that a snapshot brought, while the node serves: by a process of its own, so that it can be put behind
 * everything else and ended at once. How far it came is kept, and a restart goes on from there.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { Genesis } from '../domain/network.ts';
import type { Unverified, UnverifiedPort } from '../store/sqlite/unverified.ts';
import type { VerifyRequest, VerifyResult } from './verifyData.ts';

/** The compiled file, beside this one when this one is compiled too; processes cannot run TypeScript. */
const PROCESS = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/node/verificationProcess.js' : './verificationProcess.js',
  import.meta.url,
);
/** Milliseconds between two notes of how far the check has come. */
const NOTE_INTERVAL = 2_000;

export type VerificationOrder = Omit<VerifyRequest, 'onProgress'>;

export type VerificationReport = VerificationProgress | VerifyResult;

interface VerificationProgress {
  /** Blocks below this height have been checked. */
  height: number;
  targetHeight: number;
}

interface VerificationDependencies {
  dataDir: string;
  genesis: Genesis;
  store: UnverifiedPort;
  log: Logger;
  /** Told when {@link Verification.progress} has changed. */
  onChange(): void;
}

export class Verification {
  /** Resolves to what is wrong, in a line, once that is found. */
  readonly fault: Promise<string>;
  readonly #dependencies: VerificationDependencies;
  #progress: VerificationProgress | null;
  #notedAt = performance.now();
  #child: ChildProcess | null = null;
  #isClosed = false;
  #found: (fault: string) => void = () => {};

  /** @param state what is still to be checked. */
  constructor(state: Unverified | null, tipHeight: number, dependencies: VerificationDependencies) {
    this.#dependencies = dependencies;
    this.#progress = state && { height: Math.min(state.height, tipHeight), targetHeight: tipHeight };
    this.fault = new Promise((resolve) => {
      this.#found = resolve;
    });
  }

  /** Null when this node has checked every block that it has. */
  get progress(): VerificationProgress | null {
    return this.#progress;
  }

  /** Begins, if anything is to be checked. */
  start(): void {
    if (this.#progress === null || this.#isClosed) return;
    const { dataDir, genesis } = this.#dependencies;
    const child = fork(PROCESS, {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.on('message', (report: VerificationReport) => void this.#hear(report).catch((error) => this.#fail(error)));
    child.on('error', (error) => this.#fail(error));
    child.on('exit', (code, signal) => {
      if (this.#child === child) this.#fail(new Error(`the checking process ended with ${signal ?? code}`));
    });
    child.send({ dataDir, genesis, from: this.#progress.height } satisfies VerificationOrder);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  async #hear(report: VerificationReport): Promise<void> {
    if (this.#isClosed) return;
    if ('height' in report) await this.#note(report);
    else await this.#finish(report);
  }

  async #note(progress: VerificationProgress): Promise<void> {
    this.#progress = progress;
    this.#dependencies.onChange();
    if (performance.now() - this.#notedAt < NOTE_INTERVAL) return;
    this.#notedAt = performance.now();
    await this.#dependencies.store.write({ height: progress.height, fault: null });
  }

  async #finish({ faults, moved }: VerifyResult): Promise<void> {
    const { store, log, onChange } = this.#dependencies;
    const height = this.#progress?.targetHeight ?? 0;
    await this.#end();
    const [fault] = faults;
    if (moved) {
      log.info('the chain was reorganised while the snapshot was being checked: once more');
      this.#progress = { height: 0, targetHeight: height };
      this.start();
    } else if (fault === undefined) {
      await store.write(null);
      this.#progress = null;
      log.info({ height }, 'every block of the snapshot has been checked');
      onChange();
    } else {
      await store.write({ height: 0, fault });
      log.fatal({ faults }, 'the snapshot is wrong: the node stops');
      this.#found(fault);
    }
  }

  /** Snapshot blocks remain unchecked but no fault is known: the node goes on, and says so. */
  #fail(error: unknown): void {
    this.#child = null;
    if (this.#isClosed) return;
    this.#dependencies.log.error(
      { err: error },
      'could not check the snapshot further; the next start goes on with it',
    );
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
