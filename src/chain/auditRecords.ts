/**
 * The audit of the store's own records of ids and names. Memory does not grow with the chain: that an id stands on the
 * chain once, and a name's first use is the one on record, is read off these records, each of which is checked against the
 * blocks. A record of a name or an id that no block uses would go unseen; it has no effect either, unless somebody uses it.
 */
import { LRUCache } from 'lru-cache';
import type { Block } from '../domain/block.ts';
import { bindName } from '../domain/names.ts';
import { expect, Fault, type Findings } from './auditFindings.ts';
import type { Binding, ChainReads, IndexEntry } from './ports.ts';

/** Bindings remembered as right, so that the block which binds a busy author is not read again for each post. */
const REMEMBERED_BINDINGS = 50_000;

/** Checks the records of ids and names that the blocks of the best chain lead to, block by block from genesis. */
export class RecordAudit {
  readonly #store: ChainReads;
  readonly #findings: Findings;
  readonly #confirmedBindings = new LRUCache<string, true>({ max: REMEMBERED_BINDINGS });

  constructor(store: ChainReads, findings: Findings) {
    this.#store = store;
    this.#findings = findings;
  }

  /** An id that stands at two heights is recorded at one of them at most, so it shows at the other. */
  async checkIds(height: number, { transactions }: Block): Promise<void> {
    const heights = await this.#store.heights(transactions.map(({ id }) => id));
    for (const { id } of transactions) {
      const recorded = heights.get(id);
      this.#findings.check(height, () => {
        expect(recorded !== undefined, 'index-wrong', `${id} is not recorded as being on the chain`);
        expect(recorded >= height, 'transaction-on-chain', `${id} is on the chain already, at height ${recorded}`);
        expect(recorded === height, 'index-wrong', `${id} is recorded at height ${recorded}`);
      });
    }
  }

  /** The keys of each name that a block uses, as recorded below the block and with it. */
  async checkNames(height: number, { transactions }: Block): Promise<void> {
    const names = [...new Set(transactions.map(({ statement }) => statement.author))];
    const [below, recorded] = await Promise.all([
      this.#store.bindings(names, height - 1),
      this.#store.bindings(names, height),
    ]);
    for (const binding of below.values()) await this.#findings.read(height, () => this.#confirmBinding(binding));
    const found = new Map(below);
    for (const [position, { statement }] of transactions.entries()) {
      this.#findings.check(height, () => {
        const before = found.get(statement.author);
        const binding = bindName(before, statement);
        if (binding !== before) found.set(statement.author, { name: statement.author, ...binding, height, position });
      });
    }
    for (const name of names) {
      const isRight = isSameBinding(recorded.get(name), found.get(name));
      this.#findings.check(height, () =>
        expect(isRight, 'index-wrong', `the keys of ${JSON.stringify(name)} are recorded wrong`),
      );
    }
  }

  /** A binding's post must stand where the record says, or the record hides a later binding. */
  async #confirmBinding({ name, publicKey, successor, height, position }: Binding): Promise<void> {
    const key = JSON.stringify([name, height, position]);
    if (this.#confirmedBindings.get(key)) return;
    // A block that cannot be had was reported at its own height.
    const block = await readEntry(this.#store, height)
      .then((entry) => readBlock(this.#store, entry))
      .catch(() => null);
    const { statement } = block?.transactions[position] ?? {};
    const isRight =
      statement?.author === name && statement.publicKey === publicKey && statement.successor === successor;
    expect(
      block === null || isRight,
      'index-wrong',
      `${JSON.stringify(name)} is recorded as bound at ${height}/${position}, where no post binds the name so`,
    );
    this.#confirmedBindings.set(key, true);
  }
}

/** @throws Fault when the store holds no block at a height of the chain. */
export async function readEntry(store: ChainReads, height: number): Promise<IndexEntry> {
  const hash = await store.bestHash(height);
  const entry = hash && (await store.entry(hash));
  if (!entry) throw new Fault('block-missing', `the store holds no block at height ${height}`);
  return entry;
}

/** @throws Fault when the store lacks the body. */
export async function readBlock(store: ChainReads, { hash }: IndexEntry): Promise<Block> {
  const block = await store.block(hash);
  if (!block) throw new Fault('block-missing', `the store lacks the body of ${hash}`);
  return block;
}

function isSameBinding(one: Binding | undefined, other: Binding | undefined): boolean {
  if (!one || !other) return one === other;
  return (
    one.publicKey === other.publicKey &&
    one.successor === other.successor &&
    one.height === other.height &&
    one.position === other.position
  );
}
