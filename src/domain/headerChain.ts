/** A run of headers, each the child of the one before, that need not go back to genesis: what proofs are made of. */
import type { Hash } from './bytes.ts';
import { bitsToTarget, targetToWork } from './compact.ts';
import { MEDIAN_SPAN, medianTime } from './context.ts';
import { nextBits } from './difficulty.ts';
import { rule } from './errors.ts';
import { checkProofOfWork, type Header, hashHeader } from './header.ts';
import type { Genesis } from './network.ts';
import { assert } from './proofFormat.ts';

/**
 * Every rule for headers that can be checked without those below: when the first is the child of genesis, all of them;
 * else the bits from the third header on, and the times from the twelfth.
 * @returns the hash and the work of each.
 */
export function checkHeaderChain(headers: readonly Header[], genesis: Genesis): { hashes: Hash[]; works: bigint[] } {
  const { powLimit } = genesis;
  const fromGenesis = headers[0]?.previousHash === genesis.hash;
  const known = fromGenesis ? [genesis.header] : [];
  const hashes: Hash[] = [];
  const works: bigint[] = [];
  for (const header of headers) {
    const below = hashes.at(-1) ?? header.previousHash;
    assert(
      header.previousHash === below,
      'headers-unlinked',
      `header ${hashes.length} is not a child of the one before`,
    );
    const hash = hashHeader(header);
    checkProofOfWork(header, hash, powLimit);
    const bits = bitsAfter(known, fromGenesis, genesis);
    rule(bits === null || header.bits === bits, 'bits-wrong', `the bits of ${hash} do not follow from those below`);
    const times = known.slice(-MEDIAN_SPAN).map(({ time }) => time);
    const isMedianKnown = fromGenesis || times.length === MEDIAN_SPAN;
    const isLater = !isMedianKnown || header.time > medianTime(times);
    rule(isLater, 'time-too-old', `the time of ${hash} is not after the median of those below`);
    works.push(targetToWork(bitsToTarget(header.bits, powLimit)));
    known.push(header);
    hashes.push(hash);
  }
  return { hashes, works };
}

/** The bits of the block behind the known ones; null when too few are known to tell. */
function bitsAfter(known: readonly Header[], fromGenesis: boolean, { network }: Genesis): number | null {
  if (!network.retarget || (fromGenesis && known.length === 1)) return network.powLimit;
  const [grandparent, parent] = known.slice(-2);
  if (!grandparent || !parent) return null;
  return nextBits(network, { time: parent.time, bits: parent.bits, previousTime: grandparent.time });
}
