import { describe, expect, it } from 'vitest';
import { type Book, createBook } from '../../../src/peers/addresses/book.ts';
import type { StoredPeer } from '../../../src/peers/ports.ts';
import { createMemoryPeers } from '../../support/memoryStore.ts';
import { openLiveStore, reopen } from '../../support/store.ts';
import { CLOCK_START, createVirtualClock } from '../../support/virtualClock.ts';
import { DAY, FACTS, HOUR, openBook, peer } from '../harness.ts';

const MINUTE = 60_000;
const urls = (book: Book) => book.entries().map(({ url }) => url);
const proven = (url: string, changes: Partial<StoredPeer> = {}) =>
  peer(url, { lastSeen: CLOCK_START - HOUR, ...changes });
const banned = (url: string) => peer(url, { banScore: 100, banScoreAt: CLOCK_START, bannedUntil: CLOCK_START + DAY });
const waiting = (url: string, changes: Partial<StoredPeer> = {}) =>
  peer(url, { failures: 1, retryAt: CLOCK_START + 1_000, ...changes });
/** Failed so often that nobody waits for it. */
const hopeless = (url: string) => waiting(url, { failures: 9, retryAt: CLOCK_START + HOUR / 4 });
const lost = (url: string) => waiting(url, { failures: 10, lastSeen: CLOCK_START - 8 * DAY });
const longGood = (url: string, hours: number, changes: Partial<StoredPeer> = {}) =>
  proven(url, { connectedMs: hours * HOUR, ...changes });

/** Fills the free slots as the network would. */
function fillSlots(book: Book, connected: readonly string[] = []): string[] {
  const slots = [...connected];
  for (let url = book.next(slots); url !== null; url = book.next(slots)) slots.push(url);
  return slots;
}

describe('an address that is added', () => {
  it('is known from then on, without facts about it', async () => {
    const { book } = await openBook();
    expect([book.add('a1', { manual: false }), book.add('a1', { manual: false })]).toEqual(['added', 'known']);
    expect(book.entries()).toEqual([peer('a1', { firstSeen: CLOCK_START, banScoreAt: CLOCK_START })]);
    expect(book.size).toBe(1);
  });

  it('by the operator loses its misbehaviour, and is manual', async () => {
    const failing = peer('a1', { ...banned('a1'), failures: 8, retryAt: CLOCK_START + HOUR, remark: 'spam' });
    const { book } = await openBook({ peers: [failing] });
    expect(book.next([])).toBeNull();
    expect(book.add('a1', { manual: true })).toBe('known');
    expect(book.get('a1')).toMatchObject({ manual: true, failures: 0, retryAt: 0, bannedUntil: null, remark: null });
    expect([book.score('a1'), book.isBanned('a1'), book.next([])]).toEqual([0, false, 'a1']);
  });

  it('by others does not change a known one', async () => {
    const known = peer('a1', { ...banned('a1'), manual: true });
    const { book } = await openBook({ peers: [known] });
    expect(book.add('a1', { manual: false })).toBe('known');
    expect(book.entries()).toEqual([known]);
  });
});

