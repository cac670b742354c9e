import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { lifetimeOf, onAbort, pause } from '../../src/client/lifetime.ts';

const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('pause', () => {
  it('keeps no listener on a signal that lives longer', async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 20; i++) await pause(0, signal);
    expect(listenersOf(signal)).toBe(0);
  });

  it('ends at once when the signal aborts, and when it has aborted before', async () => {
    const controller = new AbortController();
    const waiting = pause(1_000_000, controller.signal);
    expect(listenersOf(controller.signal)).toBe(1);
    controller.abort();
    await waiting;
    await pause(1_000_000, controller.signal);
    expect(listenersOf(controller.signal)).toBe(0);
  });
});

describe('a lifetime', () => {
  it('ends with the first of its signals, and releases all of them', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const lifetime = lifetimeOf(first.signal, undefined, second.signal);
    second.abort('why');
    expect([lifetime.signal.aborted, lifetime.signal.reason]).toEqual([true, 'why']);
    lifetime.release();
    expect([first, second].map(({ signal }) => listenersOf(signal))).toEqual([0, 0]);
  });
});

describe('onAbort', () => {
  it('calls back at once when the signal has aborted already', () => {
    let calls = 0;
    onAbort(AbortSignal.abort(), () => {
      calls += 1;
    });
    expect(calls).toBe(1);
  });
});
