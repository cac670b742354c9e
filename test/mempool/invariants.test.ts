/** What the pool promises at any moment, after any row of posts, blocks, reorganisations and hours. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bindName, type KeyBinding, successorOf } from '../../src/domain/names.ts';
import type { VerifiedTransaction } from '../../src/domain/transaction.ts';
import { GENESIS_ENTRY, type Mined, makeKey, mineBlock } from '../support/chain.ts';
import { openPool } from '../support/pool.ts';
import { withStore } from '../support/store.ts';
import { idsOf, type PoolHarness, postWithWork, ranked, reasonOf, START, startPool, storedPool } from './harness.ts';

/** Few names, two of which look alike, and few keys, so that posts are often at odds; of ann, the second key is the heir. */
const POSTS: VerifiedTransaction[] = ['ann', 'Ann', 'bob'].flatMap((author, a) =>
  ['one key', 'another'].flatMap((key, k) =>
    [0, 1, 2].map((i) => {
      const content = `${author} ${key} ${i} `.padEnd(20 + 300 * i, '.');
      const successor = author === 'ann' && k === 0 ? successorOf(makeKey('another').publicKey) : null;
      return postWithWork((a + k + i) % 4, { author, key: makeKey(key), content, successor });
    }),
  ),
);

const LIMITS = { maxCount: 5, maxBytes: 3_000, maxAge: 1_000 };

const post = fc.nat(POSTS.length - 1);
const block = fc.record({ parent: fc.nat(3), posts: fc.uniqueArray(post, { maxLength: 3 }) });

type Step =
  | { kind: 'add'; posts: number[] }
  | { kind: 'block'; parent: number; posts: number[] }
  | { kind: 'both'; add: number[]; parent: number; posts: number[] }
  | { kind: 'mine' }
  | { kind: 'wait'; ms: number }
  | { kind: 'drop'; post: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('add' as const), posts: fc.array(post, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 3, arbitrary: block.map((made) => ({ kind: 'block' as const, ...made })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(block, fc.array(post, { minLength: 1, maxLength: 4 }))
      .map(([made, add]) => ({ kind: 'both' as const, add, ...made })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'mine' as const }) },
  { weight: 1, arbitrary: fc.nat(600).map((ms) => ({ kind: 'wait' as const, ms })) },
  { weight: 1, arbitrary: post.map((at) => ({ kind: 'drop' as const, post: at })) },
);

const at = (i: number) => POSTS[i] as VerifiedTransaction;

class Run {
  readonly #harness: PoolHarness;
  readonly #blocks: Mined[] = [];
  readonly #acknowledged = new Set<string>();

  constructor(harness: PoolHarness) {
    this.#harness = harness;
  }

  async take(step: Step): Promise<void> {
    const { pool, clock } = this.#harness;
    if (step.kind === 'add') await this.#add(step.posts);
    if (step.kind === 'block') await this.#accept(step);
    if (step.kind === 'both') await Promise.all([this.#add(step.add), this.#accept(step)]);
    if (step.kind === 'mine') await this.#mine();
    if (step.kind === 'drop') await pool.drop(at(step.post).id, 'withheld');
    if (step.kind === 'wait') {
      clock.now += step.ms;
      await pool.expire();
    }
  }

  async #add(posts: readonly number[]): Promise<void> {
    const { pool } = this.#harness;
    const results = await Promise.all(posts.map((i) => reasonOf(pool.add(at(i)))));
    for (const [i, result] of results.entries()) {
      if (typeof result !== 'string') this.#acknowledged.add(at(posts[i] as number).id);
    }
  }

  /** A block on one of the latest: on the tip, or on a branch that may overtake it. */
  async #accept({ parent, posts }: { parent: number; posts: readonly number[] }): Promise<void> {
    const { chain } = this.#harness;
    const below = this.#blocks[this.#blocks.length - parent]?.entry ?? (parent === 0 ? chain.tip : GENESIS_ENTRY);
    const mined = mineBlock(below, posts.map(at), { version: this.#blocks.length });
    const { outcome } = await chain.accept(mined.block);
    if (outcome === 'accepted' || outcome === 'side-branch') this.#blocks.push(mined);
  }

  async #mine(): Promise<void> {
    const { pool, chain, clock } = this.#harness;
    const picked = pool.pick({ maxCount: 3, maxBytes: 2_000, headerTime: clock.now / 1000 });
    const mined = mineBlock(chain.tip, picked, { version: this.#blocks.length });
    // What the pool gives can be mined, always.
    expect(await chain.accept(mined.block)).toMatchObject({ outcome: 'accepted' });
    this.#blocks.push(mined);
  }

  async check(): Promise<void> {
    const { pool, store } = this.#harness;
    const entries = [...pool.ranked()];
    expect(pool.count).toBe(entries.length);
    expect(pool.bytes).toBe(entries.reduce((sum, { size }) => sum + size, 0));
    expect(pool.count).toBeLessThanOrEqual(LIMITS.maxCount);
    expect(pool.bytes).toBeLessThanOrEqual(LIMITS.maxBytes);
    const works = entries.map(({ work }) => work);
    expect(works).toEqual([...works].sort((a, b) => b - a));
    expect(new Set(await storedPool(store))).toEqual(new Set(ranked(pool)));
    expect(await store.facts.heights(ranked(pool))).toEqual(new Map());
    await this.#checkNames();
    await this.#checkAcknowledged();
  }

  async #checkNames(): Promise<void> {
    const { pool, store } = this.#harness;
    const bound: Map<string, KeyBinding> = await store.facts.bindings(POSTS.map(({ statement }) => statement.author));
    const all = pool.pick({ maxCount: 1_000, maxBytes: 1_000_000, headerTime: 4_000_000_000 });
    expect(all).toHaveLength(pool.count);
    // Throws when a post has no right to its name after those before it.
    for (const { statement } of all) bound.set(statement.author, bindName(bound.get(statement.author), statement));
  }

  /** Nothing that was acknowledged is lost: it is pending, on the chain, or there is a reason. */
  async #checkAcknowledged(): Promise<void> {
    const { pool, store } = this.#harness;
    const heights = await store.facts.heights([...this.#acknowledged]);
    for (const id of this.#acknowledged) {
      const reason = await store.reader.dropReason(id);
      const places = [pool.get(id) && 'pending', heights.has(id) && 'on the chain', reason && 'dropped'];
      expect([id, places.filter(Boolean)]).toEqual([id, [expect.any(String)]]);
    }
  }

  /** A restart changes nothing, not even the order, but that a post which a reorganisation gave back has waited since it came. */
  async checkRestart(): Promise<void> {
    const { pool, store } = this.#harness;
    const again = await openPool(store, () => START, {
      limits: pool.limits,
      verify: () => false,
      onAdded: () => expect.unreachable(),
      onContent: () => expect.unreachable(),
      onDropped: () => expect.unreachable(),
    });
    const kept = [...pool.ranked()].map((entry) => ({ ...entry, waitsSince: entry.receivedAt }));
    expect([...again.ranked()]).toEqual(kept);
  }
}

it('the pool keeps its invariants', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 1, maxLength: 20 }), (steps) =>
      withStore(async (store) => {
        const run = new Run(await startPool(store, { limits: LIMITS }));
        for (const step of steps) {
          await run.take(step);
          await run.check();
        }
        await run.checkRestart();
      }),
    ),
    { numRuns: 40 },
  );
});

it('the posts of the property conflict in every way', () => {
  expect(new Set(POSTS.map(({ statement }) => statement.publicKey)).size).toBe(2);
  expect(new Set(idsOf(POSTS)).size).toBe(18);
});
