/** Why a post is kept out: each reason alone. */
import { describe, expect, it } from 'vitest';
import {
  buildTransaction,
  type Transaction,
  transactionSize,
  type VerifiedTransaction,
} from '../../src/domain/transaction.ts';
import { Admission } from '../../src/mempool/admission.ts';
import { BlockTree, GENESIS_ENTRY, makeKey, makePost, mineBlock } from '../support/chain.ts';
import { openLiveStore } from '../support/store.ts';
import { postWithWork, reasonOf, START, startPool, storedPool } from './harness.ts';

const rival = makeKey('a rival of alice');
const onChain = makePost({ content: 'the first' });
const withheld = makePost({ author: 'whistler' });

/** alice is bound on the chain; bob is pending. whistler's post was on a branch that lost, and is withheld. */
async function start() {
  const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, { '1A': [onChain], '1B': [withheld] });
  const harness = await startPool(await openLiveStore());
  for (const label of ['1A', '1B']) await harness.chain.accept(tree.get(label).block);
  await harness.store.withholder.withhold(withheld.id, 'a court says so', false, START);
  await harness.pool.add(makePost({ author: 'bob' }));
  return harness;
}

function withBrokenSignature({ statement, signature, opening }: VerifiedTransaction): Transaction {
  return buildTransaction(statement, (signature.startsWith('0') ? '1' : '0') + signature.slice(1), opening);
}

const CASES: [what: string, reason: string, bad: () => Transaction, good: () => Transaction][] = [
  [
    'a bad signature',
    'signature-invalid',
    () => withBrokenSignature(makePost({ author: 'carol' })),
    () => makePost({ author: 'carol' }),
  ],
  [
    'a time over 10 minutes ahead',
    'timestamp-ahead',
    () => makePost({ timestamp: START + 600_001 }),
    () => makePost({ timestamp: START + 600_000 }),
  ],
  ['a name of another key', 'name-taken', () => makePost({ key: rival }), () => makePost()],
  [
    'a name that is pending with another key',
    'name-pending',
    () => makePost({ author: 'bob', key: rival }),
    () => makePost({ author: 'bob', content: 'more' }),
  ],
  [
    'a new name that looks like one on the chain',
    'name-lookalike',
    () => makePost({ author: 'Alice' }),
    () => makePost({ author: 'Alicia' }),
  ],
  [
    'a new name that looks like a pending one',
    'name-lookalike',
    () => makePost({ author: 'b0b' }),
    () => makePost({ author: 'rob' }),
  ],
  [
    'a new name that shows nothing',
    'name-unreadable',
    () => makePost({ author: '\u200b\u2800 ' }),
    () => makePost({ author: 'x.' }),
  ],
  [
    'a new name of letters that look like others',
    'name-mixed-scripts',
    () => makePost({ author: 'p\u0430ypal' }),
    () => makePost({ author: 'paypal' }),
  ],
  [
    'a text that shows nothing',
    'content-blank',
    () => makePost({ content: ' \n\u200b' }),
    () => makePost({ content: '.' }),
  ],
  [
    'a post whose content is withheld',
    'withheld',
    () => withheld,
    () => makePost({ author: 'whistler', content: 'else' }),
  ],
];

describe('a post that is refused', () => {
  it.each(CASES)('%s: %s', async (_, reason, bad, good) => {
    const { pool, store, dropped } = await start();
    const before = [pool.count, pool.bytes, await storedPool(store)];
    expect(await reasonOf(pool.check(bad()))).toBe(reason);
    expect(await reasonOf(pool.add(bad()))).toBe(reason);
    expect([pool.count, pool.bytes, await storedPool(store)]).toEqual(before);
    expect(dropped).toEqual([]);
    expect(await pool.check(good())).toBe(null);
    expect(await pool.add(good())).toMatchObject({ state: 'pending', fresh: true });
  });

  it('a sealed post is accepted, and may come again with its content, which is kept', async () => {
    const { pool, store } = await start();
    const post = makePost({ author: 'carol' });
    const sealed = { ...post, opening: null };
    expect(await pool.add(sealed)).toMatchObject({ fresh: true });
    expect(pool.get(post.id)?.transaction.opening).toBeNull();
    expect(pool.get(post.id)?.size).toBe(transactionSize(post));
    await Promise.all([pool.add(sealed), pool.add(post), pool.add(sealed)]);
    expect(pool.get(post.id)?.transaction.opening).toEqual(post.opening);
    expect((await store.pool.pending([post.id]))[0]?.transaction.opening).toEqual(post.opening);
  });

  it('a sealed post that is stored with its content, from a branch that lost, is pending with it', async () => {
    const { pool, chain } = await start();
    const post = makePost({ author: 'carol' });
    await chain.accept(mineBlock(GENESIS_ENTRY, [post], { version: 7 }).block);
    expect(await pool.add({ ...post, opening: null })).toMatchObject({ fresh: true });
    expect(pool.get(post.id)?.transaction.opening).toEqual(post.opening);
  });

  it('a bound name may post, though a similar name was pending before', async () => {
    const { pool, chain } = await start();
    await pool.add(makePost({ author: 'c0rinna' }));
    const corinna = makePost({ author: 'corinna' });
    expect(await reasonOf(pool.add(corinna))).toBe('name-lookalike');
    // Somebody else has mined it.
    await chain.accept(mineBlock(chain.tip, [corinna]).block);
    expect(await pool.add(makePost({ author: 'corinna', content: 'it is me' }))).toMatchObject({ fresh: true });
    expect(await pool.check(makePost({ author: 'corinna', content: 'me again' }))).toBe(null);
  });

  it('a key may have many names', async () => {
    const { pool } = await start();
    for (const author of ['dora', 'emma'])
      expect(await pool.add(makePost({ author, key: rival }))).toMatchObject({ fresh: true });
  });
});

it('a post older than a day is refused, unless it comes back from the chain', async () => {
  const DAY = 86_400_000;
  const { pool, chain } = await startPool(await openLiveStore(), { limits: { maxClaimAge: DAY } });
  expect(await reasonOf(pool.add(makePost({ timestamp: START - DAY - 1 })))).toBe('timestamp-behind');
  expect(await pool.add(makePost({ timestamp: START - DAY }))).toMatchObject({ fresh: true });
  const old = makePost({ author: 'old', timestamp: 0 });
  const tree = new BlockTree({ A: 'genesis', B: 'genesis' }, { '1A': [old] });
  for (const label of ['1A', '1B', '2B']) await chain.accept(tree.get(label).block);
  expect(pool.get(old.id)).toBeDefined();
});

describe('an examination', () => {
  it('of a post on the chain reads nothing further', async () => {
    const { store } = await start();
    const admission = new Admission({
      facts: store.facts,
      verify: () => true,
      now: () => START,
      maxClaimAge: Number.POSITIVE_INFINITY,
      isPending: () => false,
    });
    expect(await admission.examine(onChain)).toEqual({ height: 1 });
    expect(await admission.examine(makePost())).toMatchObject({ verified: makePost(), bound: { height: 1 } });
    expect(await admission.examine(postWithWork(1, { author: 'new' }))).toMatchObject({ bound: undefined });
    expect(
      await reasonOf(admission.examine(mineBlock(GENESIS_ENTRY, [withheld]).block.transactions[0] as Transaction)),
    ).toBe('withheld');
  });
});
