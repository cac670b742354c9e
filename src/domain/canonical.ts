/** Canonical JSON (RFC 8785): one text for one value, so that signatures and hashes have something exact to cover. */
import canonicalize from 'canonicalize';
import { utf8ToBytes } from './bytes.ts';

/** The value's canonical JSON. Strings must be well formed; numbers finite. */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('this value has no JSON form');
  return text;
}

/** The same as UTF-8. */
export function canonicalBytes(value: unknown): Uint8Array {
  return utf8ToBytes(canonicalText(value));
}
