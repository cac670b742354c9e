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

  it('calls all back by one listener, which goes with the last that is called off', () => {
    const controller = new AbortController();
    const called: number[] = [];
    const [first, ...others] = Array.from({ length: 20 }, (_, i) => onAbort(controller.signal, () => called.push(i)));
    expect(listenersOf(controller.signal)).toBe(1);
    for (const callOff of others) callOff();
    expect(listenersOf(controller.signal)).toBe(1);
    first?.();
    expect(listenersOf(controller.signal)).toBe(0);
    for (const i of [20, 21]) onAbort(controller.signal, () => called.push(i));
    controller.abort();
    expect(called).toEqual([20, 21]);
  });
});
