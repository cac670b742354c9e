/**
 * Difficulty: the aserti3-2d integer formula (CHIP "ASERT", M. Lundeberg, J. Toomim 2020), an exponentially weighted
 * target with a cubic approximation of 2^x. Big integers throughout; no floating point.
 */
import { bitsToTarget, decodeCompact, encodeCompact } from './compact.ts';
import type { NetworkParameters } from './network.ts';

const RADIX = 65_536n;

/** What the formula of aserti3-2d takes. */
export interface AsertInput {
  anchorTarget: bigint;
  /** Seconds from the anchor's parent to the block before the one in question. */
  timeDelta: bigint;
  /** Blocks from the anchor to the block before the one in question; 0 when that is the anchor itself. */
  heightDelta: bigint;
  /** Seconds between blocks that the formula steers towards. */
  spacing: bigint;
  /** Seconds of delay that double the target. */
  halfLife: bigint;
  powLimit: bigint;
}

/** The next target, 1 to `powLimit`, before it is rounded into bits. */
export function asertTarget(input: AsertInput): bigint {
  const late = input.timeDelta - input.spacing * (input.heightDelta + 1n);
  // Truncates toward zero, as the published C++ does; the shift below rounds down.
  const exponent = (late * RADIX) / input.halfLife;
  const shifts = exponent >> 16n;
  const fraction = exponent - (shifts << 16n);
  const factor =
    RADIX +
    ((195_766_423_245_049n * fraction +
      971_821_376n * fraction * fraction +
      5_127n * fraction * fraction * fraction +
      (1n << 47n)) >>
      48n);
  const scaled = input.anchorTarget * factor;
  const shift = shifts - 16n;
  // A shift beyond 512 bits can only end at the limit, and must not be carried out on the way there.
  if (shift > 512n) return input.powLimit;
  const target = shift < 0n ? scaled >> -shift : scaled << shift;
  if (target < 1n) return 1n;
  return target > input.powLimit ? input.powLimit : target;
}

/** The ancestor's fields that decide the next target. */
export interface TargetContext {
  time: number;
  bits: number;
  /** Time of the parent's parent; null when the parent is the genesis block. */
  previousTime: number | null;
}

/**
 * The bits that a child of `parent` must carry. The parent is its own anchor (the absolute form would store up "time
 * debt" while nobody mines); block 1 and networks without retargeting take the genesis bits.
 */
export function nextBits(network: NetworkParameters, parent: TargetContext): number {
  if (!network.retarget || parent.previousTime === null) return network.powLimit;
  const powLimit = decodeCompact(network.powLimit).value;
  return encodeCompact(
    asertTarget({
      anchorTarget: bitsToTarget(parent.bits, powLimit),
      timeDelta: BigInt(parent.time - parent.previousTime),
      heightDelta: 0n,
      spacing: BigInt(network.spacing),
      halfLife: BigInt(network.halfLife),
      powLimit,
    }),
  );
}
