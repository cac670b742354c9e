import { afterEach, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../../src/graphql/limits.ts';
import { Feed } from '../../../src/graphql/live/feed.ts';
import { Pacer } from '../../../src/graphql/pacer.ts';

const CROWD = 1_000;

afterEach(() => vi.restoreAllMocks());

describe('a feed with thousands of subscribers', () => {
  it('serves the last of them before it serves the first again', async () => {
    const feed = new Feed({ ...LIMITS, maxSubscriptions: CROWD }, new Pacer(0));
    let state = 0;
    let looks = 0;
    const told: [who: number, state: number][] = [];
    const streams = Array.from({ length: CROWD }, (_, who) => {
      let seen = 0;
      const stream = feed.follow({ address: 'x', cost: 0 }, ['chain'], () => {
        looks += 1;
        if (seen === state) return undefined;
        seen = state;
        return state;
      });
      const ended = stream.each((item) => {
        told.push([who, item]);
        return true;
      });
      return { stream, ended };
    });
    const change = () => {
      state += 1;
      feed.changed('chain');
    };
    // All have looked, and sleep.
    while (looks < CROWD) await new Promise(setImmediate);
    change();
    await new Promise(setImmediate);
    // Some have been told; the next change comes while the others wait.
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(CROWD);
    change();
    while (told.filter(([, item]) => item === 2).length < CROWD) await new Promise(setImmediate);
    const firstTime = told.slice(0, CROWD).map(([who]) => who);
    expect(firstTime).toEqual(streams.map((_, who) => who));
    // Those who waited meanwhile were told the latest, once.
    expect(told[CROWD - 1]).toEqual([CROWD - 1, 2]);
    feed.close();
    await Promise.all(streams.map(({ ended }) => ended));
    expect(feed.subscribers).toBe(0);
  });

  it('hands over several items at once to each who has fallen behind, and lets nobody wait for all of another', async () => {
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => time);
    const feed = new Feed(LIMITS, new Pacer(10));
    const told: string[] = [];
    let newest = 0;
    const follow = (who: string) => {
      let seen = 0;
      const stream = feed.follow({ address: 'x', cost: 0 }, ['chain'], () => (seen < newest ? ++seen : undefined));
      return stream.each(() => told.push(who) > 0);
    };
    const all = [follow('a'), follow('b')];
    // The time of this turn is over, so both wait in the line.
    time = 11;
    newest = 40;
    feed.changed('chain');
    while (told.length < 80) await new Promise(setImmediate);
    expect(told.join('').match(/a+|b+/g)).toEqual(
      ['a', 'b', 'a', 'b'].map((who) => who.repeat(16)).concat('a'.repeat(8), 'b'.repeat(8)),
    );
    feed.close();
    await Promise.all(all);
  });

  it('sends nothing to a subscriber that left while waiting', async () => {
    const feed = new Feed(LIMITS);
    let looks = 0;
    const stream = feed.follow({ address: 'x', cost: 0 }, ['chain'], () => {
      looks += 1;
      return undefined;
    });
    const ended = stream.each(() => true);
    expect(looks).toBe(1);
    feed.changed('chain');
    stream.end();
    await ended;
    expect(looks).toBe(1);
  });
});
