/** Keeps the pool in step with the tip: mined posts leave, posts of detached blocks come back. */
import type { Hash } from '../domain/bytes.ts';
import type { KeyBinding } from '../domain/names.ts';
import type { VerifiedTransaction } from '../domain/transaction.ts';
import { entryOf, UNKNOWN } from './entry.ts';
import type { Pool } from './pool.ts';
import type { ChainFacts, DropReason, PoolEntry, PoolStore, StoredPending } from './ports.ts';

/** The part of a `ChainChange` that matters here. */
export interface PoolChange {
  detached: readonly { hash: Hash }[];
  attached: readonly { hash: Hash }[];
}

interface FollowerDependencies {
  store: PoolStore;
  facts: ChainFacts;
  /** Writes down why posts have left. */
  record(ids: readonly Hash[], reason: DropReason): Promise<void>;
  /** Milliseconds since 1970 by a clock that is never set. */
  steadyNow(): number;
}

export class Follower {
  readonly #pool: Pool;
  readonly #dependencies: FollowerDependencies;

  constructor(pool: Pool, dependencies: FollowerDependencies) {
    this.#pool = pool;
    this.#dependencies = dependencies;
  }

  async follow({ detached, attached }: PoolChange): Promise<void> {
    const names = new Set<string>();
    const included = await this.#removeMined(attached, names);
    const returned: StoredPending[] = [];
    for (const { hash } of [...detached].reverse()) {
      const contents = await this.#dependencies.facts.contents(hash);
      for (const { author } of contents) names.add(author);
      const ids = contents.map(({ id }) => id).filter((id) => !included.has(id));
      returned.push(...(await this.#dependencies.store.pending(ids)));
    }
    await this.#dropConflicting(names);
    await this.#readd(returned);
  }

  /** The pool as it was left in the store. Its posts have waited since they came. */
  async open(): Promise<void> {
    await this.#arrange(await this.#dependencies.store.load(), { keep: false });
  }

  /** The pool as the store has it, in place of the one in memory. */
  async reload(): Promise<void> {
    const returnedAt = this.#dependencies.steadyNow();
    await this.#arrange(await this.#dependencies.store.load(), { keep: false, returnedAt });
  }

  /** Takes in the posts that a reorganisation has put back into the store's pool. */
  async #readd(stored: readonly StoredPending[]): Promise<void> {
    const returned = stored.filter(({ transaction }) => !this.#pool.get(transaction.id));
    const returnedAt = this.#dependencies.steadyNow();
    if (returned.length > 0) await this.#arrange(returned, { keep: true, returnedAt });
  }

  /**
   * Puts stored posts into the pool. All pending posts are put in order of arrival anew, since those that come back may
   * have come before those that are here.
   * @param keep whether posts stay that are in the pool now and not among the stored ones.
   * @param returnedAt when those that are not in the pool now have lost their block, if they have.
   */
  async #arrange(
    stored: readonly StoredPending[],
    { keep, returnedAt }: { keep: boolean; returnedAt?: number },
  ): Promise<void> {
    const authors = new Set(stored.map(({ transaction }) => transaction.statement.author));
    if (keep) for (const { transaction } of this.#pool.entries()) authors.add(transaction.statement.author);
    const bindings = await this.#dependencies.facts.bindings([...authors]);
    // Verified before they were stored: by the pool, or with their block.
    const entries = stored.map(
      ({ transaction, receivedAt }) =>
        this.#pool.get(transaction.id) ??
        entryOf(transaction as VerifiedTransaction, receivedAt, UNKNOWN, returnedAt ?? receivedAt),
    );
    const before = [...this.#pool.entries()];
    const all = (keep ? [...before, ...entries] : entries).sort((a, b) => a.receivedAt - b.receivedAt);
    for (const { transaction } of before) this.#pool.remove(transaction.id);
    await this.#insertFitting(all, bindings);
  }

  async #insertFitting(entries: readonly PoolEntry[], bindings: ReadonlyMap<string, KeyBinding>): Promise<void> {
    const [taken, rivals]: [Hash[], Hash[]] = [[], []];
    for (const entry of entries) {
      const { id, statement } = entry.transaction;
      const bound = bindings.get(statement.author);
      if (this.#pool.names.fits(statement, bound)) this.#pool.insert({ entry, bound });
      else (this.#pool.names.has(statement.author) ? rivals : taken).push(id);
    }
    const crowded = this.#pool.surplus();
    taken.push(...this.#pool.removeAll(crowded));
    await this.#dependencies.record(taken, 'name-taken');
    await this.#dependencies.record(rivals, 'name-pending');
    await this.#dependencies.record(crowded, 'evicted');
  }

  /** The ids of the blocks that joined the chain; their names are added to `names`. */
  async #removeMined(attached: PoolChange['attached'], names: Set<string>): Promise<ReadonlySet<Hash>> {
    const included = new Set<Hash>();
    for (const { hash } of attached) {
      for (const { id, author } of await this.#dependencies.facts.contents(hash)) {
        this.#pool.remove(id);
        included.add(id);
        names.add(author);
      }
    }
    return included;
  }

  /** Drops posts for which what the chain now says of their names leaves no place. */
  async #dropConflicting(names: ReadonlySet<string>): Promise<void> {
    const pending = [...names].filter((name) => this.#pool.names.has(name));
    const bindings = await this.#dependencies.facts.bindings(pending);
    const conflicting = pending.flatMap((name) => this.#pool.rebase(name, bindings.get(name)));
    await this.#dependencies.record(conflicting, 'name-taken');
  }
}
