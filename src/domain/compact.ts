/**
 * The compact form of a 256-bit target, "bits" (Bitcoin's `arith_uint256::SetCompact` and `GetCompact`): one byte of
 * exponent, one sign bit, 23 bits of mantissa.
 */
import { rule } from './errors.ts';

const SIGN = 0x00800000;
const MANTISSA = 0x007fffff;
const MAX_256 = (1n << 256n) - 1n;

/** What a compact value says, including what no target may say. */
export interface Compact {
  value: bigint;
  negative: boolean;
  overflow: boolean;
}

/** Decodes any uint32 without judging it. */
export function decodeCompact(bits: number): Compact {
  const exponent = bits >>> 24;
  const mantissa = BigInt(bits & MANTISSA);
  const shift = 8n * BigInt(exponent - 3);
  const value = shift < 0n ? mantissa >> -shift : mantissa << shift;
  const kept = shift < 0n ? value : mantissa;
  return {
    value: value & MAX_256,
    negative: kept !== 0n && (bits & SIGN) !== 0,
    overflow: value > MAX_256,
  };
}

/** The shortest compact form of a value of at most 256 bits; low digits beyond the mantissa are cut off. */
export function encodeCompact(value: bigint): number {
  let exponent = Math.ceil(value.toString(2).length / 8);
  if (value === 0n) exponent = 0;
  const shift = 8n * BigInt(exponent - 3);
  let mantissa = Number(shift < 0n ? value << -shift : value >> shift);
  // The top mantissa bit is the sign: a value that would set it moves one byte down.
  if (mantissa & SIGN) {
    mantissa >>>= 8;
    exponent += 1;
  }
  return ((exponent << 24) | mantissa) >>> 0;
}

/**
 * The target that a header's bits stand for: 1 to `limit`.
 * @throws RuleError `bits-invalid` when negative, zero, over 256 bits or easier than the network's limit.
 */
export function bitsToTarget(bits: number, limit: bigint): bigint {
  const { value, negative, overflow } = decodeCompact(bits);
  const shown = `0x${bits.toString(16).padStart(8, '0')}`;
  rule(!negative && !overflow && value > 0n, 'bits-invalid', `bits ${shown} are not a target`);
  rule(value <= limit, 'bits-invalid', `bits ${shown} are easier than this network allows`);
  return value;
}

/** Expected number of hashes to meet a target: floor(2^256 / (target + 1)). Chain work is the sum of these. */
export function targetToWork(target: bigint): bigint {
  return (1n << 256n) / (target + 1n);
}

/** How many times harder than the network's easiest target, for people to read; never used by a rule. */
export function targetToDifficulty(target: bigint, limit: bigint): number {
  return Number((limit * 1_000_000n) / target) / 1_000_000;
}

/** The same for the compact target of a header whose bits have been checked. */
export function bitsToWork(bits: number): bigint {
  return targetToWork(decodeCompact(bits).value);
}
