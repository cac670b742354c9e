/**
 * The fork choice against a model that knows the whole tree from the start: whatever the order of arrival, the best
 * chain is the heaviest of the valid branches, what the store has noted of it is what a replay gives, and whoever adds
 * up the changes has it too.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ChainChange } from '../../src/chain/ports.ts';
import type { VerifiedTransaction } from '../../src/domain/transaction.ts';
import { GENESIS_ENTRY, type Mined, makeKey, makePost, mineBlock } from '../support/chain.ts';
import { type LiveStore, withStore } from '../support/store.ts';
import { startChain, storedChain } from './harness.ts';

/** Few names, keys and texts, so that blocks are often at odds. */
const POSTS: VerifiedTransaction[] = ['ann', 'bob', 'carol'].flatMap((author) =>
  ['one key', 'another'].flatMap((key) =>
    ['hello', 'again'].map((content) => makePost({ author, content, key: makeKey(key) })),
  ),
);

interface Node extends Mined {
  parent: Node | null;
  isValid: boolean;
  posts: VerifiedTransaction[];
}

/** Of each block: which of the earlier ones it stands on (0: genesis), and which posts it holds. */
const PLAN = fc.array(
  fc.record({
    parent: fc.nat(),
    posts: fc.oneof(
      { weight: 2, arbitrary: fc.constant<number[]>([]) },
      { weight: 3, arbitrary: fc.uniqueArray(fc.nat(POSTS.length - 1), { minLength: 1, maxLength: 2 }) },
    ),
  }),
  { minLength: 1, maxLength: 14 },
);

const SCENARIO = PLAN.chain((plan) =>
  fc.record({
    plan: fc.constant(plan),
    order: fc.shuffledSubarray([...plan.keys()], { minLength: plan.length }),
    restartAfter: fc.nat(plan.length),
  }),
);

function grow(plan: readonly { parent: number; posts: readonly number[] }[]): Node[] {
  const nodes: Node[] = [];
  plan.forEach(({ parent: at, posts: indexes }, version) => {
    // Mostly on one of the latest, so that the branches grow long.
    const back = at % 4 === 3 ? at % (nodes.length + 1) : Math.min(at % 4, nodes.length);
    const parent = nodes[nodes.length - 1 - back] ?? null;
    const posts = indexes.map((i) => POSTS[i] as VerifiedTransaction);
    const mined = mineBlock(parent?.entry ?? GENESIS_ENTRY, posts, { version });
    nodes.push({ ...mined, parent, posts, isValid: (parent?.isValid ?? true) && fits(parent, posts) });
  });
  return nodes;
}

function pathTo(node: Node | null): Node[] {
  return node ? [...pathTo(node.parent), node] : [];
}

/** The rules of names and ids, once more and in other words. */
function fits(parent: Node | null, posts: readonly VerifiedTransaction[]): boolean {
  const all = [...pathTo(parent).flatMap((node) => node.posts), ...posts];
  const keysOf = (name: string) =>
    new Set(all.filter((p) => p.statement.author === name).map((p) => p.statement.publicKey));
  return (
    new Set(all.map(({ id }) => id)).size === all.length && all.every((p) => keysOf(p.statement.author).size === 1)
  );
}

/** The chain that a follower has who starts with nothing and adds up the changes; each must fit what it has. */
function fold(changes: readonly ChainChange[]): string[] {
  const chain: string[] = [];
  for (const { detached, attached, tip } of changes) {
    for (const { hash, height } of detached) {
      expect(chain).toHaveLength(height);
      expect(chain.pop()).toBe(hash);
    }
    for (const { hash, height, header } of attached) {
      expect(header.previousHash).toBe(chain.at(-1) ?? GENESIS_ENTRY.hash);
      expect(chain.push(hash)).toBe(height);
    }
    expect(chain.at(-1)).toBe(tip.hash);
  }
  return chain;
}

async function checkRecords(store: LiveStore, path: readonly Node[]): Promise<void> {
  const heights = new Map(path.flatMap(({ entry, posts }) => posts.map(({ id }) => [id, entry.height] as const)));
  const names = new Map<string, object>();
  for (const { entry, posts } of path) {
    for (const [position, { statement }] of posts.entries()) {
      const { author: name, publicKey, successor } = statement;
      if (!names.has(name)) names.set(name, { name, publicKey, successor, height: entry.height, position });
    }
  }
  expect(await store.chain.heights(POSTS.map(({ id }) => id))).toEqual(heights);
  expect(await store.chain.bindings(POSTS.map(({ statement }) => statement.author))).toEqual(names);
  for (const { block } of path) expect((await store.chain.block(block.hash))?.transactions).toEqual(block.transactions);
}

it('the fork choice does not depend on the order of arrival, except among branches of equal work', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(SCENARIO, ({ plan, order, restartAfter }) =>
      withStore(async (store) => {
        const nodes = grow(plan);
        const first = await startChain(store);
        let { chain } = first;
        const told: ChainChange[] = first.changes;
        for (const [i, at] of order.entries()) {
          if (i === restartAfter) {
            // A new chain over the same data has lost its orphans and what it knew to be bad, like after a restart.
            chain = (await startChain(store, { onChange: async (change) => void told.push(change) })).chain;
          }
          await chain.accept((nodes[at] as Node).block);
        }
        // Orphans that were lost are asked for again; what is there already makes no difference.
        for (const { block } of nodes) await chain.accept(block);

        const valid = nodes.filter(({ isValid }) => isValid);
        const best = Math.max(0, ...valid.map(({ entry }) => entry.height));
        const heaviest = valid.filter(({ entry }) => entry.height === best);
        const tip = nodes.find(({ block }) => block.hash === chain.tip.hash) ?? null;
        expect(chain.tip.height).toBe(best);
        if (heaviest.length === 1) expect(tip).toBe(heaviest[0]);
        else if (best > 0) expect(heaviest).toContain(tip);

        const path = pathTo(tip);
        const hashes = path.map(({ block }) => block.hash);
        expect(await storedChain(store)).toEqual(hashes);
        expect(fold(told)).toEqual(hashes);
        expect(chain.orphanCount).toBe(0);
        await checkRecords(store, path);
      }),
    ),
    { numRuns: 40 },
  );
});
