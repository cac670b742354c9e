/** The owner of a name: the key of its first post, and then the key that the one before has named as its successor. */
import { bytesToHex, hexToBytes } from './bytes.ts';
import { RuleError } from './errors.ts';
import { sha256 } from './hash.ts';
import type { Statement } from './statement.ts';

/** What a name is bound to. */
export interface KeyBinding {
  /** The key that signs for the name. */
  publicKey: string;
  /** Hex SHA-256 of the key that may take the name over; null when no key may. */
  successor: string | null;
}

/** What a statement says of the name that it uses. */
export type NameClaim = Pick<Statement, 'author' | 'publicKey' | 'successor'>;

/** The `successor` that names this public key (64 hex digits): the hex SHA-256 of its 32 bytes. */
export function successorOf(publicKey: string): string {
  return bytesToHex(sha256(hexToBytes(publicKey)));
}

/**
 * What a name is bound to after one more post under the name.
 *
 * A post by the bound key changes nothing, whatever its `successor`: so a stolen key cannot choose who inherits the
 * name. The key whose hash is the bound successor takes the name over, and from then on its own post's successor counts.
 * @param before what the name was bound to; undefined when this post is its first.
 * @returns `before` itself when the post binds nothing.
 * @throws RuleError `name-taken`.
 */
export function bindName(before: KeyBinding | undefined, { author, publicKey, successor }: NameClaim): KeyBinding {
  if (before?.publicKey === publicKey) return before;
  if (before !== undefined && before.successor !== successorOf(publicKey)) {
    throw new RuleError('name-taken', `${JSON.stringify(author)} belongs to ${before.publicKey}`);
  }
  return { publicKey, successor };
}
