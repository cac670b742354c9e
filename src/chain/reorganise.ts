/**
 * Plans a move of the tip and checks all of it before anything changes. An extension is the plan that detaches
 * nothing. Blocks are read one at a time, so a deep reorganisation needs memory for its names and ids, not its texts.
 */
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { type ChainView, checkTransactionsContext, type NewBinding } from '../domain/context.ts';
import { RuleError } from '../domain/errors.ts';
import type { KeyBinding } from '../domain/names.ts';
import type { BlockIndex } from './blockIndex.ts';
import type { Binding, ChainStore, IndexEntry, TipMove } from './ports.ts';

/** Blocks read and checked before others get a turn. */
const BLOCKS_A_TURN = 8;

/** A block of the better branch breaks a rule: the branch is no good from here up. */
export class BranchFault extends Error {
  readonly entry: IndexEntry;
  readonly fault: RuleError;

  constructor(entry: IndexEntry, fault: RuleError) {
    super(`${entry.hash} at height ${entry.height}: ${fault.message}`);
    this.entry = entry;
    this.fault = fault;
  }
}

/**
 * @param entry the new tip, whose body is `block`; its ancestors are all stored.
 * @throws BranchFault at the lowest block that breaks a rule in the context of its own branch.
 */
export async function planMove(
  store: ChainStore,
  index: BlockIndex,
  tip: IndexEntry,
  entry: IndexEntry,
  block: Block,
): Promise<TipMove> {
  const { branch, fork } = await index.branchOf(entry);
  const attached = branch.reverse();
  const detached = await downTo(index, tip, fork);
  const overlay = new Overlay(store, fork.height);
  for (const [i, next] of attached.entries()) {
    if (i % BLOCKS_A_TURN === BLOCKS_A_TURN - 1) await new Promise(setImmediate);
    const body = next === entry ? block : await store.block(next.hash);
    if (!body) throw new Error(`the store lacks the body of ${next.hash}`);
    await checkOnBranch(overlay, next, body);
  }
  return { block, detached, attached, bindings: overlay.bindings() };
}

async function checkOnBranch(overlay: Overlay, entry: IndexEntry, block: Block): Promise<void> {
  const view = await overlay.viewFor(block);
  try {
    overlay.add(block, entry.height, checkTransactionsContext(block, view));
  } catch (error) {
    throw error instanceof RuleError ? new BranchFault(entry, error) : error;
  }
}

async function downTo(index: BlockIndex, from: IndexEntry, fork: IndexEntry): Promise<IndexEntry[]> {
  const entries: IndexEntry[] = [];
  for (let at = from; at.hash !== fork.hash; ) {
    entries.push(at);
    const parent = await index.get(at.header.previousHash);
    if (!parent) throw new Error(`the store lacks the parent of ${at.hash}`);
    at = parent;
  }
  return entries;
}

/** The best chain up to the fork, with the blocks above it that are to be attached. */
class Overlay {
  readonly #store: ChainStore;
  readonly #forkHeight: number;
  readonly #latest = new Map<string, KeyBinding>();
  readonly #bindings: Binding[] = [];
  readonly #ids = new Set<Hash>();

  constructor(store: ChainStore, forkHeight: number) {
    this.#store = store;
    this.#forkHeight = forkHeight;
  }

  async viewFor(block: Block): Promise<ChainView> {
    const [bound, heights] = await Promise.all([
      this.#store.bindings(
        block.transactions.map(({ statement }) => statement.author),
        this.#forkHeight,
      ),
      this.#store.heights(block.transactions.map(({ id }) => id)),
    ]);
    const isBelowFork = (height: number | undefined) => height !== undefined && height <= this.#forkHeight;
    return {
      bindingOf: (name: string) => this.#latest.get(name) ?? bound.get(name),
      has: (id: Hash) => isBelowFork(heights.get(id)) || this.#ids.has(id),
    };
  }

  add(block: Block, height: number, made: readonly NewBinding[]): void {
    for (const { id } of block.transactions) this.#ids.add(id);
    for (const binding of made) {
      this.#latest.set(binding.name, binding);
      this.#bindings.push({ ...binding, height });
    }
  }

  /** The keys that names are bound to above the fork, in order. */
  bindings(): Binding[] {
    return this.#bindings;
  }
}