describe('in a full book', () => {
  const learned = { manual: false };
  const manual = { manual: true };

  it.each([
    ['none is worse', [peer('a1'), peer('b1')], 'c1', 'full', ['a1', 'b1']],
    ['one that failed goes', [peer('a1'), waiting('b1')], 'c1', 'added', ['a1', 'c1']],
    ['the one that failed more often goes', [hopeless('a1'), waiting('b1')], 'c1', 'added', ['b1', 'c1']],
    ['one of the largest group goes', [peer('a1'), peer('a2'), hopeless('b1')], 'c1', 'added', [/a[12]/, 'b1', 'c1']],
    ['a crowd does not displace others', [peer('a1'), peer('a2'), hopeless('b1')], 'a3', 'full', ['a1', 'a2', 'b1']],
    ['a crowd displaces its own', [peer('a1'), waiting('a2'), hopeless('b1')], 'a3', 'added', ['a1', 'b1', 'a3']],
    ['who has ever answered stays', [proven('a1', { failures: 9 }), peer('b1')], 'c1', 'full', ['a1', 'b1']],
    ['who has not answered for a week goes', [lost('a1'), peer('b1'), peer('b2')], 'c1', 'added', ['b1', 'b2', 'c1']],
    ['a ban stays', [banned('a1'), banned('a2')], 'c1', 'full', ['a1', 'a2']],
    ['a manual one stays', [peer('a1', { manual: true, failures: 99 })], 'c1', 'full', ['a1']],
  ] as const)('%s', async (_, peers, url, outcome, left) => {
    const { book } = await openBook({ peers, maxKnown: peers.length });
    expect(book.add(url, learned)).toBe(outcome);
    expect(urls(book)).toEqual(left.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))));
  });

  it.each([
    ['none but manual ones', [peer('a1', manual), peer('a2', manual)], 'full', ['a1', 'a2']],
    ['one that never answered goes first', [proven('a1', { failures: 5 }), peer('b1')], 'added', ['a1', 'c1']],
    ['then the one longest not seen', [proven('a1', { lastSeen: 5 }), proven('b1')], 'added', ['b1', 'c1']],
    ['a banned one goes last', [banned('a1'), proven('b1')], 'added', ['a1', 'c1']],
  ] as const)('of the operator: %s', async (_, peers, outcome, left) => {
    const { book } = await openBook({ peers, maxKnown: peers.length });
    expect(book.add('c1', manual)).toBe(outcome);
    expect(urls(book)).toEqual(left);
  });

  it('a connected address stays', async () => {
    const { book } = await openBook({ peers: [waiting('a1'), waiting('b1')], maxKnown: 2 });
    expect(book.add('c1', { manual: false, connected: ['a1', 'b1'] })).toBe('full');
    expect(book.add('c1', { manual: true, connected: ['a1', 'b1'] })).toBe('full');
    expect(book.add('c1', { manual: true, connected: ['b1'] })).toBe('added');
    expect(urls(book)).toEqual(['b1', 'c1']);
  });

  it('a flood of addresses of one group takes no more than a share', async () => {
    const peers = Array.from({ length: 16 }, (_, i) => peer(`${String.fromCharCode(97 + i)}0`));
    const { book } = await openBook({ peers, maxKnown: 20 });
    for (let i = 1; i <= 1_000; i++) book.add(`z${i}`, learned);
    expect(urls(book).filter((url) => !url.startsWith('z'))).toEqual(peers.map(({ url }) => url));
  });
});

describe('an address that fails', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [10, 512_000],
    [11, 1_024_000],
    [12, 30 * MINUTE],
    [500, 30 * MINUTE],
    [5_000, 30 * MINUTE],
  ])('for the time number %i is left alone for %i ms, give or take half', async (times, nominal) => {
    const waits = [];
    for (let seed = 0; seed < 200; seed++) {
      const { book } = await openBook({ peers: [peer('a1', { failures: times - 1 })], seed });
      book.failed('a1', 'no answer');
      expect(book.next([])).toBeNull();
      waits.push(book.nextIn([]) as number);
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(nominal / 2);
    expect(Math.min(...waits)).toBeLessThan(nominal * 0.55);
    expect(Math.max(...waits)).toBeLessThanOrEqual(nominal * 1.5);
    expect(Math.max(...waits)).toBeGreaterThan(nominal * 1.45);
  });

  it('is dialled when its pause is over, not before', async () => {
    const { book, clock } = await openBook({ peers: [peer('a1')] });
    book.failed('a1', 'no answer');
    const wait = book.nextIn([]) as number;
    await clock.advance(wait - 1);
    expect([book.next([]), book.nextIn([])]).toEqual([null, 1]);
    await clock.advance(1);
    expect([book.next([]), book.nextIn([])]).toEqual(['a1', 0]);
  });

  it('waits ever longer when it only answers and hangs up', async () => {
    const { book, clock } = await openBook({ peers: [peer('a1')] });
    for (let i = 0; i < 12; i++) {
      book.answered('a1', FACTS);
      book.recordUptime('a1', 5_000);
      book.failed('a1', 'hung up');
      await clock.advance(HOUR);
    }
    book.answered('a1', FACTS);
    book.failed('a1', 'hung up');
    expect(book.nextIn([])).toBeGreaterThanOrEqual(15 * MINUTE);
  });

  it('has a short pause again after a connection that lasted a minute', async () => {
    const { book } = await openBook({ peers: [waiting('a1', { failures: 11 })] });
    book.answered('a1', FACTS);
    for (let i = 0; i < 6; i++) book.recordUptime('a1', 10_000);
    book.failed('a1', 'lost');
    expect(book.get('a1')).toMatchObject({ failures: 1, connectedMs: MINUTE, remark: 'lost' });
    expect(book.nextIn([])).toBeLessThanOrEqual(1_500);
  });

  it('has a remark of one short line', async () => {
    const { book } = await openBook({ peers: [peer('a1')] });
    book.failed('a1', `\u001b[31m\n\ud800${'x'.repeat(300)}`);
    expect(book.get('a1')?.remark).toBe(` [31m  ${'x'.repeat(192)}…`);
  });
});

