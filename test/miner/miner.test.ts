import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_FUTURE_SECONDS } from '../../src/domain/block.ts';
import { decodeHeader, type Header } from '../../src/domain/header.ts';
import type { VerifiedTransaction } from '../../src/domain/transaction.ts';
import { Miner } from '../../src/miner/miner.ts';
import type { MinerDependencies } from '../../src/miner/ports.ts';
import { createSearch, type Search, type SearchOptions } from '../../src/miner/search.ts';
import { startChain } from '../chain/harness.ts';
import { Gate, idsOf } from '../mempool/harness.ts';
import { GENESIS, makePost, makePosts, mineBlock } from '../support/chain.ts';
import { openPool } from '../support/pool.ts';
import { openLiveStore } from '../support/store.ts';

/** Seconds; where the clock of the miner, the chain and the pool stands. */
const NOW = GENESIS.header.time + 1_000;
/** Bits whose target is 1: nobody meets it. */
const IMPOSSIBLE = 0x03000001;

interface Setup extends Partial<MinerDependencies> {
  automatic?: boolean;
  searchOptions?: Partial<SearchOptions>;
}

/** What a search was asked for, and what becomes of it. */
interface Asked {
  header: Header;
  signal: AbortSignal;
  result: Promise<number | null>;
}

/** The real search, with a record of what it is asked for. */
function watch(search: Search): { search: Search; asked: Asked[]; called(count: number): Promise<void> } {
  const asked: Asked[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  return {
    asked,
    called: (count) =>
      new Promise((resolve) => {
        if (asked.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    search: {
      threads: search.threads,
      kernelName: () => search.kernelName(),
      attempts: () => search.attempts(),
      close: () => search.close(),
      search(header, target, signal) {
        const result = search.search(header, target, signal);
        asked.push({ header: decodeHeader(header), signal, result });
        for (const { count, resolve } of waiting) if (asked.length >= count) resolve();
        return result;
      },
    },
  };
}

async function start({ automatic = false, searchOptions, ...change }: Setup = {}) {
  const store = await openLiveStore();
  const watched = watch(createSearch({ threads: 2, ...searchOptions }));
  /** While set, no nonce will do. */
  const state = { isImpossible: false };
  const moves: (() => void)[] = [];
  const progressed: (() => void)[] = [];
  const pool = await openPool(store, () => NOW * 1000, { onAdded: () => miner.wake() });
  const { chain } = await startChain(store, {
    now: () => NOW,
    async onChange(told) {
      await pool.follow(told);
      miner.follow();
      miner.wake();
      for (const moved of moves.splice(0)) moved();
    },
  });
  const miner: Miner = new Miner(
    { automatic },
    {
      search: watched.search,
      async next() {
        const next = await chain.next();
        return state.isImpossible ? { ...next, bits: IMPOSSIBLE } : next;
      },
      pick: (limits) => pool.pick(limits),
      async submit(block) {
        const result = await chain.accept(block);
        if (result.outcome === 'rejected') throw new Error(result.reason);
        return result.outcome === 'accepted';
      },
      isSynced: () => true,
      now: () => NOW,
      firstNonce: () => 0,
      pause: neverEnding,
      log: pino({ level: 'silent' }),
      onProgress() {
        for (const told of progressed.splice(0)) told();
      },
      ...change,
    },
  );
  onTestFinished(() => miner.close());
  const moved = () => new Promise<void>((resolve) => moves.push(resolve));
  const told = () => new Promise<void>((resolve) => progressed.push(resolve));
  return { ...watched, store, pool, chain, miner, state, moved, told };
}

type Rig = Awaited<ReturnType<typeof start>>;

/** A pause that only its signal ends. */
function neverEnding(_milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Pauses that a test ends, and how long each was to be. */
function watchPauses() {
  const lengths: number[] = [];
  let begun = () => {};
  let end = () => {};
  return {
    lengths,
    end: () => end(),
    /** Resolves when the next pause begins. */
    next: () =>
      new Promise<void>((resolve) => {
        begun = resolve;
      }),
    pause(milliseconds: number, signal: AbortSignal) {
      lengths.push(milliseconds);
      begun();
      return new Promise<void>((resolve) => {
        end = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  };
}

function watchLog() {
  const lines: { level: number; msg: string; err?: { message: string } }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

const once = { blocks: 1, timeoutMs: 60_000, allowEmpty: false };

async function postsOf({ store }: Rig, hash: string | undefined): Promise<string[]> {
  return idsOf((await store.chain.block(hash ?? ''))?.transactions ?? []);
}

/** Somebody else's block arrives. */
async function acceptForeign({ chain }: Rig, posts: readonly VerifiedTransaction[] = []): Promise<void> {
  expect(await chain.accept(mineBlock(chain.tip, posts).block)).toMatchObject({ outcome: 'accepted' });
}

/** Whether a search is over, and why; else undefined. */
async function endOf({ result }: Asked | undefined = { result: Promise.resolve(0) } as Asked): Promise<unknown> {
  return result.then(
    () => 'found',
    (error: unknown) => (error as Error).message,
  );
}

describe('mine', () => {
  it('mines the pending posts', async () => {
    const rig = await start();
    const { chain, pool, miner } = rig;
    const posts = makePosts(3);
    for (const post of posts) await pool.add(post);
    const result = await miner.mine(once);
    expect(result).toEqual({ outcome: 'mined', hashes: [chain.tip.hash] });
    expect(chain.tip).toMatchObject({ height: 1, header: { time: NOW, previousHash: GENESIS.hash } });
    expect(await postsOf(rig, chain.tip.hash)).toEqual(idsOf(posts));
    expect(pool.count).toBe(0);
    expect(miner.progress()).toMatchObject({ active: false, blocksFound: 1, height: null });
  });

  it('reports that there is nothing to mine when no post is pending', async () => {
    const { miner, chain, asked } = await start();
    expect(await miner.mine(once)).toEqual({ outcome: 'nothing-to-mine', hashes: [] });
    expect([chain.tip.height, asked.length, miner.progress().kernel]).toEqual([0, 0, null]);
  });

  it('mines empty blocks when it is told to, one after the other, oldest first', async () => {
    const { miner, store } = await start();
    const { outcome, hashes } = await miner.mine({ ...once, blocks: 15, allowEmpty: true });
    expect(outcome).toBe('mined');
    expect(hashes).toEqual(await Promise.all(Array.from({ length: 15 }, (_, i) => store.chain.bestHash(i + 1))));
    expect(miner.progress().blocksFound).toBe(15);
  });

  it('ends when no post is left, before the requested number of blocks', async () => {
    const { miner, pool, chain } = await start();
    await pool.add(makePost());
    expect(await miner.mine({ ...once, blocks: 5 })).toEqual({ outcome: 'mined', hashes: [chain.tip.hash] });
  });

  it('waits until the chain is synchronised', async () => {
    const { miner, pool, asked } = await start({ isSynced: () => false });
    await pool.add(makePost());
    expect(await miner.mine(once)).toEqual({ outcome: 'syncing', hashes: [] });
    expect(asked).toHaveLength(0);
  });

  it('is one job for many callers', async () => {
    const { miner, pool, chain, asked } = await start();
    await pool.add(makePost());
    const results = await Promise.all(Array.from({ length: 10 }, () => miner.mine(once)));
    expect(new Set(results.flatMap(({ hashes }) => hashes))).toEqual(new Set([chain.tip.hash]));
    expect(results.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 10 }, () => 'mined'));
    expect([asked.length, chain.tip.height, miner.progress().blocksFound]).toEqual([1, 1, 1]);
  });

  it('leaves posts that arrive during the search to the next block', async () => {
    const gate = new Gate();
    const store = await start({
      // The search is over, and its answer is held back until the late post is there.
      search: {
        threads: 1,
        kernelName: () => 'portable',
        attempts: () => 0n,
        close: async () => {},
        async search(header, target, signal) {
          await gate.pass();
          const real = createSearch({ threads: 1 });
          return real.search(header, target, signal).finally(() => real.close());
        },
      },
    });
    const { miner, pool } = store;
    const [early, late] = makePosts(2) as [VerifiedTransaction, VerifiedTransaction];
    await pool.add(early);
    const first = miner.mine(once);
    await gate.reached;
    await pool.add(late);
    gate.open();
    expect(await postsOf(store, (await first).hashes[0])).toEqual([early.id]);
    expect(await postsOf(store, (await miner.mine(once)).hashes[0])).toEqual([late.id]);
  });

  it('passes on an error of the search, and searches again on the next call', async () => {
    const broken = new Error('a worker died');
    let fails = true;
    const real = createSearch({ threads: 1 });
    const { miner, pool } = await start({
      search: {
        threads: 1,
        kernelName: () => real.kernelName(),
        attempts: () => real.attempts(),
        close: () => real.close(),
        search: (...given) => (fails ? Promise.reject(broken) : real.search(...given)),
      },
    });
    await pool.add(makePost());
    await expect(Promise.all([miner.mine(once), miner.mine(once)])).rejects.toBe(broken);
    expect(miner.progress().active).toBe(false);
    fails = false;
    expect(await miner.mine(once)).toMatchObject({ outcome: 'mined' });
  });
});

describe('when the tip moves', () => {
  it('the search ends and begins again on the new tip', async () => {
    const rig = await start();
    const { miner, pool, chain, asked, called, state } = rig;
    const [ours, theirs] = makePosts(2) as [VerifiedTransaction, VerifiedTransaction];
    for (const post of [ours, theirs]) await pool.add(post);
    state.isImpossible = true;
    const result = miner.mine(once);
    await called(1);
    await acceptForeign(rig, [theirs]);
    await called(2);
    expect(await endOf(asked[0])).toBe('the search was overtaken');
    const foreign = chain.tip;
    expect(asked[1]?.header).toMatchObject({ previousHash: foreign.hash });
    expect(miner.progress()).toMatchObject({ active: true, height: 2 });
    state.isImpossible = false;
    await acceptForeign(rig);
    const { hashes } = await result;
    expect(await postsOf(rig, hashes[0])).toEqual([ours.id]);
    expect(chain.tip).toMatchObject({ hash: hashes[0], height: 3 });
    expect(asked).toHaveLength(3);
  });

  it('and all posts are on the new chain, there is nothing left to mine', async () => {
    const rig = await start();
    const post = makePost();
    await rig.pool.add(post);
    rig.state.isImpossible = true;
    const result = rig.miner.mine(once);
    await rig.called(1);
    await acceptForeign(rig, [post]);
    expect(await result).toEqual({ outcome: 'nothing-to-mine', hashes: [] });
  });

  it('before the search has begun, the search begins on the new tip', async () => {
    const gate = new Gate();
    const gates = [gate];
    const rig: Rig = await start({
      async next() {
        const next = await rig.chain.next();
        await gates.shift()?.pass();
        return next;
      },
    });
    await rig.pool.add(makePost());
    const result = rig.miner.mine(once);
    await gate.reached;
    await acceptForeign(rig);
    const { hash } = rig.chain.tip;
    gate.open();
    expect(await result).toMatchObject({ outcome: 'mined' });
    expect(rig.asked.map(({ header }) => header.previousHash)).toEqual([hash]);
  });

  it('a block that was found on the old tip is dropped, and the search goes on', async () => {
    const gate = new Gate();
    const gates = [gate];
    const rig: Rig = await start({
      async submit(block) {
        await gates.shift()?.pass();
        return (await rig.chain.accept(block)).outcome === 'accepted';
      },
    });
    await rig.pool.add(makePost());
    const result = rig.miner.mine(once);
    await gate.reached;
    await acceptForeign(rig);
    gate.open();
    expect(await result).toEqual({ outcome: 'mined', hashes: [rig.chain.tip.hash] });
    expect([rig.chain.tip.height, rig.asked.length, rig.miner.progress().blocksFound]).toEqual([2, 2, 1]);
  });

  it('a block of posts that the new tip holds is refused without an error', async () => {
    const post = makePost();
    const gate = new Gate();
    const gates: Gate[] = [];
    const rig: Rig = await start({
      // A pool that has not followed yet while the tip is new already.
      pick: (limits) => (rig.chain.tip.height === 1 && rig.asked.length === 0 ? [post] : rig.pool.pick(limits)),
      async submit(block) {
        await gates.shift()?.pass();
        const result = await rig.chain.accept(block);
        if (result.outcome === 'rejected') throw new Error(result.reason);
        return result.outcome === 'accepted';
      },
    });
    await acceptForeign(rig, [post]);
    const late = makePost({ author: 'late' });
    await rig.pool.add(late);
    gates.push(gate);
    const result = rig.miner.mine(once);
    await gate.reached;
    rig.miner.follow();
    gate.open();
    const { outcome, hashes } = await result;
    expect([outcome, await postsOf(rig, hashes[0])]).toEqual(['mined', [late.id]]);
  });

  it('a refusal of our own block is an error when the tip has not moved', async () => {
    const post = makePost();
    const rig: Rig = await start({ pick: () => [post] });
    await acceptForeign(rig, [post]);
    await expect(rig.miner.mine(once)).rejects.toThrow('transaction-on-chain');
    expect(rig.miner.progress()).toMatchObject({ active: false, blocksFound: 0 });
  });
});

describe('callers', () => {
  it('who time out do not stop the search of others', async () => {
    const rig = await start();
    const { miner, pool, asked, called, state } = rig;
    const post = makePost();
    await pool.add(post);
    state.isImpossible = true;
    const patient = miner.mine(once);
    await called(1);
    const hasty = await Promise.all([miner.mine({ ...once, timeoutMs: 20 }), miner.mine({ ...once, timeoutMs: 0 })]);
    expect(hasty).toEqual([
      { outcome: 'timed-out', hashes: [] },
      { outcome: 'timed-out', hashes: [] },
    ]);
    expect(asked[0]?.signal.aborted).toBe(false);
    expect(miner.progress().active).toBe(true);
    state.isImpossible = false;
    await acceptForeign(rig);
    expect(await patient).toMatchObject({ outcome: 'mined' });
    expect(asked).toHaveLength(2);
  });

  it('who all time out end the search', async () => {
    const { miner, pool, asked, state, chain } = await start();
    await pool.add(makePost());
    state.isImpossible = true;
    const results = await Promise.all([20, 40].map((timeoutMs) => miner.mine({ ...once, timeoutMs })));
    expect(results.map(({ outcome }) => outcome)).toEqual(['timed-out', 'timed-out']);
    expect(asked).toHaveLength(1);
    expect(await endOf(asked[0])).toBe('nobody waits for this block any more');
    expect(miner.progress()).toMatchObject({ active: false, height: null, attempts: 0, hashRate: 0 });
    state.isImpossible = false;
    expect(await miner.mine(once)).toEqual({ outcome: 'mined', hashes: [chain.tip.hash] });
  });

  it('who time out after some blocks get those', async () => {
    const rig: Rig = await start({
      async next() {
        const next = await rig.chain.next();
        return next.height > 3 ? { ...next, bits: IMPOSSIBLE } : next;
      },
    });
    const { outcome, hashes } = await rig.miner.mine({ blocks: 10, timeoutMs: 4_000, allowEmpty: true });
    expect([outcome, hashes.length, rig.chain.tip.height]).toEqual(['mined', 3, 3]);
  });

  it('of whom one allows an empty block: that one gets it', async () => {
    const gate = new Gate();
    const gates = [gate];
    const rig: Rig = await start({
      async next() {
        await gates.shift()?.pass();
        return rig.chain.next();
      },
    });
    const modest = rig.miner.mine(once);
    await gate.reached;
    const eager = rig.miner.mine({ ...once, allowEmpty: true });
    gate.open();
    expect(await modest).toEqual({ outcome: 'nothing-to-mine', hashes: [] });
    expect(await eager).toEqual({ outcome: 'mined', hashes: [rig.chain.tip.hash] });
  });

  it('who come after a job was cancelled get a job of their own', async () => {
    const gate = new Gate();
    const gates = [gate];
    const rig: Rig = await start({
      async next() {
        await gates.shift()?.pass();
        const next = await rig.chain.next();
        return rig.state.isImpossible ? { ...next, bits: IMPOSSIBLE } : next;
      },
    });
    const { miner, pool, asked, called, state } = rig;
    await pool.add(makePost());
    state.isImpossible = true;
    expect(await miner.mine({ ...once, timeoutMs: 10 })).toMatchObject({ outcome: 'timed-out' });
    await gate.reached;
    const second = miner.mine(once);
    await called(1);
    // The job that was given up goes on from where it was held.
    gate.open();
    await new Promise(setImmediate);
    expect(miner.progress()).toMatchObject({ active: true, height: 1 });
    expect(asked).toHaveLength(1);
    state.isImpossible = false;
    await acceptForeign(rig);
    expect(await second).toMatchObject({ outcome: 'mined' });
  });

  it('many blocks in a row leave no listeners on the signal', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const { miner } = await start();
    expect((await miner.mine({ ...once, blocks: 30, allowEmpty: true })).hashes).toHaveLength(30);
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });
});

it('a search begins at the given nonce, so that no two nodes do the same work', async () => {
  const nonces = [5, 2 ** 32 - 1];
  const { miner, asked } = await start({ firstNonce: () => nonces[asked.length] as number });
  await miner.mine({ ...once, blocks: 2, allowEmpty: true });
  expect(asked.map(({ header }) => header.nonce)).toEqual(nonces);
});

describe('when no nonce meets the target', () => {
  it('the search goes on with a later time', async () => {
    const { miner, chain, asked } = await start({ searchOptions: { threads: 1, nonces: 1 } });
    await miner.mine({ ...once, blocks: 12, allowEmpty: true });
    expect(asked.length).toBeGreaterThan(12);
    const times = new Map<string, number[]>();
    for (const { header } of asked) {
      times.set(header.previousHash, [...(times.get(header.previousHash) ?? []), header.time]);
    }
    for (const tried of times.values()) {
      const [first = 0] = tried;
      expect(tried).toEqual(tried.map((_, i) => first + i));
    }
    expect(times.get(GENESIS.hash)?.[0]).toBe(NOW);
    expect(chain.tip.height).toBe(12);
  });
});

describe('automatic mining', () => {
  it('mines whenever a post is pending', async () => {
    const rig = await start({ automatic: true });
    const { miner, pool, chain, moved } = rig;
    expect(miner.progress().automatic).toBe(true);
    for (const [i, post] of makePosts(3).entries()) {
      const next = moved();
      await pool.add(post);
      await next;
      expect(chain.tip.height).toBe(i + 1);
      expect(await postsOf(rig, chain.tip.hash)).toEqual([post.id]);
    }
  });

  it('mines what was pending at its start', async () => {
    const rig = await start();
    const post = makePost();
    await rig.pool.add(post);
    const automatic = new Miner(
      { automatic: true },
      {
        search: rig.search,
        next: () => rig.chain.next(),
        pick: (limits) => rig.pool.pick(limits),
        submit: async (block) => (await rig.chain.accept(block)).outcome === 'accepted',
        isSynced: () => true,
        now: () => NOW,
        firstNonce: () => 0,
        pause: neverEnding,
        log: pino({ level: 'silent' }),
        onProgress: () => {},
      },
    );
    onTestFinished(() => automatic.close());
    const moved = rig.moved();
    automatic.wake();
    await moved;
    expect(await postsOf(rig, rig.chain.tip.hash)).toEqual([post.id]);
  });

  it('does not miss a post that arrives just when it has found nothing', async () => {
    const post = makePost();
    let isPending = false;
    const rig: Rig = await start({
      automatic: true,
      pick: () => {
        if (isPending) return rig.chain.tip.height === 0 ? [post] : [];
        // In the very moment after the look.
        isPending = true;
        queueMicrotask(() => rig.miner.wake());
        return [];
      },
    });
    const moved = rig.moved();
    rig.miner.wake();
    await moved;
    expect(await postsOf(rig, rig.chain.tip.hash)).toEqual([post.id]);
  });

  it('goes on when a caller who had joined it leaves', async () => {
    const rig = await start({ automatic: true });
    const { miner, pool, asked, called, state } = rig;
    state.isImpossible = true;
    await pool.add(makePost());
    await called(1);
    expect(await miner.mine({ ...once, timeoutMs: 10 })).toMatchObject({ outcome: 'timed-out' });
    expect(asked[0]?.signal.aborted).toBe(false);
    expect(miner.progress().active).toBe(true);
  });

  it('waits until the chain is synchronised', async () => {
    let isSynced = false;
    const { miner, pool, chain, asked, moved } = await start({ automatic: true, isSynced: () => isSynced });
    await pool.add(makePost());
    expect(asked).toHaveLength(0);
    isSynced = true;
    const next = moved();
    miner.wake();
    await next;
    expect(chain.tip.height).toBe(1);
  });

  it('tries again after an error, with growing pauses, and logs the error once', async () => {
    const { log, lines } = watchLog();
    const pauses = watchPauses();
    let failures = 8;
    const real = createSearch({ threads: 1 });
    const rig = await start({
      automatic: true,
      log,
      pause: pauses.pause,
      search: {
        threads: 1,
        kernelName: () => real.kernelName(),
        attempts: () => real.attempts(),
        close: () => real.close(),
        search: (...given) => (failures-- > 0 ? Promise.reject(new Error('a worker died')) : real.search(...given)),
      },
    });
    const moved = rig.moved();
    for (let i = 0; i < 8; i++) {
      const begun = pauses.next();
      if (i === 0) await rig.pool.add(makePost());
      else pauses.end();
      await begun;
      // A post that arrives meanwhile does not shorten the pause.
      rig.miner.wake();
    }
    expect(pauses.lengths).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(rig.chain.tip.height).toBe(0);
    pauses.end();
    await moved;
    expect(rig.chain.tip.height).toBe(1);
    expect(lines.filter(({ level }) => level >= 50).map(({ err }) => err?.message)).toEqual(['a worker died']);
  });

  it('is off by default', async () => {
    const { miner, pool, asked } = await start();
    await pool.add(makePost());
    miner.wake();
    expect(asked).toHaveLength(0);
    expect(miner.progress().automatic).toBe(false);
  });
});

describe('a clock at which no block can be made', () => {
  /** Seconds that the clock of the miner is off. */
  function withClock(off: { seconds: number }, change: Setup = {}) {
    return start({ now: () => NOW + off.seconds, ...change });
  }

  /** The clock of the rig's chain is right, so the chain has a block of that time. */
  async function mineOne({ miner }: Rig): Promise<void> {
    expect(await miner.mine({ ...once, allowEmpty: true })).toMatchObject({ outcome: 'mined' });
  }

  it('is reported before any search, with the time to wait', async () => {
    const off = { seconds: 0 };
    const rig = await withClock(off);
    await mineOne(rig);
    await rig.pool.add(makePost());
    off.seconds = -86_400;
    const result = await rig.miner.mine(once);
    const wait = 86_400 + 1 - MAX_FUTURE_SECONDS;
    expect(result).toMatchObject({ outcome: 'clock-wrong', hashes: [], waitSeconds: wait });
    expect(result.message).toContain(`wait ${wait} s`);
    expect(rig.asked).toHaveLength(1);
  });

  it('keeps the blocks that were found before', async () => {
    const off = { seconds: 0 };
    const rig: Rig = await withClock(off, {
      async submit(block) {
        const { outcome } = await rig.chain.accept(block);
        off.seconds = -86_400;
        return outcome === 'accepted';
      },
    });
    const result = await rig.miner.mine({ ...once, blocks: 3, allowEmpty: true });
    expect(result).toMatchObject({ outcome: 'mined', hashes: [rig.chain.tip.hash] });
  });

  it('after 2106 is reported too, without a time to wait', async () => {
    const rig = await withClock({ seconds: 2 ** 32 - NOW });
    await rig.pool.add(makePost());
    expect(await rig.miner.mine(once)).toMatchObject({ outcome: 'clock-wrong', waitSeconds: null, hashes: [] });
    expect(rig.asked).toHaveLength(0);
  });

  it('makes an automatic miner wait, which logs it once and then mines', async () => {
    const { log, lines } = watchLog();
    const pauses = watchPauses();
    const off = { seconds: 0 };
    const rig = await withClock(off, { automatic: true, log, pause: pauses.pause });
    await mineOne(rig);
    off.seconds = -MAX_FUTURE_SECONDS - 5;
    for (let i = 0; i < 3; i++) {
      const begun = pauses.next();
      if (i === 0) await rig.pool.add(makePost());
      else pauses.end();
      await begun;
    }
    expect(pauses.lengths).toEqual([6_000, 6_000, 6_000]);
    off.seconds = 0;
    const moved = rig.moved();
    pauses.end();
    await moved;
    expect(rig.chain.tip.height).toBe(2);
    expect(lines.filter(({ msg }) => msg.startsWith('mining waits for the clock'))).toHaveLength(1);
    expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
  });

  it('is checked again when the tip moves', async () => {
    const pauses = watchPauses();
    const off = { seconds: 0 };
    const rig = await withClock(off, { automatic: true, pause: pauses.pause });
    await mineOne(rig);
    off.seconds = -86_400;
    const begun = pauses.next();
    await rig.pool.add(makePost());
    await begun;
    expect(pauses.lengths).toEqual([10_000]);
    off.seconds = 0;
    await acceptForeign(rig);
    if (rig.chain.tip.height < 3) await rig.moved();
    expect(rig.chain.tip.height).toBe(3);
  });
});

describe('close', () => {
  it('during a search ends it, and rejects the callers', async () => {
    const { miner, pool, called, state, asked } = await start();
    await pool.add(makePost());
    state.isImpossible = true;
    const waiting = [miner.mine(once), miner.mine(once)];
    await called(1);
    await miner.close();
    expect(await Promise.all(waiting)).toEqual([
      { outcome: 'stopped', hashes: [] },
      { outcome: 'stopped', hashes: [] },
    ]);
    expect(await endOf(asked[0])).toBe('the miner is closed');
    expect(miner.progress().active).toBe(false);
    expect(await miner.mine(once)).toEqual({ outcome: 'stopped', hashes: [] });
    await miner.close();
  });

  it('of an automatic miner ends it for good', async () => {
    const { miner, pool, called, state, asked } = await start({ automatic: true });
    state.isImpossible = true;
    await pool.add(makePost());
    await called(1);
    await miner.close();
    miner.wake();
    expect(await endOf(asked[0])).toBe('the miner is closed');
    expect([asked.length, miner.progress().active]).toEqual([1, false]);
  });

  it('waits for a block that is on its way to the chain', async () => {
    const gate = new Gate();
    const rig: Rig = await start({
      async submit(block) {
        await gate.pass();
        return (await rig.chain.accept(block)).outcome === 'accepted';
      },
    });
    await rig.pool.add(makePost());
    const result = rig.miner.mine(once);
    await gate.reached;
    const closed = rig.miner.close();
    gate.open();
    await closed;
    expect(rig.chain.tip.height).toBe(1);
    expect(await result).toEqual({ outcome: 'mined', hashes: [rig.chain.tip.hash] });
  });
});

describe('progress', () => {
  it('reports the state of the miner', async () => {
    const { miner, pool, state, called, told, search } = await start();
    const idle = {
      active: false,
      automatic: false,
      threads: 2,
      hashRate: 0,
      attempts: 0,
      height: null,
      blocksFound: 0,
    };
    expect(miner.progress()).toEqual({ ...idle, kernel: null });
    await pool.add(makePost());
    state.isImpossible = true;
    const result = miner.mine({ ...once, timeoutMs: 10_000 });
    await called(1);
    expect(miner.progress()).toMatchObject({ active: true, height: 1, kernel: 'simd', threads: 2 });
    // The first sample after a second.
    await told();
    const { hashRate, attempts } = miner.progress();
    expect(hashRate).toBeGreaterThan(1_000);
    expect(attempts).toBeGreaterThan(1_000);
    expect(BigInt(attempts)).toBeLessThanOrEqual(search.attempts());
    const ended = told();
    await miner.close();
    await ended;
    expect(await result).toMatchObject({ outcome: 'stopped' });
    expect(miner.progress()).toEqual({ ...idle, kernel: 'simd' });
  });
});
