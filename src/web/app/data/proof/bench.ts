/**
 * What checks and signs, away from the page's own thread: the rules of the protocol, and the browser's Ed25519 or libsodium.
 * The worker has no way to the network; what it judges is handed in, and none of that is trusted.
 */
import { expose } from 'comlink';
import { readCopy, recoveryFile, sealedFile, wordsOf } from '../../../../client/copies.ts';
import { keyFromSeed, newKey } from '../../../../client/keys.ts';
import { Refusal } from '../../../../domain/errors.ts';
import { type Header, hexToHeader } from '../../../../domain/header.ts';
import { successorOf } from '../../../../domain/names.ts';
import type { NetworkParameters } from '../../../../domain/network.ts';
import { attachSignature, type Draft, draftTransaction } from '../../../../domain/sign.ts';
import type { Statement } from '../../../../domain/statement.ts';
import { readTransaction, SALT_BYTES, transactionToWire, verifyTransaction } from '../../../../domain/transaction.ts';
import { LightClient, type ReceiptReport, verifyReceipt } from '../../../../verify/index.ts';
import { withSignatures } from '../../../../verify/signatures.ts';
import { KeptHeaders } from './keptHeaders.ts';
import { type FileReport, type ProofStanding, readFile } from './readFile.ts';

/** A post as the page shows it. */
export interface Shown {
  id: string;
  author: string;
  publicKey: string;
  timestamp: number;
  topics: readonly string[];
  replyTo: string | null;
  supersedes: string | null;
  content: string | null;
  salt: string | null;
  signature: string;
  statement: string;
}

/** What a check of a post has proved, or which rule it breaks. */
export type Verdict =
  /** Key, text and signature belong together; it is in no block yet. */
  | { kind: 'signed' }
  /** The post is in this block, under so many others with this much work. */
  | {
      kind: 'proven';
      block: string;
      /** The post's place in the block, from 0. */
      position: number;
      /** Blocks on top of its own. */
      depth: number;
      /** Hashes expected behind its block and those on top. */
      work: bigint;
      /** Hashes expected behind the chain below its block. Null with `height`. */
      below: bigint | null;
      /** Null: the chain is too long to follow from its first block on, and what is on top is only what the receipt holds. */
      height: number | null;
    }
  /** The post's block is not on the chain with the most work that was seen. */
  | { kind: 'removed' }
  | ({ kind: 'failed' } & Fault);

/** How far the headers have been followed, and the hashes expected behind them. */
export interface Followed {
  height: number;
  hash: string;
  work: bigint;
  detached: number;
  added: number;
  last: string;
}

export interface SigningContext {
  network: string;
  timestamp: number;
  work: number;
}

/** What breaks a rule, and how. */
export interface Fault {
  reason: string;
  message: string;
}

export type Signed = { post: ReturnType<typeof transactionToWire>; id: string } | Fault;

let light: LightClient | null = null;
let kept: KeptHeaders | null = null;

/** The lie would be to show another post than the one that was signed. */
function isShown(shown: Shown, { statement, content }: { statement: Statement; content: string | null }): boolean {
  return (
    statement.author === shown.author &&
    statement.publicKey === shown.publicKey &&
    statement.timestamp === shown.timestamp &&
    statement.replyTo === shown.replyTo &&
    statement.supersedes === shown.supersedes &&
    JSON.stringify(statement.topics) === JSON.stringify(shown.topics) &&
    content === shown.content
  );
}

function failure(error: unknown): { kind: 'failed' } & Fault {
  if (error instanceof Refusal) return { kind: 'failed', reason: error.reason, message: error.message };
  return { kind: 'failed', reason: 'unreadable', message: String(error) };
}

const another: Verdict = { kind: 'failed', reason: 'another-post', message: 'what is shown is not what was signed' };

function standing(report: ReceiptReport): Verdict {
  const { block, depth, work } = report;
  const found = { kind: 'proven', block: block.hash, position: block.position } as const;
  const place = light?.standing(report);
  if (light && place?.state === 'on-chain') {
    const { depth, work, height } = place;
    return { ...found, depth, work, below: light.tip.chainWork - work, height };
  }
  if (place?.state === 'removed') return { kind: 'removed' };
  return { ...found, depth, work, below: null, height: null };
}

