/**
 * Readers of databases against the one in memory, which finds what it says by looking at everything: the same chains, with names
 * that change hands, reorganisations and withheld contents, and the same questions, drawn from a seed.
 */
import { expect, it } from 'vitest';
import type { Hash } from '../../../src/domain/bytes.ts';
import { successorOf } from '../../../src/domain/names.ts';
import type { VerifiedTransaction } from '../../../src/domain/transaction.ts';
import type { KeyRange, PostFilter, PostRecord, Reader, Slice } from '../../../src/store/ports.ts';
import { GENESIS_ENTRY, type Mined, makeKey, makePost, mineChain, POST_TIME } from '../../support/chain.ts';
import { type Dice, throwDice } from '../../support/dice.ts';
import { createMemoryStore } from '../../support/memoryStore.ts';
import { ANY_ROOM } from '../fixtures.ts';
import { extension, reorganisation } from '../sqlite/moves.ts';
import type { Open, ReadingStore } from './contract.ts';

const NAMES = ['ann', 'bob', 'Bob', 'b0b', 'ärger', '日本'];
const TOPICS = ['t', 'T', 'topic', '%_', '題'];
const WORDS = ['hello', 'HELLO', 'lo', 'wörld', '日本語', '日本', '本', 'a%b', '_', 'e'];
const QUESTIONS = 25;

interface Drawn {
  posts: VerifiedTransaction[];
  base: Mined[];
  /** Two branches on top of `base`; the second one wins. */
  old: Mined[];
  fresh: Mined[];
  withheld: { id: Hash; erase: boolean }[];
}

function drawPosts(dice: Dice): VerifiedTransaction[] {
  const posts: VerifiedTransaction[] = [];
  for (let i = 0; i < 24; i++) {
    const author = dice.pick(NAMES);
    const older = () => (posts.length > 0 && dice.chance(0.3) ? dice.pick(posts).id : null);
    const heir = makeKey(`heir of ${author}`);
    const isHeir = dice.chance(0.3);
    const post = makePost({
      author,
      ...(isHeir ? { key: heir } : { successor: successorOf(heir.publicKey) }),
      content: [i, dice.pick(WORDS), dice.pick(WORDS)].join(dice.pick([' ', '-', ''])),
      topics: dice.shuffle(TOPICS).slice(0, dice.between(0, 3)),
      timestamp: POST_TIME + dice.between(0, 5),
      replyTo: older(),
      supersedes: older(),
    });
    posts.push(dice.chance(0.1) ? { ...post, opening: null } : post);
  }
  return posts;
}

function drawChain(dice: Dice): Drawn {
  const posts = drawPosts(dice);
  const take = (from: readonly VerifiedTransaction[], blocks: number) => {
    const bodies: VerifiedTransaction[][] = Array.from({ length: blocks }, () => []);
    // In their order, so that no name belongs to an heir before its first key has named one.
    for (const post of from) if (dice.chance(0.8)) bodies[dice.between(0, blocks - 1)]?.push(post);
    return bodies;
  };
  const [low, high] = [posts.slice(0, 10), posts.slice(10)];
  const base = mineChain(GENESIS_ENTRY, take(low, 2));
  const top = base.at(-1)?.entry ?? GENESIS_ENTRY;
  const [old, fresh] = [mineChain(top, take(high, 2)), mineChain(top, take(high, 3), { version: 2 })];
  const stored = [...base, ...old, ...fresh].flatMap(({ block }) => block.transactions);
  const hidden = dice.shuffle([...new Set(stored.filter(({ opening }) => opening).map(({ id }) => id))]).slice(0, 3);
  return { posts, base, old, fresh, withheld: hidden.map((id) => ({ id, erase: dice.chance(0.5) })) };
}

async function fill({ chain, withholder }: ReadingStore, { base, old, fresh, withheld }: Drawn): Promise<void> {
  const [bound, below] = [new Set<string>(), new Set<string>()];
  for (const one of [...base, ...old]) {
    await chain.moveTip(extension([one], bound));
    for (const { statement } of one.block.transactions) bound.add(statement.author);
    if (base.includes(one)) for (const name of bound) below.add(name);
  }
  for (const { block, entry } of fresh.slice(0, -1)) await chain.addSideBlock(block, entry, ANY_ROOM);
  await chain.moveTip(reorganisation(old, fresh, below));
  for (const [at, { id, erase }] of withheld.entries()) await withholder.withhold(id, `why ${at}`, erase, at);
}

/** What readers must agree on of a post. */
async function shape({ transaction, work, withheld, place, block }: PostRecord) {
  const { id, statement, signature, opening } = transaction;
  return { id, statement, signature, opening, work, withheld, place, block: (await block())?.hash ?? null };
}

const shapes = async ({ items, more }: Slice<PostRecord>) => ({ items: await Promise.all(items.map(shape)), more });

