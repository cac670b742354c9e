/** Keeps the pool as a node has it: its arrivals as they come, and the whole of it whenever the two have come apart. */
import type { Hash } from '../domain/bytes.ts';
import { Refusal } from '../domain/errors.ts';
import { type Transaction, type VerifiedTransaction, verifyTransaction } from '../domain/transaction.ts';
import type { ArchiveDependencies } from './ports.ts';
import type { Upstream } from './upstream.ts';
import { UpstreamError } from './upstreamError.ts';

/** Posts stored in one transaction. */
const MOST_AT_ONCE = 500;
/** Posts that left the pool and are asked after at the same time. */
const ASKED_AT_ONCE = 8;

/** Takes over the pool of one node: its events, and a comparison once a second. */
export class PoolFollower {
  readonly #dependencies: ArchiveDependencies;
  #waiting: VerifiedTransaction[] = [];
  #wake: () => void = () => {};
  /** Posts that came while the pool was compared. */
  #meanwhile: VerifiedTransaction[] | null = null;

  constructor(dependencies: ArchiveDependencies) {
    this.#dependencies = dependencies;
  }

  /** Follows until the node cannot be followed any more. */
  async follow(upstream: Upstream): Promise<never> {
    this.#waiting = [];
    return Promise.race([this.#listen(upstream), this.#store(upstream)]);
  }

  /** Makes the pool that of the node: the same posts in the same order. */
  async reconcile(upstream: Upstream): Promise<void> {
    const { store, now } = this.#dependencies;
    this.#meanwhile = [];
    try {
      const [told, here] = [await upstream.pending(), await store.pool.load()];
      const isSame = told.length === here.length && told.every((id, i) => id === here[i]?.id);
      if (isSame) return;
      const known = new Map<Hash, Transaction>(here.map((post) => [post.id, post]));
      const fetched = await upstream.posts(told.filter((id) => !known.has(id)));
      for (const post of fetched) known.set(post.id, this.#verify(upstream, post));
      for (const post of this.#meanwhile ?? []) known.set(post.id, post);
      const ids = [...new Set([...told, ...(this.#meanwhile ?? []).map(({ id }) => id)])];
      const posts = ids.flatMap((id) => known.get(id) ?? []);
      const left = await store.pool.replace(posts.map((transaction) => ({ transaction, receivedAt: now() })));
      await this.#askAfter(upstream, left);
    } finally {
      this.#meanwhile = null;
    }
  }

  async #listen(upstream: Upstream): Promise<never> {
    for (;;) {
      for await (const post of upstream.arrivals()) {
        const verified = this.#verify(upstream, post);
        this.#waiting.push(verified);
        this.#meanwhile?.push(verified);
        this.#wake();
      }
      // Too many at once: those that were lost are found when the pools are compared.
      await this.reconcile(upstream);
    }
  }

  async #store(_upstream: Upstream): Promise<never> {
    const { store, now } = this.#dependencies;
    for (;;) {
      const posts = this.#waiting.splice(0, MOST_AT_ONCE);
      if (posts.length > 0) await store.pool.add(posts.map((transaction) => ({ transaction, receivedAt: now() })));
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  /** Why posts have left: those that were mined have not been lost. */
  async #askAfter(upstream: Upstream, ids: readonly Hash[]): Promise<void> {
    const { store, now } = this.#dependencies;
    for (let first = 0; first < ids.length; first += ASKED_AT_ONCE) {
      const some = ids.slice(first, first + ASKED_AT_ONCE);
      const reasons = await Promise.all(some.map((id) => upstream.dropReason(id)));
      const drops = some.flatMap((id, i) => (reasons[i] ? [{ id, reason: reasons[i] }] : []));
      if (drops.length > 0) await store.pool.drop(drops, now());
    }
  }

  #verify({ url }: Upstream, post: Transaction): VerifiedTransaction {
    const { verify, verified } = this.#dependencies;
    try {
      const whole = verifyTransaction(post, verify);
      verified.set(whole.id, whole);
      return whole;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new UpstreamError('malformed', `${url} has a post in its pool that breaks ${error.reason}`, error);
    }
  }
}