describe('a good handshake', () => {
  it('is kept with what the node said', async () => {
    const { book } = await openBook({ peers: [waiting('a1', { remark: 'no answer' })] });
    book.answered('a1', FACTS);
    expect(book.get('a1')).toMatchObject({ ...FACTS, lastSeen: CLOCK_START, remark: null, failures: 1, retryAt: 0 });
  });

  it('does not lift a ban, nor hide what it was for', async () => {
    const { book } = await openBook({ peers: [{ ...banned('a1'), remark: 'spam' }] });
    book.answered('a1', FACTS);
    expect([book.isBanned('a1'), book.get('a1')?.remark]).toEqual([true, 'spam']);
  });
});

describe('misbehaviour', () => {
  it('adds up, and is forgotten by half each hour', async () => {
    const { book, clock } = await openBook({ peers: [peer('a1')] });
    expect(book.penalise('a1', 40, 'a late answer')).toBe(false);
    expect(book.penalise('a1', 40, 'a wrong header')).toBe(false);
    const scores = [book.score('a1')];
    for (let i = 0; i < 8; i++) {
      await clock.advance(HOUR);
      scores.push(book.score('a1'));
    }
    expect(scores).toEqual([80, 40, 20, 10, 5, 3, 1, 1, 0]);
    expect(book.get('a1')?.remark).toBe('a wrong header');
  });

  it('of 100 points in all is banned, however they were given', async () => {
    const { book, clock } = await openBook({ peers: [peer('a1'), peer('a2')] });
    expect(book.penalise('a1', 1_000_000, 'a forged block')).toBe(true);
    expect(book.penalise('a2', 50, 'once')).toBe(false);
    await clock.advance(10_000);
    expect(book.penalise('a2', 50, 'twice')).toBe(true);
    expect([book.score('a1'), book.score('a2')]).toEqual([100, 100]);
  });

  it('is banned for a day, and dialled again after it', async () => {
    const { book, clock } = await openBook({ peers: [peer('a1')] });
    book.penalise('a1', 100, 'a forged block');
    expect([book.next([]), book.nextIn([])]).toEqual([null, DAY]);
    await clock.advance(DAY - 1);
    expect([book.isBanned('a1'), book.next([]), book.get('a1')?.bannedUntil]).toEqual([true, null, CLOCK_START + DAY]);
    await clock.advance(1);
    expect([book.isBanned('a1'), book.next([]), book.get('a1')?.bannedUntil]).toEqual([false, 'a1', null]);
    expect([book.entries()[0]?.bannedUntil, book.score('a1')]).toEqual([null, 0]);
  });

  it('is forgotten with the address', async () => {
    const { book } = await openBook({ peers: [banned('a1')] });
    expect(await book.remove('a1')).toBe(true);
    expect([book.isBanned('a1'), book.score('a1'), book.add('a1', { manual: false })]).toEqual([false, 0, 'added']);
    expect(book.next([])).toBe('a1');
  });
});

