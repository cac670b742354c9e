import { describe, expect, it } from 'vitest';
import { createLog, LogSink, logChange } from '../src/log.ts';

/** A log whose lines are read again, and that can be made to fail. */
function watch(level = 'debug') {
  const state = { fails: false };
  const lines: Record<string, unknown>[] = [];
  const sink = new LogSink((line) => {
    if (state.fails) throw new Error('ENOSPC');
    lines.push(JSON.parse(line));
  });
  return { state, lines, sink, log: createLog(level, sink) };
}

const TIP = { hash: 'ab'.repeat(32), height: 7 };

describe('a log that cannot be written', () => {
  it('never throws, counts lost lines, and reports their number once there is room', () => {
    const { log, sink, state, lines } = watch();
    log.info('one');
    state.fails = true;
    for (let i = 0; i < 3; i++) log.info('lost');
    expect([sink.lost, lines.length]).toEqual([3, 1]);
    state.fails = false;
    log.info('two');
    log.info('three');
    expect(lines.map(({ msg, lines }) => lines ?? msg)).toEqual(['one', 3, 'two', 'three']);
    expect(lines[1]).toMatchObject({ level: 40, name: 'stele', msg: expect.stringContaining('lost') });
    expect(sink.lost).toBe(3);
  });
});

describe('a move of the tip', () => {
  it('is logged at debug level when a block is attached', () => {
    const { log, lines } = watch();
    logChange(log, { detached: [], attached: [TIP], tip: TIP });
    expect(lines).toMatchObject([{ level: 20, msg: 'block attached', ...TIP }]);
  });

  it('is logged as a warning with their number when blocks are detached', () => {
    const { log, lines } = watch();
    logChange(log, { detached: [TIP, TIP, TIP], attached: [TIP, TIP, TIP, TIP], tip: TIP });
    expect(lines).toMatchObject([{ level: 40, msg: 'chain reorganised', detached: 3, attached: 4, ...TIP }]);
  });
});
