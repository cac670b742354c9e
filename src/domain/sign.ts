/** Making a transaction: the author's side of the protocol. The signing function and the dice are handed in. */
import { bytesToHex, type Hash, isWellFormed, utf8Length } from './bytes.ts';
import { rule } from './errors.ts';
import { encodeStatement, MAX_STAMP, readStatement, type Statement } from './statement.ts';
import {
  buildTransaction,
  commitmentTo,
  type Opening,
  postWork,
  SIGNATURE_BYTES,
  type Transaction,
} from './transaction.ts';

/** What an author decides about a post. Bounds are those of PROTOCOL.md, section 5. */
export interface Draft {
  author: string;
  content: string;
  topics?: readonly string[];
  replyTo?: Hash | null;
  /** Hex SHA-256 of the public key that may take the name over (`successorOf`). Default: null, nobody. */
  successor?: string | null;
  /** Id of the post of the same name that this one replaces. */
  supersedes?: Hash | null;
}

/** A key that can sign: its public half, and Ed25519 over a message, 64 bytes. */
export interface Signer {
  publicKey: string;
  sign(message: Uint8Array): Uint8Array;
}

/** What a statement says beside the draft and the key. */
export interface SigningContext {
  network: Hash;
  /** Milliseconds since 1970, the author's claim. */
  timestamp: number;
  /** 16 random bytes. */
  salt: Uint8Array;
  /** Leading zero bits that the post's own work must have; each takes twice the hashes of the one before. Default 0. */
  work?: number;
}

/** A post that waits for its signature. */
export interface UnsignedTransaction {
  statement: Statement;
  /** Canonical JSON of the statement: what is to be signed. */
  bytes: Uint8Array;
  opening: Opening;
}

/**
 * Signs a post.
 * @throws RuleError when a field of the draft is out of its bounds.
 */
export function signTransaction(draft: Draft, signer: Signer, context: SigningContext): Transaction {
  const unsigned = draftTransaction(draft, signer.publicKey, context);
  return attachSignature(unsigned, signer.sign(unsigned.bytes));
}

/**
 * Makes what is to be signed.
 * @param publicKey of the key that will sign, 64 hex digits.
 * @throws RuleError when a field of the draft is out of its bounds.
 */
export function draftTransaction(draft: Draft, publicKey: string, context: SigningContext): UnsignedTransaction {
  const tries = tryDraft(draft, publicKey, context);
  for (;;) {
    const { done, value } = tries.next();
    if (done) return value;
  }
}

/**
 * The same in the background: the work of a post may take seconds.
 * @param pause called after some milliseconds of work, again and again; what it rejects with ends the work.
 */
export async function draftInBackground(
  draft: Draft,
  publicKey: string,
  context: SigningContext,
  pause: () => Promise<void>,
): Promise<UnsignedTransaction> {
  const tries = tryDraft(draft, publicKey, context);
  for (;;) {
    const { done, value } = tries.next();
    if (done) return value;
    await pause();
  }
}

/** Yields after every few hundred tries for the post's work. */
function* tryDraft(
  draft: Draft,
  publicKey: string,
  context: SigningContext,
): Generator<undefined, UnsignedTransaction, undefined> {
  const { content } = draft;
  rule(isWellFormed(content), 'content-malformed', 'content must be well-formed text (no lone surrogates)');
  const opening = { content, salt: bytesToHex(context.salt) };
  const statement = readStatement(
    {
      version: 1,
      network: context.network,
      author: draft.author,
      publicKey,
      successor: draft.successor ?? null,
      timestamp: context.timestamp,
      commitment: commitmentTo(opening),
      size: utf8Length(content),
      topics: [...(draft.topics ?? [])],
      replyTo: draft.replyTo ?? null,
      supersedes: draft.supersedes ?? null,
      stamp: 0,
    },
    context.network,
  );
  const stamped = yield* stampStatement(statement, context.work ?? 0);
  return { statement: stamped, bytes: encodeStatement(stamped), opening };
}

/**
 * Completes a transaction with its signature, unchecked: the pool and every reader check whether the key made it.
 * @throws RuleError `signature-malformed` unless it has 64 bytes.
 */
export function attachSignature({ statement, opening }: UnsignedTransaction, signature: Uint8Array): Transaction {
  rule(signature.length === SIGNATURE_BYTES, 'signature-malformed', 'a signature has 64 bytes');
  return buildTransaction(statement, bytesToHex(signature), opening);
}

/** Hashes between two turns of others: some milliseconds of work. */
const TRIES_AT_ONCE = 500;

/** Varies the stamp until the statement has the wanted work. 0 to 24 bits are reasonable. */
function* stampStatement(statement: Statement, work: number): Generator<undefined, Statement, undefined> {
  for (let stamp = 0; stamp <= MAX_STAMP; stamp++) {
    const stamped = { ...statement, stamp };
    if (work === 0 || postWork(encodeStatement(stamped)) >= work) return stamped;
    if (stamp % TRIES_AT_ONCE === TRIES_AT_ONCE - 1) yield;
  }
  throw new RangeError(`no stamp gives ${work} bits of work`);
}
