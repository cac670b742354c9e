/** What the commands ask of the rest of the program. Handed in by `process.ts`. */
import type { Readable, Writable } from 'node:stream';
import type { AcceptResult, AuditReport, AuditRequest, ChainStore } from '../chain/ports.ts';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import type { ListingReport } from '../domain/listing.ts';
import type { Genesis } from '../domain/network.ts';
import type { ReceiptExpectation, ReceiptReport } from '../domain/receipt.ts';
import type { Signer } from '../domain/sign.ts';
import type { VerifySignature } from '../domain/transaction.ts';
import type { NodeOptions } from '../options/config.ts';
import type { ArchiveOptions, ServeOptions } from '../options/scale.ts';
import type { Environment } from '../options/table.ts';
import type { AdoptedDecision, BackupFacts, Reader, Withholder } from '../store/ports.ts';

export type { AdoptedDecision, BackupFacts };

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean };

/** The streams and the environment of the process. */
export interface Io {
  stdin: Readable;
  stdout: Output;
  /** Also where progress is drawn. */
  stderr: Output;
  environment: Environment;
}

/** How the operator proves to be the operator. */
export interface OperatorAccess {
  /** Whether programs of the node's own user on this machine are the operator without the token. */
  trustsLocal: boolean;
  token: string;
  /** Where the token is kept; null when the operator gave one. */
  tokenFile: string | null;
}

/** A node that runs in this process. */
export interface RunningNode {
  /** Where the node listens, such as http://127.0.0.1:4000. */
  url: string;
  operator: OperatorAccess;
  /** Tells how far the chain is: at once, and whenever that changes, until the program closes. */
  watchSync(tell: (progress: SyncProgress) => void): void;
  /** Resolves to why the node must not go on, once it must not. */
  fault: Promise<string>;
  /** Finishes what was begun, and lets go of everything. */
  close(): Promise<void>;
}

/** How far a chain is, in heights; shown while a node starts. */
export interface SyncProgress {
  height: number;
  /** Height of the best chain that other nodes have proved. */
  targetHeight: number;
  /** The same for the blocks of a snapshot that are still to be checked. */
  unverified: { height: number; targetHeight: number } | null;
}

/** The one door for blocks. */
export interface ChainDoor {
  accept(block: Block): Promise<AcceptResult>;
  /** Begins with the signatures of a block that is to be offered later. */
  prepare(block: Block): void;
}

/** A chain on disk without a node around it. */
export interface Ledger {
  genesis: Genesis;
  /** Null when opened read-only. */
  chain: ChainDoor | null;
  store: {
    chain: ChainStore;
    reader: Pick<Reader, 'postsById' | 'decisions'>;
    withholder: Pick<Withholder, 'adopt'>;
    /** One line for each fault of the database itself and of what waits in it. */
    check(): Iterable<string>;
  };
  verify: VerifySignature;
  /** Writes are on disk when this promise resolves, and not before. */
  close(): Promise<void>;
}

/** The named keys on disk. */
export interface Keyring {
  list(): { name: string; publicKey: string; isRecoveryHere: boolean }[];
  /** The seed in hex; null for a name without a key. */
  export(name: string): string | null;
  /** `seed` in hex. */
  import(name: string, seed: string): Signer;
  /** Makes a key for a name that has none, and a successor for it. */
  create(name: string): Promise<Signer>;
  /** The seed of the name's successor in hex, until it is forgotten here. */
  recovery(name: string): string | null;
  forgetRecovery(name: string): void;
  /** Puts the successor in the place of the name's key. `seed` in hex, or the one that is here. */
  rotate(name: string, seed: string | null, replace?: boolean): Signer;
}

/** An archive that runs in this process. */
export interface RunningArchive extends Pick<RunningNode, 'watchSync' | 'close'> {
  /** Where /health, /ready and /metrics are. */
  url: string;
  /** Rejects when the database is one that cannot be written whatever happens, such as that of another network. */
  failed: Promise<never>;
}

/** What a comparison of the copy with the node found. */
export interface ArchiveReport {
  blocks: number;
  transactions: number;
  /** Hash of the tip of both. */
  tip: Hash;
  /** A line each. */
  faults: string[];
}

/** Which data directory is backed up, into which file, and what of it. */
export interface BackupRequest {
  dataDir: string;
  genesis: Genesis;
  file: string;
  isPublic: boolean;
  withKeys: boolean;
  /** Seals keys that are not sealed. */
  passphrase: string | null;
  onProgress(pages: number, totalPages: number): void;
}

/** The backup that becomes a data directory. */
export interface RestoreRequest extends Pick<BackupRequest, 'dataDir' | 'genesis' | 'file'> {
  /** Whether a stranger made the backup, for anybody to start from. */
  isUnverified: boolean;
}

/** The parts of the program that commands use, loaded when first needed. */
export interface CliDependencies {
  version: string;
  startNode(options: NodeOptions): Promise<RunningNode>;
  startArchive(options: ArchiveOptions): Promise<RunningArchive>;
  verifyArchive(options: ArchiveOptions, onProgress: (height: number, total: number) => void): Promise<ArchiveReport>;
  /** Rejects once the signal aborts while the server waits for its database. */
  startServer(options: ServeOptions, signal: AbortSignal): Promise<{ url: string; close(): Promise<void> }>;
  openLedger(options: { dataDir: string; genesis: Genesis; readonly: boolean }): Promise<Ledger>;
  /** Copies the data, beside a node that may be running. */
  backUp(request: BackupRequest): Promise<BackupFacts>;
  /** Makes a data directory of a backup. */
  restoreBackup(request: RestoreRequest): Promise<BackupFacts>;
  /** Checks every rule over the stored best chain. */
  auditChain(request: AuditRequest): Promise<AuditReport>;
  /** What a receipt proves. @throws Refusal */
  verifyReceipt(receipt: Uint8Array, expected: ReceiptExpectation): Promise<ReceiptReport>;
  /** What a listing proves. @throws Refusal */
  verifyListing(listing: Uint8Array, expected: ReceiptExpectation): Promise<ListingReport>;
  openKeyring(options: { dataDir: string; passphrase: string | null; warn(message: string): void }): Promise<Keyring>;
  /**
   * Looks for a nonce for a header of 80 bytes.
   * @param onAttempts told now and then how many hashes were tried so far.
   * @returns null when no nonce will do.
   */
  search(header: Uint8Array, target: bigint, onAttempts: (attempts: number) => void): Promise<number | null>;
  /** Resolves when the process is asked to stop. */
  stopped(): Promise<void>;
  /** Resolves after about so many milliseconds. */
  pause(milliseconds: number): Promise<void>;
  /** Milliseconds since 1970. */
  now(): number;
}
