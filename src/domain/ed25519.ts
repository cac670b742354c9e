/**
 * What the protocol asks of a signature before any equation is computed (PROTOCOL.md, 5.4): encodings that are canonical,
 * no point of small order, S below L. Verifiers differ in these, so platforms whose verifier is laxer are held to them here.
 */
import { hexToBytes } from './bytes.ts';

/** The prime 2^255 - 19 and the order L of the base point (RFC 8032, 5.1), 32 bytes each, lowest first. */
const FIELD = hexToBytes('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
const ORDER = hexToBytes('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
/** The y coordinates of the eight points of small order. Two points share each of the last two, and two have y = 0. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(hexToBytes);

/**
 * Whether a signature and its key may be valid at all. It says nothing about whether the key signed anything.
 * @param signature 64 bytes: R, then S.
 * @param publicKey 32 bytes: A.
 */
export function isStrictlyEncoded(signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  return isPoint(publicKey) && isPoint(signature.subarray(0, 32)) && isBelow(signature.subarray(32), ORDER);
}

function isPoint(encoded: Uint8Array): boolean {
  const y = new Uint8Array(encoded);
  // The highest bit is the sign of x. With x = 0 it would be another spelling of a point of small order.
  y[31] = (y[31] as number) & 0x7f;
  return isBelow(y, FIELD) && !SMALL_ORDER.some((point) => point.every((byte, i) => byte === y[i]));
}

/** Compares numbers of 32 bytes, the lowest byte first. */
function isBelow(bytes: Uint8Array, limit: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (bytes[i] as number) - (limit[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
