/** A transaction: a signed statement, and beside it the content that the statement commits to. */
import {
  bytesToHash,
  bytesToHex,
  concatBytes,
  type Hash,
  hexToBytes,
  isHex,
  isWellFormed,
  utf8ToBytes,
} from './bytes.ts';
import { RuleError, rule } from './errors.ts';
import { sha256, sha256d } from './hash.ts';
import { encodeStatement, MAX_CONTENT_BYTES, readStatement, type Statement } from './statement.ts';

/** Length of the salt of a commitment. */
export const SALT_BYTES = 16;
/** Length of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;
/** Length of an Ed25519 public key. */
export const PUBLIC_KEY_BYTES = 32;

/** What opens a commitment. */
export interface Opening {
  content: string;
  /** 32 hex digits. Random, so that a withheld content cannot be guessed from its commitment. */
  salt: string;
}

/** A transaction whose form is right. Its signature has not been checked yet. */
export interface Transaction {
  id: Hash;
  statement: Statement;
  /** Canonical JSON of the statement: what is signed and hashed. */
  bytes: Uint8Array;
  /** 128 hex digits. */
  signature: string;
  /** Null when the content is not at hand: a statement stands without. */
  opening: Opening | null;
}

declare const verified: unique symbol;
/** A transaction whose signature has been checked. Only {@link verifyTransaction} makes one. */
export type VerifiedTransaction = Transaction & { readonly [verified]: true };

/** A transaction as it travels: in `submitTransaction`, `addBlock`, and export files. */
export interface TransactionWire {
  statement: unknown;
  signature: unknown;
  content?: unknown;
  salt?: unknown;
}

/** The one rule for signatures is libsodium's; the library itself is handed in. Lengths are checked before the call. */
export type VerifySignature = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => boolean;

/** What a signature covers, and what it is checked with, in hex. */
export interface SignedMessage {
  message: Uint8Array;
  signature: string;
  publicKey: string;
}

/** The same rule for many at once. @returns the index of the first that does not hold; -1 when all do. */
export type VerifySignatures = (items: readonly SignedMessage[]) => Promise<number>;

/**
 * Checks the form of a transaction from outside, and that its content opens its commitment.
 * @throws RuleError with a {@link TransactionReason}.
 */
export function readTransaction(wire: TransactionWire, network: Hash): Transaction {
  const statement = readStatement(wire.statement, network);
  const { signature } = wire;
  rule(isHex(signature, SIGNATURE_BYTES), 'signature-malformed', 'signature must be 128 lower-case hex digits');
  const opening = readOpening(wire);
  if (opening) checkOpening(statement, opening);
  return buildTransaction(statement, signature, opening);
}

/** Puts together a transaction whose parts are known to be well formed: read from our store, or just signed. */
export function buildTransaction(statement: Statement, signature: string, opening: Opening | null): Transaction {
  const bytes = encodeStatement(statement);
  return { id: transactionId(bytes, signature), statement, bytes, signature, opening };
}

/** The transaction as it travels; a content that is not at hand is two nulls. */
export function transactionToWire(transaction: Transaction) {
  const { statement, signature, opening } = transaction;
  return { statement, signature, content: opening?.content ?? null, salt: opening?.salt ?? null };
}

/** SHA-256d of the statement bytes followed by the 64 signature bytes. */
export function transactionId(statementBytes: Uint8Array, signature: string): Hash {
  return bytesToHash(sha256d(concatBytes(statementBytes, hexToBytes(signature))));
}

/**
 * Checks the signature over the statement.
 * @throws RuleError `signature-invalid`.
 */
export function verifyTransaction(transaction: Transaction, verify: VerifySignature): VerifiedTransaction {
  const { signature, statement, bytes } = transaction;
  const holds = isSignature(verify, bytes, hexToBytes(signature), hexToBytes(statement.publicKey));
  rule(holds, 'signature-invalid', `the signature of ${transaction.id} does not match its key and statement`);
  return transaction as VerifiedTransaction;
}

/**
 * Ed25519 (RFC 8032) as libsodium verifies it: canonical encodings, no small-order key or R, S < L, cofactorless.
 * Wrong lengths are refused here, because not every binding does it.
 */
export function isSignature(
  verify: VerifySignature,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== PUBLIC_KEY_BYTES) return false;
  return verify(message, signature, publicKey);
}

/** Hex SHA-256 of the salt's 16 bytes followed by the content's UTF-8 bytes. */
export function commitmentTo({ content, salt }: Opening): string {
  return bytesToHex(sha256(concatBytes(hexToBytes(salt), utf8ToBytes(content))));
}

/** @throws RuleError `content-mismatch` when the content is not the one that was signed. */
export function checkOpening(statement: Statement, opening: Opening): void {
  const { length } = utf8ToBytes(opening.content);
  rule(
    length === statement.size,
    'content-mismatch',
    `content has ${length} bytes, the statement says ${statement.size}`,
  );
  const holds = commitmentTo(opening) === statement.commitment;
  rule(holds, 'content-mismatch', 'content and salt do not open the commitment');
}

/** Leading zero bits of SHA-256d of the statement, 0 to 256, first byte first: the post's own work. Policy only. */
export function postWork(statementBytes: Uint8Array): number {
  const hash = sha256d(statementBytes);
  const at = hash.findIndex((byte) => byte !== 0);
  return at < 0 ? 256 : at * 8 + Math.clz32(hash[at] as number) - 24;
}

/** What a transaction counts towards the size of a block: statement, signature and content, in bytes. */
export function transactionSize(transaction: Transaction): number {
  return transaction.bytes.length + SIGNATURE_BYTES + transaction.statement.size;
}

function readOpening({ content, salt }: TransactionWire): Opening | null {
  if ((content ?? null) === null && (salt ?? null) === null) return null;
  if (typeof content !== 'string' || !isWellFormed(content)) {
    throw new RuleError('content-malformed', 'content must be well-formed text (no lone surrogates)');
  }
  // In UTF-8 a text never has fewer bytes than UTF-16 units, so this bounds the work before any hashing.
  rule(content.length <= MAX_CONTENT_BYTES, 'size-invalid', `content is longer than ${MAX_CONTENT_BYTES} bytes`);
  rule(isHex(salt, SALT_BYTES), 'content-malformed', 'salt must be 32 lower-case hex digits');
  return { content, salt };
}
