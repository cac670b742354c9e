/** The signed statement: the twelve fields an author signs, canonicalised by RFC 8785. */
import { type Hash, isHex, isIntegerIn, isWellFormed, utf8Length } from './bytes.ts';
import { canonicalBytes } from './canonical.ts';
import { RuleError, type RuleReason, rule } from './errors.ts';

/** Most bytes of a content in UTF-8. */
export const MAX_CONTENT_BYTES = 16_384;
/** Most bytes of a name or topic in UTF-8. */
export const MAX_NAME_BYTES = 64;
/** Most topics of a post. */
export const MAX_TOPICS = 8;
/** The highest stamp: a uint32. */
export const MAX_STAMP = 0xffff_ffff;

/** What an author signs, field by field (PROTOCOL.md, 5.1). */
export interface Statement {
  version: 1;
  /** Genesis hash of the network for which it is meant: on another it is void. */
  network: Hash;
  /** The name, 1 to 64 bytes of UTF-8 without control bytes. */
  author: string;
  /** Ed25519 public key, 64 hex digits. */
  publicKey: string;
  /** Hex SHA-256 of the public key that may take the name over, or null. Counts in the post that binds the name. */
  successor: string | null;
  /** Milliseconds since 1970, as the author claims it; 0 to 2^53 - 1. */
  timestamp: number;
  /** Hex SHA-256 of 16 bytes of salt followed by the content in UTF-8. */
  commitment: string;
  /** Length of the content in UTF-8 bytes, 1 to 16,384. */
  size: number;
  /** 0 to 8 different topics, each under the rule of `author`. */
  topics: string[];
  /** Id of the transaction that this one answers, or null. It need not exist. */
  replyTo: Hash | null;
  /** Id of an earlier transaction that this one replaces, or null. It need not exist. */
  supersedes: Hash | null;
  /** uint32, varied to give the post work of its own. */
  stamp: number;
}

/** The check of each field, in the order in which faults are reported. */
const FIELDS: readonly [keyof Statement, RuleReason, (value: unknown) => boolean, string][] = [
  ['version', 'version-unknown', (v) => v === 1, 'must be 1'],
  ['network', 'wrong-network', (v) => isHex(v, 32), 'must be a genesis hash'],
  ['author', 'author-invalid', isName, 'must be 1 to 64 bytes of well-formed UTF-8 without control bytes'],
  ['publicKey', 'public-key-malformed', (v) => isHex(v, 32), 'must be 64 lower-case hex digits'],
  ['successor', 'successor-malformed', isHexOrNull, 'must be 64 lower-case hex digits or null'],
  ['timestamp', 'timestamp-invalid', (v) => isIntegerIn(v, 0, Number.MAX_SAFE_INTEGER), 'must be 0 to 2^53 - 1'],
  ['commitment', 'commitment-malformed', (v) => isHex(v, 32), 'must be 64 lower-case hex digits'],
  ['size', 'size-invalid', (v) => isIntegerIn(v, 1, MAX_CONTENT_BYTES), `must be 1 to ${MAX_CONTENT_BYTES} bytes`],
  ['topics', 'topics-invalid', isTopics, 'must be 0 to 8 different names of 1 to 64 bytes'],
  ['replyTo', 'reply-to-malformed', isHexOrNull, 'must be a transaction id or null'],
  ['supersedes', 'supersedes-malformed', isHexOrNull, 'must be a transaction id or null'],
  ['stamp', 'stamp-invalid', (v) => isIntegerIn(v, 0, MAX_STAMP), 'must be a uint32'],
];

/**
 * Checks a value from outside, field by field.
 * @throws RuleError with the reason of the first field that is wrong; `statement-malformed` for missing or unknown ones.
 */
export function readStatement(value: unknown, network: Hash): Statement {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RuleError('statement-malformed', 'the statement must be an object');
  }
  const given = value as Record<string, unknown>;
  const known = FIELDS.map(([field]) => field as string);
  const odd = Object.keys(given).find((field) => !known.includes(field));
  rule(odd === undefined, 'statement-malformed', `unknown field ${JSON.stringify(odd)}`);
  for (const [field, reason, isRight, message] of FIELDS) {
    rule(Object.hasOwn(given, field), 'statement-malformed', `${field} is missing`);
    rule(isRight(given[field]), reason, `${field} ${message}`);
  }
  rule(given.network === network, 'wrong-network', `this network is ${network}`);
  return Object.fromEntries(known.map((field) => [field, given[field]])) as unknown as Statement;
}

/** The bytes that are signed. */
export function encodeStatement(statement: Statement): Uint8Array {
  return canonicalBytes(statement);
}

/**
 * A name (of an author or a topic): compared byte for byte, so this rule knows bytes only. 1 to 64 bytes of
 * well-formed UTF-8, none below 0x20 and none 0x7f.
 */
export function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_NAME_BYTES) return false;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f) return false;
  }
  return isWellFormed(value) && utf8Length(value) <= MAX_NAME_BYTES;
}

function isHexOrNull(value: unknown): boolean {
  return value === null || isHex(value, 32);
}

function isTopics(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length <= MAX_TOPICS && value.every(isName) && new Set(value).size === value.length
  );
}