async function shapesIn(found: Map<Hash, PostRecord>) {
  const sorted = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
  return Promise.all(sorted.map(async ([id, post]) => [id, await shape(post)]));
}

/** A question of each kind: the same for every reader that it is asked. */
function drawQuestion(dice: Dice, { posts, base, old, fresh }: Drawn) {
  const maybe = <Value>(probability: number, draw: () => Value) => (dice.chance(probability) ? draw() : null);
  const [height, position] = [() => dice.between(0, 6), () => dice.between(0, 4)];
  const post = () => dice.pick(posts);
  const range = <Key>(key: () => Key): KeyRange<Key> => ({
    limit: dice.between(1, 6),
    fromEnd: dice.chance(0.5),
    after: maybe(0.4, key),
    before: maybe(0.4, key),
  });
  const filter: PostFilter = {
    author: maybe(0.3, () => dice.pick(NAMES)),
    publicKey: maybe(0.1, () => post().statement.publicKey),
    topic: maybe(0.3, () => dice.pick(TOPICS)),
    replyTo: maybe(0.1, () => post().id),
    since: maybe(0.2, () => post().statement.timestamp),
    until: maybe(0.2, () => post().statement.timestamp),
    text: maybe(0.4, () => dice.shuffle(WORDS).slice(0, dice.between(1, 2)).join(' ')),
    latestOnly: maybe(0.3, () => dice.chance(0.7)),
    upTo: maybe(0.3, height),
  };
  const { block } = dice.pick([...base, ...old, ...fresh]);
  const [name, { id, statement }, upTo, skip] = [dice.pick(NAMES), post(), height(), dice.between(0, 2)];
  const order = dice.pick(['newest-first', 'oldest-first'] as const);
  const kind = dice.pick(['author', 'topic'] as const);
  const totalOrder = dice.pick(['name', 'most-posts'] as const);
  const places = range(() => ({ height: height(), position: position() }));
  const [heights, positions] = [range(height), range(position)];
  const totals = range(() => ({ name: dice.pick([...TOPICS, ...NAMES]), posts: dice.between(1, 5) }));
  const digits = dice.pick([id, block.hash, statement.publicKey]).slice(0, dice.between(1, 8));
  return async (reader: Reader) => ({
    asked: { filter, places, order, heights, positions, totals, kind, totalOrder, name, upTo, digits },
    posts: await shapes(await reader.posts(filter, places, order)),
    count: await reader.countPosts(filter),
    blocks: await reader.blocks(heights, order),
    blockPosts: await shapes(await reader.blockPosts(block.hash, positions)),
    blockIds: await reader.blockIds(block.hash),
    byId: await shapesIn(await reader.postsById([id, block.hash])),
    supersededBy: await shapesIn(await reader.supersededBy(posts.map((one) => one.id))),
    totals: await reader.totals(kind, totals, totalOrder),
    totalsOf: [...(await reader.totalsOf(kind, [...TOPICS, ...NAMES]))].sort(),
    byName: await reader.authorByName(name, upTo),
    byKey: await reader.authorByKey(statement.publicKey, upTo),
    keys: await reader.authorKeys(name, 2, skip, upTo),
    keyCount: await reader.countAuthorKeys(name, upTo),
    beginning: await reader.namesByPrefix(name.slice(0, 1), 10),
    alike: await reader.namesLike(name, 10),
    found: Object.values(await reader.findByDigits(digits, 100)).map((values) => [...values].sort()),
  });
}

interface ModelOptions {
  /** How many chains. */
  seeds: number;
  /** Whether the store notes reorganisations by itself; an archive hears of them from its node. */
  notesMoves: boolean;
}

export function modelContract(open: Open<ReadingStore>, options: Partial<ModelOptions> = {}): void {
  const { seeds = 8, notesMoves = true } = options;
  const all = Array.from({ length: seeds }, (_, seed) => seed);
  it.each(all)('answers like the reader in memory: seed %i', async (seed) => {
    const dice = throwDice(seed);
    const drawn = drawChain(dice);
    const [memory, store] = [createMemoryStore(), await open()];
    for (const one of [memory, store]) await fill(one, drawn);
    for (let i = 0; i < QUESTIONS; i++) {
      const ask = drawQuestion(dice, drawn);
      expect(await ask(store.reader)).toEqual(await ask(memory.reader));
    }
    const onChain = [...drawn.base, ...drawn.fresh].flatMap(({ block }) => block.transactions);
    for (const { id } of onChain) {
      const family = async (reader: Reader) => Promise.all((await reader.versions(id, 100)).map(shape));
      expect(await family(store.reader)).toEqual(await family(memory.reader));
    }
    const remembered = async (reader: Reader) => (await reader.reorganisations(5)).map(({ at: _, ...move }) => move);
    if (notesMoves) expect(await remembered(store.reader)).toEqual(await remembered(memory.reader));
  });
}
