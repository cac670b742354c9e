/** Canonical JSON (RFC 8785): one text for one value, so that signatures and hashes have something exact to cover. */
import canonicalize from 'canonicalize';
import { utf8ToBytes } from './bytes.ts';

/** The value's canonical JSON as UTF-8. Strings must be well formed; numbers finite. */
export function canonicalBytes(value: unknown): Uint8Array {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('this value has no JSON form');
  return utf8ToBytes(text);
}