describe('a report about an unknown address', () => {
  it('is ignored', async () => {
    const { book, clock } = await openBook();
    book.answered('a1', FACTS);
    book.recordUptime('a1', HOUR);
    book.failed('a1', 'no answer');
    expect(book.penalise('a1', 100, 'spam')).toBe(false);
    expect(await book.remove('a1')).toBe(false);
    expect([book.size, book.get('a1'), book.next([]), book.nextIn([]), clock.waiting]).toEqual([
      0,
      undefined,
      null,
      null,
      0,
    ]);
  });
});

describe('the next to dial', () => {
  it.each([
    ['nobody, in an empty book', [], [], null, null],
    ['nobody, when all are connected', [peer('a1')], ['a1'], null, null],
    ['nobody, when the slots are full', [peer('i1')], ['a1', 'b1', 'c1', 'd1', 'e1', 'f1', 'g1', 'h1'], null, null],
    ['nobody, however soon one is due', [waiting('i1')], ['a1', 'b1', 'c1', 'd1', 'e1', 'f1', 'g1', 'h1'], null, null],
    ['nobody who is banned', [banned('a1')], [], null, DAY],
    ['nobody before its time', [waiting('a1'), waiting('b1', { retryAt: CLOCK_START + 9 })], [], null, 9],
    ['the operator’s before others', [longGood('a1', 9), peer('b1', { manual: true }), peer('c1')], [], 'b1', 0],
    ['the operator’s, from a group that has a slot', [peer('a1', { manual: true }), peer('b1')], ['a2'], 'a1', 0],
    ['another group before a second slot', [peer('a1'), peer('a2'), peer('b1')], ['a9', 'c1'], 'b1', 0],
    ['a second slot for a group when there is no other', [peer('a1'), banned('b1')], ['a9'], 'a1', 0],
    ['nobody, while a failing one of another group may come', [peer('a1'), waiting('b1')], ['a9'], null, 1_000],
    ['a second slot for a group when no other is likely', [peer('a1'), hopeless('b1')], ['a9'], 'a1', 0],
    ['a second before a third', [peer('a1'), peer('b1')], ['a8', 'a9', 'b9'], 'b1', 0],
    ['the longest good first', [longGood('a1', 2), peer('b1'), longGood('c1', 3), longGood('d1', 1)], [], 'c1', 0],
    ['then the next longest', [longGood('a1', 2), peer('b1'), longGood('c1', 3), longGood('d1', 1)], ['c1'], 'a1', 0],
  ] as const)('is %s', async (_, peers, connected, next, wait) => {
    const { book } = await openBook({ peers });
    expect([book.next(connected), book.nextIn(connected)]).toEqual([next, wait]);
  });

  const strangers = Array.from({ length: 20 }, (_, i) => peer(`${String.fromCharCode(97 + i)}1`));

  it('leaves two of eight slots to long-good peers that may come back', async () => {
    const away = (url: string) => longGood(url, 5, { failures: 1, retryAt: CLOCK_START + 1_000 });
    const { book, clock } = await openBook({ peers: [...strangers, away('y1'), away('z1')] });
    const slots = fillSlots(book);
    expect([slots.length, book.nextIn(slots)]).toEqual([6, 1_000]);
    await clock.advance(1_000);
    expect(fillSlots(book, slots).slice(6).sort()).toEqual(['y1', 'z1']);
  });

  it('gives their slots away when they do not come', async () => {
    const gone = (url: string) => longGood(url, 5, { failures: 6, retryAt: CLOCK_START + HOUR / 4 });
    const { book } = await openBook({ peers: [...strangers, gone('y1'), gone('z1')] });
    expect(fillSlots(book)).toHaveLength(8);
  });

  it('keeps no slot for more long-good peers than two, connected ones counted', async () => {
    const away = longGood('z1', 5, { failures: 1, retryAt: CLOCK_START + 1_000 });
    const { book } = await openBook({ peers: [...strangers, longGood('x1', 5), longGood('y1', 5), away] });
    expect(fillSlots(book)).toHaveLength(8);
  });

  it('leaves slots to the operator’s peers, but never more than half', async () => {
    const away = (url: string) => peer(url, { manual: true, failures: 99, retryAt: CLOCK_START + 1_000 });
    const two = await openBook({ peers: [...strangers, away('y1'), away('z1')] });
    const slots = fillSlots(two.book);
    expect(slots).toHaveLength(6);
    await two.clock.advance(1_000);
    expect(fillSlots(two.book, slots).slice(6).sort()).toEqual(['y1', 'z1']);
    const many = await openBook({ peers: [...strangers, ...'tuvwxyz'.split('').map((letter) => away(`${letter}9`))] });
    expect(fillSlots(many.book)).toHaveLength(4);
  });

  it('is drawn by group first: a crowd of addresses is no likelier', async () => {
    const crowd = Array.from({ length: 50 }, (_, i) => peer(`a${i}`));
    const { book } = await openBook({ peers: [...crowd, peer('b1')] });
    const drawn = Array.from({ length: 1_000 }, () => book.next([]));
    const others = drawn.filter((url) => url === 'b1').length;
    expect(others).toBeGreaterThan(400);
    expect(others).toBeLessThan(600);
    expect(new Set(drawn).size).toBe(51);
  });
});