/** Where the last block of a proof stands on the chain that is followed. */
function standingIn(genesis: string, block: { hash: string; header: Header }): ProofStanding {
  if (!light) return { state: 'unknown' };
  if (genesis !== light.genesis) return { state: 'foreign' };
  const { state, ...place } = light.standing({ block });
  return state === 'on-chain' ? { state, ...(place as { height: number; depth: number; work: bigint }) } : { state };
}

const api = {
  readFile: (file: File, onProgress: (bytes: number) => void): Promise<FileReport> =>
    readFile(file, standingIn, onProgress),
  readCopy,
  recoveryFile,
  sealedFile,
  successorOf,
  wordsOf,

  async newKey(): Promise<{ seed: string; publicKey: string }> {
    const key = await newKey();
    return { seed: key.exportSeed(), publicKey: key.publicKey };
  },

  async publicKeyOf(seed: string): Promise<string> {
    return (await keyFromSeed(seed)).publicKey;
  },

  async sign(draft: Draft, seed: string, context: SigningContext): Promise<Signed> {
    const key = await keyFromSeed(seed);
    try {
      const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
      const unsigned = draftTransaction(draft, key.publicKey, { ...context, salt });
      const transaction = attachSignature(unsigned, await key.sign(unsigned.bytes));
      return { post: transactionToWire(transaction), id: transaction.id };
    } catch (error) {
      return failure(error);
    }
  },

  /** Whether a post is what its author signed. */
  async checkPost(shown: Shown, network: string): Promise<Verdict> {
    try {
      const { content, salt, signature } = shown;
      const wire = { statement: JSON.parse(shown.statement), signature, content, salt };
      const { id, statement, opening } = await withSignatures((verify) =>
        verifyTransaction(readTransaction(wire, network), verify),
      );
      const isRight = id === shown.id && isShown(shown, { statement, content: opening?.content ?? null });
      return isRight ? { kind: 'signed' } : another;
    } catch (error) {
      return failure(error);
    }
  },

  /** Whether a post is what its author signed, and lies where the receipt says, on the chain that was followed. */
  async checkReceipt(shown: Shown, receipt: string, network: string): Promise<Verdict> {
    try {
      const report = await verifyReceipt(receipt, { network });
      if (report.id !== shown.id || !isShown(shown, report)) return another;
      return standing(report);
    } catch (error) {
      return failure(error);
    }
  },

  /**
   * Begins to follow a network, given its parameters and the header of its first block, which must lead to its identity.
   * What an earlier visit has checked is taken up.
   * @returns what is wrong with them; null when nothing is.
   */
  async found(parameters: NetworkParameters, header: string, identity: string): Promise<Fault | null> {
    if (light?.genesis === identity) return null;
    try {
      const { name, message, time, powLimit, spacing, halfLife, retarget } = parameters;
      const { nonce } = hexToHeader(header);
      const client = new LightClient({ name, message, time, powLimit, spacing, halfLife, retarget, nonce });
      if (client.genesis === identity) {
        kept = new KeptHeaders(client);
        await kept.load();
        light = client;
        return null;
      }
      return { reason: 'wrong-network', message: 'the parameters of the network do not lead to its identity' };
    } catch (error) {
      return failure(error);
    }
  },

  /** The locator with which to ask the node for more headers. */
  locator(from?: string): string[] {
    return light?.locator(from) ?? [];
  },

  /** Takes headers and says how far they lead, or which rule they break. */
  follow(headers: string[]): Followed | Fault {
    if (!light) throw new Error('no network is followed');
    try {
      const { height } = light.tip;
      const { added, detached, moved, last, tip } = light.add(headers);
      if (moved) kept?.save(height - detached + 1);
      return { added, detached, last, hash: tip.hash, height: tip.height, work: tip.chainWork };
    } catch (error) {
      return failure(error);
    }
  },
};

export type Bench = typeof api;

expose(api);
