/**
 * The process: arguments, streams, signals and exit codes. What a command needs of the rest of the program is loaded
 * when it is needed, so that one which only asks a running node is quick.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CliDependencies, Io } from './cli/ports.ts';
import { run } from './cli/run.ts';
import { declareProduction, KEY_FILE, processEnvironment, readVersion } from './options/config.ts';

/** A stop that takes longer than this is broken off. */
const STOP_MS = 4_500;
const ECHO_MS = 200;
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Whether a node runs in this process: it serves others even when its output is not read. */
let isServing = false;

const dependencies: CliDependencies = {
  version: readVersion(),
  async startNode(options) {
    isServing = true;
    // The files of a node are readable by its own user only: they hold pending posts, withheld texts and keys.
    process.umask(0o077);
    await checkBindings();
    return (await import('./node/start.ts')).startNode(options);
  },
  async startArchive(options) {
    isServing = true;
    return (await import('./node/archive.ts')).startArchive(options);
  },
  verifyArchive: async (...request) => (await import('./node/verifyArchive.ts')).verifyArchive(...request),
  async startServer(options, signal) {
    isServing = true;
    return (await import('./node/serve.ts')).startServer(options, undefined, signal);
  },
  async openLedger(options) {
    await checkBindings();
    return (await import('./node/ledger.ts')).openLedger(options);
  },
  async backUp(request) {
    await checkBindings();
    return (await import('./node/backup.ts')).backUp(request);
  },
  async restoreBackup(request) {
    await checkBindings();
    return (await import('./node/backup.ts')).restoreBackup(request);
  },
  auditChain: async (request) => (await import('./chain/audit.ts')).auditChain(request),
  verifyReceipt: async (receipt, expected) => (await import('./verify/index.ts')).verifyReceipt(receipt, expected),
  verifyListing: async (listing, expected) => (await import('./verify/index.ts')).verifyListing(listing, expected),
  openKeyring: async ({ dataDir, passphrase, warn }) => {
    await checkBindings();
    const [{ openKeyring }, { randomBytes }] = await Promise.all([
      import('./keyring/keyring.ts'),
      import('./keyring/sodium.ts'),
    ]);
    return openKeyring({ file: join(dataDir, KEY_FILE), passphrase, random: randomBytes, warn });
  },
  search,
  stopped,
  pause: (milliseconds) => delay(milliseconds),
  now: Date.now,
};

/**
 * The first signal asks for an orderly stop, which must not take long; another one ends the process at once. What comes
 * right behind the first is its echo: Ctrl+C reaches the node from the terminal and again from `npm start` above it.
 */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | null = null;
    for (const [signal, exitCode] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        if (askedAt !== null && performance.now() - askedAt > ECHO_MS) process.exit(exitCode);
        if (askedAt !== null) return;
        askedAt = performance.now();
        setTimeout(breakOff, STOP_MS).unref();
        resolve();
      });
    }
  });
}

function breakOff(): void {
  // The exit code is known once everything was closed: then only something forgotten kept the process alive.
  if (process.exitCode === undefined)
    process.stderr.write('The node did not stop in time; what it had acknowledged is on disk.\n');
  process.exit(process.exitCode ?? 1);
}

async function checkBindings(): Promise<void> {
  return (await import('./node/bindings.ts')).checkBindings();
}

async function search(
  header: Uint8Array,
  target: bigint,
  onAttempts: (attempts: number) => void,
): Promise<number | null> {
  const [{ createSearch }, { availableParallelism }] = await Promise.all([
    import('./miner/search.ts'),
    import('node:os'),
  ]);
  const pool = createSearch({ threads: availableParallelism() });
  const ticker = setInterval(() => onAttempts(Number(pool.attempts())), 200);
  try {
    return await pool.search(header, target, new AbortController().signal);
  } finally {
    clearInterval(ticker);
    await pool.close();
  }
}

/** A reader that has seen enough (`stele export | head`) is no fault; a disk that is full is, and is told in a line. */
function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isServing) return;
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`error: cannot write to standard output: ${error.message}\n`);
    process.exit(1);
  });
  // There is no other place to tell it.
  process.stderr.on('error', () => {});
}

export async function runProcess(): Promise<void> {
  declareProduction();
  watchOutput();
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: processEnvironment(),
  };
  process.exitCode = await run(process.argv.slice(2), { io, dependencies });
}