describe('the address to try out', () => {
  const full = ['s1', 't1', 'u1', 'v1', 'w1', 'x1', 'y1', 'z1'];

  it.each([
    ['is one that never answered, though all slots are taken', [peer('a1'), peer('s1')], 'a1'],
    ['is one that has not answered for three hours', [proven('a1', { lastSeen: CLOCK_START - 3 * HOUR - 1 })], 'a1'],
    ['is none that answered lately', [proven('a1')], null],
    ['is none that is banned', [banned('a1')], null],
    ['is none before its time', [waiting('a1')], null],
    ['is none that is connected', [peer('s1')], null],
  ])('%s', async (_, peers, url) => {
    const { book } = await openBook({ peers });
    expect([book.feelerCandidate(full), book.next(full)]).toEqual([url, null]);
  });

  it('has its turn once', async () => {
    const { book } = await openBook({ peers: [peer('a1'), peer('b1')] });
    const tried = [book.feelerCandidate(full)];
    book.answered(tried[0] as string, FACTS);
    tried.push(book.feelerCandidate(full));
    book.failed(tried[1] as string, 'no answer');
    expect([tried.sort(), book.feelerCandidate(full)]).toEqual([['a1', 'b1'], null]);
  });
});

describe('the addresses for others', () => {
  it('are good ones, and not the operator’s private ones', async () => {
    const peers = [
      proven('a1'),
      proven('b1', { lastSeen: CLOCK_START - 3 * HOUR }),
      proven('c1', { lastSeen: CLOCK_START - 3 * HOUR - 1 }),
      peer('d1'),
      { ...banned('e1'), lastSeen: CLOCK_START },
      proven('f1', { manual: true }),
      proven('p1', { manual: true }),
      proven('p2'),
    ];
    const { book } = await openBook({ peers });
    expect(book.addresses(10).sort()).toEqual(['a1', 'b1', 'f1', 'p2']);
  });

  it('are those that stay connected, however long ago they were dialled', async () => {
    const { book, clock } = await openBook({ peers: [peer('a1')] });
    book.answered('a1', FACTS);
    await clock.advance(5 * HOUR);
    book.recordUptime('a1', 5 * HOUR);
    expect(book.addresses(1)).toEqual(['a1']);
  });

  it('are few, and different each time', async () => {
    const { book } = await openBook({ peers: Array.from({ length: 30 }, (_, i) => proven(`a${i}`)) });
    const rounds = Array.from({ length: 60 }, () => book.addresses(3));
    expect(rounds.every((round) => new Set(round).size === 3)).toBe(true);
    expect(new Set(rounds.flat()).size).toBe(30);
    expect(book.addresses(0)).toEqual([]);
  });
});

