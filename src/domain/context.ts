/** The rules that need to know a block's ancestors. */

import { type Block, MAX_FUTURE_SECONDS } from './block.ts';
import type { Hash } from './bytes.ts';
import { nextBits, type TargetContext } from './difficulty.ts';
import { rule } from './errors.ts';
import type { Header } from './header.ts';
import { bindName, type KeyBinding } from './names.ts';
import type { NetworkParameters } from './network.ts';

/** Header times that the median is taken of. */
export const MEDIAN_SPAN = 11;

/** The facts about a header's ancestors that the rules need. */
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

/** Derives the context of a child of `header` from the context of `header`. */
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
  /** What a name is bound to below this block. */
  bindingOf(name: string): KeyBinding | undefined;
  /** Whether an id stands below this block. */
  has(id: Hash): boolean;
}

/** A key that a post of a block binds its name to, as a first use or as the successor of the key before. */
export interface NewBinding extends KeyBinding {
  name: string;
  /** The post's place in the block, from 0. */
  position: number;
}

/**
 * Checks ids and names, the posts in their order.
 * @returns the keys that the block binds names to, in the same order.
 * @throws RuleError `transaction-on-chain`, `name-taken`.
 */
export function checkTransactionsContext(block: Block, view: ChainView): NewBinding[] {
  const made: NewBinding[] = [];
  const latest = new Map<string, KeyBinding>();
  for (const [position, { id, statement }] of block.transactions.entries()) {
    rule(!view.has(id), 'transaction-on-chain', `${id} is on the chain already`);
    const name = statement.author;
    const before = latest.get(name) ?? view.bindingOf(name);
    const binding = bindName(before, statement);
    if (binding === before) continue;
    latest.set(name, binding);
    made.push({ name, ...binding, position });
  }
  return made;
}

function hex(bits: number): string {
  return `0x${bits.toString(16).padStart(8, '0')}`;
}
