/** The rules that need to know a block's ancestors. */

import { type Block, MAX_FUTURE_SECONDS } from './block.ts';
import type { Hash } from './bytes.ts';
import { nextBits, type TargetContext } from './difficulty.ts';
import { rule } from './errors.ts';
import type { Header } from './header.ts';
import type { NetworkParameters } from './network.ts';

/** Header times that the median is taken of. */
export const MEDIAN_SPAN = 11;
/** Blocks that must lie on top of a block before its posts may come without content. */
export const WITHHOLDING_DEPTH = 100;

/** What is known of the ancestors of a header. */
export interface HeaderContext {
  parent: TargetContext;
  /** Times of the parent and up to ten blocks before it, newest first; at least one. */
  recentTimes: readonly number[];
}

/**
 * @throws RuleError `bits-wrong`, `time-too-old`, `time-too-new`.
 * @param now our time in seconds since 1970. `time-too-new` is the one fault that passes by itself.
 */
export function checkHeaderContext(
  header: Header,
  context: HeaderContext,
  network: NetworkParameters,
  now: number,
): void {
  const bits = nextBits(network, context.parent);
  rule(header.bits === bits, 'bits-wrong', `bits are ${hex(header.bits)}, this block must have ${hex(bits)}`);
  const median = medianTime(context.recentTimes);
  rule(header.time > median, 'time-too-old', `time ${header.time} is not after the median ${median}`);
  const latest = now + MAX_FUTURE_SECONDS;
  rule(header.time <= latest, 'time-too-new', `time ${header.time} is after ${latest}`);
}

/** What is known of the ancestors of a child of `header`, given what is known of those of `header`. */
export function contextOnTop({ time, bits }: Header, { parent, recentTimes }: HeaderContext): HeaderContext {
  return {
    parent: { time, bits, previousTime: parent.time },
    recentTimes: [time, ...recentTimes].slice(0, MEDIAN_SPAN),
  };
}

/** The median of the times: the upper one of the two in the middle when their number is even, as in Bitcoin. */
export function medianTime(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}

/** What the chain below a block says of the names and ids that the block uses. */
export interface ChainView {
  /** The key that a name is bound to below this block. */
  ownerOf(name: string): string | undefined;
  /** Whether an id stands below this block. */
  has(id: Hash): boolean;
}

/** @throws RuleError `transaction-on-chain`, `name-taken`. */
export function checkTransactionsContext(block: Block, view: ChainView): void {
  for (const { id, statement } of block.transactions) {
    rule(!view.has(id), 'transaction-on-chain', `${id} is on the chain already`);
    const { author, publicKey } = statement;
    const owner = view.ownerOf(author) ?? publicKey;
    rule(owner === publicKey, 'name-taken', `${JSON.stringify(author)} belongs to ${owner}`);
  }
}

function hex(bits: number): string {
  return `0x${bits.toString(16).padStart(8, '0')}`;
}