describe('on disk', () => {
  it('changes are written together, a second after the first', async () => {
    const { book, clock, store } = await openBook();
    book.add('a1', { manual: false });
    book.add('b1', { manual: true });
    book.penalise('a1', 100, 'spam');
    await clock.advance(999);
    expect(store.calls).toEqual([]);
    await clock.advance(1);
    expect(store.calls).toEqual(['save a1 b1']);
    expect([...store.rows.values()]).toEqual(book.entries());
    await clock.advance(HOUR);
    expect(store.calls).toHaveLength(1);
  });

  it('a forgotten address is off the disk when the call resolves', async () => {
    const { book, clock, store } = await openBook({ peers: [peer('a1'), peer('b1')] });
    book.failed('b1', 'no answer');
    await book.remove('a1');
    expect([store.calls, clock.waiting]).toEqual([['forget a1', 'save b1'], 0]);
  });

  it('an address that was added and saved is forgotten too', async () => {
    const { book, store } = await openBook();
    book.add('a1', { manual: false });
    await book.flush();
    await book.remove('a1');
    expect(store.calls).toEqual(['save a1', 'forget a1']);
  });

  it('an address that was added and forgotten between two writes is never written', async () => {
    const { book, store } = await openBook({ maxKnown: 1 });
    book.add('a1', { manual: false });
    book.failed('a1', 'no answer');
    book.add('b1', { manual: false });
    await book.flush();
    expect(store.calls).toEqual(['save b1']);
  });

  it('a store that fails is logged, stops nothing, and is tried again', async () => {
    const { book, clock, store, errors } = await openBook({ peers: [peer('a1'), peer('b1')] });
    store.fault = new Error('disk full');
    book.penalise('a1', 100, 'spam');
    expect(await book.remove('b1')).toBe(true);
    expect(errors).toEqual([store.fault]);
    store.fault = null;
    await clock.advance(30_000);
    expect([store.calls, errors.length]).toEqual([['forget b1', 'save a1'], 1]);
    expect([...store.rows.values()]).toEqual(book.entries());
  });

  it('a book that cannot be read is not opened', async () => {
    const store = { ...createMemoryPeers(), load: () => Promise.reject(new Error('closed')) };
    await expect(openBook({ store })).rejects.toThrow('closed');
  });

  it('after the limit was lowered the worst addresses go, and those of the operator stay', async () => {
    const peers = [peer('a1', { manual: true }), peer('b1', { manual: true }), proven('c1'), peer('d1')];
    const { book, store } = await openBook({ peers, maxKnown: 3 });
    await book.flush();
    expect([urls(book), store.calls]).toEqual([['a1', 'b1', 'c1'], ['forget d1']]);
    expect(urls((await openBook({ peers, maxKnown: 1 })).book)).toEqual(['a1', 'b1']);
  });

  it('times of a wrong clock do not keep an address from being dialled', async () => {
    const years = CLOCK_START + 9_999 * DAY;
    const odd = {
      firstSeen: years,
      lastSeen: years,
      retryAt: years,
      banScore: 80,
      banScoreAt: years,
      bannedUntil: years,
    };
    const { book, clock } = await openBook({ peers: [peer('a1', odd)] });
    expect(book.get('a1')).toMatchObject({
      firstSeen: CLOCK_START,
      lastSeen: CLOCK_START,
      bannedUntil: CLOCK_START + DAY,
    });
    await clock.advance(DAY);
    expect([book.next([]), book.score('a1')]).toEqual(['a1', 0]);
  });

  it('everything survives a restart of the node, bans too', async () => {
    const live = await openLiveStore();
    const [a, b] = ['http://192.0.2.7:4000', 'https://b.example'];
    const options = { maxKnown: 64, maxOutgoing: 8, groupOf: (url: string) => url, isPublic: () => true };
    const clock = createVirtualClock();
    const onError = (error: unknown) => expect.unreachable(String(error));
    const first = await createBook(options, { store: live.peers, clock, rng: clock.rng, onError });
    first.add(a, { manual: true });
    first.add(b, { manual: false });
    first.answered(a, FACTS);
    first.recordUptime(a, HOUR);
    first.penalise(b, 30, 'a wrong header');
    await clock.advance(12_345);
    first.penalise(b, 90, 'a forged block');
    await first.flush();
    const { peers } = await reopen(live);
    const second = await createBook(options, { store: peers, clock, rng: clock.rng, onError });
    expect(second.entries()).toEqual(first.entries());
    expect([second.isBanned(b), second.score(b), second.next([])]).toEqual([true, 100, a]);
  });
});
