/**
 * What can be wrong with input. A {@link RuleError} means "what came in is bad", never "we are broken": callers answer
 * it with its code; anything else that is thrown is a fault of ours.
 */

/** Why a transaction (a signed post) is refused by the protocol itself. */
export type TransactionReason =
  | 'statement-malformed'
  | 'version-unknown'
  | 'wrong-network'
  | 'author-invalid'
  | 'public-key-malformed'
  | 'successor-malformed'
  | 'timestamp-invalid'
  | 'commitment-malformed'
  | 'size-invalid'
  | 'topics-invalid'
  | 'reply-to-malformed'
  | 'supersedes-malformed'
  | 'stamp-invalid'
  | 'signature-malformed'
  | 'signature-invalid'
  | 'content-malformed'
  | 'content-mismatch';

/** Why a block is refused. */
export type BlockReason =
  | 'header-malformed'
  | 'bits-invalid'
  | 'proof-of-work-insufficient'
  | 'bits-wrong'
  | 'time-too-old'
  | 'time-too-new'
  | 'merkle-root-mismatch'
  | 'merkle-tree-mutated'
  | 'too-many-transactions'
  | 'block-too-large'
  | 'transaction-too-new'
  | 'transaction-on-chain'
  | 'name-taken'
  | 'ancestor-invalid';

/** Why a network file is refused. */
export type NetworkReason = 'network-malformed';

/** Why a receipt is refused, where it is not for what it holds (a post, headers, a network). */
export type ProofFault =
  | 'proof-malformed'
  | 'proof-version-unknown'
  | 'proof-not-canonical'
  | 'headers-unlinked'
  | 'tip-mismatch';

/** Why something is refused by the rules that all nodes share. */
export type RuleReason = TransactionReason | BlockReason | NetworkReason;

/**
 * Whether a block may be good later: the clock goes on. All other reasons are of what the header itself commits to, or of
 * a body that is not the header's.
 */
export function isPassing(reason: string): boolean {
  return reason === 'time-too-new';
}

/** A reason as the API's enums spell it: `NAME_TAKEN` for `name-taken`. */
type Code<Reason extends string> = Reason extends `${infer Word}-${infer Rest}`
  ? `${Uppercase<Word>}_${Code<Rest>}`
  : Uppercase<Reason>;

/** An error with a code for programs. */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Input that is not taken, for a reason with a name. */
export class Refusal<Reason extends string = string> extends Error {
  override readonly name: string = 'Refusal';
  /** As docs/PROTOCOL.md spells the reason. */
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }

  /** The reason as the API spells it, in its enum `Reason`. */
  get code(): Code<Reason> {
    return this.reason.toUpperCase().replaceAll('-', '_') as Code<Reason>;
  }
}

/** A broken rule of the protocol. */
export class RuleError extends Refusal<RuleReason> {
  override readonly name = 'RuleError';
}

/** A receipt that is none. What is wrong with a post or a header in it is a {@link RuleError}, as anywhere. */
export class ProofError extends Refusal<ProofFault> {
  override readonly name = 'ProofError';
}

/** Throws a {@link RuleError} unless the condition holds. */
export function rule(holds: boolean, reason: RuleReason, message: string): asserts holds {
  if (!holds) throw new RuleError(reason, message);
}
