/** Commands in this process: real parts, captured streams. */
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { auditChain } from '../../src/chain/audit.ts';
import type { CliDependencies, Io, RunningNode } from '../../src/cli/ports.ts';
import { run } from '../../src/cli/run.ts';
import { decodeHeader, hashHeader, meetsTarget } from '../../src/domain/header.ts';
import { openKeyring } from '../../src/keyring/keyring.ts';
import { randomBytes } from '../../src/keyring/sodium.ts';
import { startArchive } from '../../src/node/archive.ts';
import { backUp, restoreBackup } from '../../src/node/backup.ts';
import { openLedger } from '../../src/node/ledger.ts';
import { startServer } from '../../src/node/serve.ts';
import { startNode } from '../../src/node/start.ts';
import { verifyArchive } from '../../src/node/verifyArchive.ts';
import { KEY_FILE, type NodeOptions } from '../../src/options/config.ts';
import { verifyListing, verifyReceipt } from '../../src/verify/index.ts';
import { testNodeOptions } from '../support/nodeOptions.ts';

export class Captured extends Writable {
  isTTY = false;
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Setting {
  stdin?: string | Buffer | undefined;
  environment?: Record<string, string> | undefined;
  dependencies?: Partial<CliDependencies> | undefined;
  stdout?: Captured;
  stderr?: Captured;
}

const DEPENDENCIES: CliDependencies = {
  version: '1.2.3',
  startNode: (options) => startNode(options),
  startArchive: (options) => startArchive(options),
  verifyArchive,
  startServer: (options, signal) => startServer(options, undefined, signal),
  openLedger,
  backUp,
  restoreBackup,
  auditChain,
  verifyReceipt,
  verifyListing,
  async openKeyring({ dataDir, passphrase, warn }) {
    const strength = { opsLimit: 1, memLimit: 8_192 };
    return openKeyring({ file: join(dataDir, KEY_FILE), passphrase, random: randomBytes, warn, strength });
  },
  async search(header, target, onAttempts) {
    for (let nonce = 0; ; nonce++) {
      onAttempts(nonce);
      if (meetsTarget(hashHeader({ ...decodeHeader(header), nonce }), target)) return nonce;
    }
  },
  stopped: () => Promise.resolve(),
  pause: () => Promise.resolve(),
  now: Date.now,
};

/** Runs a command as `main.ts` would. */
export async function stele(args: readonly string[], setting: Setting = {}): Promise<Ran> {
  const { stdin = '', environment = {}, dependencies = {} } = setting;
  const { stdout = new Captured(), stderr = new Captured() } = setting;
  const io: Io = { stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr, environment };
  const code = await run(args, { io, dependencies: { ...DEPENDENCIES, ...dependencies } });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A node of the `dev` network on any free port. */
export function startDevNode(dataDir: string, change: Partial<NodeOptions> = {}): Promise<RunningNode> {
  const small = { logLevel: 'silent', poolCount: 1_000, poolBytes: 1_048_576 } as const;
  return startNode(testNodeOptions({ dataDir, ...small, ...change }));
}
