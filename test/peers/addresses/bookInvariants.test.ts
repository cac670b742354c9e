/** What the book promises at any moment, whatever has happened. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMemoryPeers } from '../../support/memoryStore.ts';
import { CLOCK_START, createVirtualClock } from '../../support/virtualClock.ts';
import { DAY, FACTS, HOUR, openBook, peer, type TestBook } from '../harness.ts';

const MAX_KNOWN = 8;
const MAX_OUTGOING = 4;
const URLS = ['a', 'b', 'c', 'd'].flatMap((group) => [1, 2, 3, 4].map((i) => `${group}${i}`));

const url = fc.constantFrom(...URLS);
const ms = fc.oneof(fc.nat(3_000), fc.nat(HOUR), fc.nat(30 * HOUR), fc.constant(8 * DAY));

type Step =
  | { kind: 'add'; url: string; manual: boolean }
  | { kind: 'remove' | 'answered' | 'lose'; url: string }
  | { kind: 'penalise'; url: string; penalty: number }
  | { kind: 'dial'; answers: boolean }
  | { kind: 'wait'; ms: number }
  | { kind: 'fault' | 'restart' };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('add' as const), url, manual: fc.nat(9).map((n) => n === 0) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('dial' as const), answers: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('answered' as const, 'lose' as const), url }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), url }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('penalise' as const), url, penalty: fc.nat(110) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('fault' as const, 'restart' as const) }) },
);

class Run {
  #test: TestBook;
  #connected: string[] = [];
  /** What has to be true, kept apart from the book. */
  readonly #manual = new Set<string>();
  readonly #bannedUntil = new Map<string, number>();

  constructor(test: TestBook) {
    this.#test = test;
  }

  async take(step: Step): Promise<void> {
    const { book, store } = this.#test;
    if (step.kind === 'add') this.#add(step.url, step.manual);
    if (step.kind === 'remove') await this.#remove(step.url);
    if (step.kind === 'answered') book.answered(step.url, FACTS);
    if (step.kind === 'lose') this.#lose(step.url);
    if (step.kind === 'penalise') this.#penalise(step.url, step.penalty);
    if (step.kind === 'dial') this.#dial(step.answers);
    if (step.kind === 'wait') await this.#wait(step.ms);
    if (step.kind === 'fault') store.fault = store.fault ? null : new Error('disk full');
    if (step.kind === 'restart') await this.#restart();
  }

  #add(added: string, manual: boolean): void {
    const { book, clock } = this.#test;
    const before = new Map(book.entries().map((one) => [one.url, one]));
    const outcome = book.add(added, { manual, connected: this.#connected });
    expect(outcome === 'known').toBe(before.has(added));
    expect(book.get(added) !== undefined).toBe(outcome !== 'full');
    if (manual && outcome !== 'full') {
      this.#manual.add(added);
      this.#bannedUntil.delete(added);
    }
    const gone = [...before.values()].filter((one) => !book.get(one.url));
    expect(gone.length).toBeLessThanOrEqual(outcome === 'added' ? 1 : 0);
    for (const one of gone) {
      expect(this.#connected).not.toContain(one.url);
      const isForgettable = one.lastSeen === null || (one.failures >= 10 && one.lastSeen < clock.now() - 7 * DAY);
      expect([one.url, manual || (isForgettable && one.bannedUntil === null)]).toEqual([one.url, true]);
      this.#bannedUntil.delete(one.url);
    }
  }

  async #remove(removed: string): Promise<void> {
    const isKnown = this.#test.book.get(removed) !== undefined;
    expect(await this.#test.book.remove(removed)).toBe(isKnown);
    this.#manual.delete(removed);
    this.#bannedUntil.delete(removed);
    this.#connected = this.#connected.filter((one) => one !== removed);
  }

  #lose(lost: string): void {
    this.#connected = this.#connected.filter((one) => one !== lost);
    this.#test.book.failed(lost, 'lost');
  }

  #penalise(penalised: string, penalty: number): void {
    const { book, clock } = this.#test;
    if (!book.get(penalised)) return;
    const before = book.score(penalised);
    const isBanned = book.penalise(penalised, penalty, 'spam');
    expect(Math.abs(book.score(penalised) - Math.min(100, before + penalty))).toBeLessThanOrEqual(1);
    if (book.score(penalised) === 100) this.#bannedUntil.set(penalised, clock.now() + DAY);
    expect(isBanned).toBe(this.#isBanned(penalised));
    if (isBanned) this.#connected = this.#connected.filter((one) => one !== penalised);
  }

  #dial(answers: boolean): void {
    const { book, clock } = this.#test;
    const chosen = book.next(this.#connected);
    expect(chosen === null).toBe(book.nextIn(this.#connected) !== 0);
    if (chosen === null) return;
    const entry = book.get(chosen);
    expect(entry?.retryAt).toBeLessThanOrEqual(clock.now());
    expect([chosen, this.#isBanned(chosen)]).toEqual([chosen, false]);
    expect(this.#connected).not.toContain(chosen);
    this.#checkOthers(chosen, entry?.manual ?? false);
    this.#connected.push(chosen);
    expect(this.#connected.length).toBeLessThanOrEqual(MAX_OUTGOING);
    if (answers) book.answered(chosen, FACTS);
    else this.#lose(chosen);
  }

  /** Nobody else should have been chosen instead: no manual one, and none of a group with fewer slots. */
  #checkOthers(chosen: string, isManual: boolean): void {
    if (isManual) return;
    const { book, clock } = this.#test;
    const others = book
      .entries()
      .filter((one) => !this.#connected.includes(one.url) && !one.bannedUntil && one.retryAt <= clock.now());
    expect(others.filter(({ manual }) => manual)).toEqual([]);
    const slotsOf = (of: string) => this.#connected.filter((one) => one.charAt(0) === of.charAt(0)).length;
    expect(slotsOf(chosen)).toBe(Math.min(...others.map((other) => slotsOf(other.url))));
  }

  async #wait(milliseconds: number): Promise<void> {
    const { book, clock } = this.#test;
    const soon = book.nextIn(this.#connected);
    if (soon !== null && soon > 1 && milliseconds >= soon) {
      // Whoever sleeps as long as he was told misses nothing.
      await clock.advance(soon - 1);
      expect(book.next(this.#connected)).toBeNull();
      await clock.advance(1);
      expect(book.nextIn(this.#connected)).not.toBe(soon);
    }
    await clock.advance(milliseconds);
    for (const one of this.#connected) book.recordUptime(one, milliseconds);
  }

  async #restart(): Promise<void> {
    const { book, store, clock } = this.#test;
    store.fault = null;
    await book.flush();
    const before = book.entries();
    this.#connected = [];
    this.#test = await openBook({ store, clock, maxKnown: MAX_KNOWN, maxOutgoing: MAX_OUTGOING });
    // Waits at most the longest time from now, jitter left out.
    const atMost = clock.now() + HOUR / 2;
    const expected = before.map((one) => ({ ...one, retryAt: Math.min(one.retryAt, atMost) }));
    expect(new Set(this.#test.book.entries())).toEqual(new Set(expected));
  }

  #isBanned(of: string): boolean {
    return this.#test.clock.now() < (this.#bannedUntil.get(of) ?? 0);
  }

  check(): void {
    const { book } = this.#test;
    const entries = book.entries();
    expect(book.size).toBe(entries.length);
    expect(book.size).toBeLessThanOrEqual(MAX_KNOWN);
    expect(new Set(entries.filter(({ manual }) => manual).map((one) => one.url))).toEqual(this.#manual);
    for (const one of entries) {
      expect([one.url, book.isBanned(one.url)]).toEqual([one.url, this.#isBanned(one.url)]);
      expect([one.url, one.bannedUntil !== null]).toEqual([one.url, this.#isBanned(one.url)]);
      expect(Number.isInteger(book.score(one.url)) && book.score(one.url) >= 0).toBe(true);
    }
    const told = book.addresses(3);
    expect(told.length).toBeLessThanOrEqual(3);
    for (const one of told)
      expect([one, this.#isBanned(one), book.get(one)?.lastSeen]).toEqual([one, false, expect.any(Number)]);
  }
}

it('the book keeps its invariants', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(STEP, { minLength: 1, maxLength: 80 }), async (seed, steps) => {
      const clock = createVirtualClock({ seed });
      const run = new Run(await openBook({ clock, maxKnown: MAX_KNOWN, maxOutgoing: MAX_OUTGOING }));
      for (const step of steps) {
        await run.take(step);
        run.check();
      }
    }),
    { numRuns: 500 },
  );
});

it('slots are spread over the groups as evenly as these allow', async () => {
  const address = fc.record({
    url: fc.tuple(fc.constantFrom(...'abcdefghij'), fc.nat(30)).map(([group, i]) => `${group}${i}`),
    connectedMs: fc.oneof(fc.constant(0), fc.nat(10 * HOUR)),
  });
  const addresses = fc.uniqueArray(address, { selector: (one) => one.url, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.nat(), addresses, async (seed, made) => {
      const peers = made.map(({ url: at, connectedMs }) => peer(at, { connectedMs, lastSeen: CLOCK_START }));
      const { book } = await openBook({ seed, store: createMemoryPeers(peers) });
      const slots: string[] = [];
      for (let next = book.next(slots); next !== null; next = book.next(slots)) slots.push(next);
      expect(slots).toHaveLength(Math.min(8, peers.length));
      const count = (group: string) => slots.filter((slot) => slot.startsWith(group)).length;
      const most = Math.max(0, ...slots.map((slot) => count(slot.charAt(0))));
      const left = peers.filter((one) => !slots.includes(one.url));
      for (const one of left) expect(most - count(one.url.charAt(0))).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});
