/**
 * The steps from any block that the node knows to the tip of the best chain: what a subscriber who stood there has
 * missed. The cursor is where the subscriber stands, so nothing needs to be remembered for it, on this node or another,
 * before or after a restart.
 */
import type { Hash } from '../../domain/bytes.ts';
import type { BlockRecord, Reader } from '../../store/ports.ts';

/** A block that joins or leaves the best chain, on the way from a subscriber's cursor to the tip. */
export interface ChainStep {
  kind: 'ATTACHED' | 'DETACHED';
  block: BlockRecord;
  /** The subscriber's cursor after this step. */
  tip: Hash;
}

/** The next step from a block towards the tip; null when it is the tip; undefined when the block is unknown. */
export async function nextStep(
  reader: Pick<Reader, 'blocksByHash' | 'blocksByHeight'>,
  from: Hash,
): Promise<ChainStep | null | undefined> {
  const block = (await reader.blocksByHash([from])).get(from);
  if (!block) return undefined;
  if (!block.onBestChain) return { kind: 'DETACHED', block, tip: block.header.previousHash };
  const above = block.height + 1;
  const next = (await reader.blocksByHeight([above])).get(above);
  if (!next) return null;
  // The chain was reorganised between the two reads: look again.
  if (next.header.previousHash !== from) return nextStep(reader, from);
  return { kind: 'ATTACHED', block: next, tip: next.hash };
}
