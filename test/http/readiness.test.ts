import { expect, it } from 'vitest';
import { Readiness, type ReadyReason, type ReadyReport, STARTING, STOPPING } from '../../src/http/readiness.ts';

const SYNCING: ReadyReason = { code: 'SYNCING', message: 'at block 3 of 9', retryable: true };

it('a node is ready while no check has a reason, and lists every reason otherwise', () => {
  let sync: ReadyReason | null = null;
  let stop: ReadyReason | null = null;
  const readiness = new Readiness([() => sync, () => stop], () => {});
  expect(readiness.read()).toEqual({ ready: true, reasons: [] });
  sync = SYNCING;
  stop = STOPPING;
  expect(readiness.read()).toEqual({ ready: false, reasons: [SYNCING, STOPPING] });
});

it('each change of the reasons is reported once, and a change of a message is not', () => {
  const told: ReadyReport[] = [];
  let reason: ReadyReason | null = STARTING;
  const readiness = new Readiness([() => reason], (report) => told.push(report));
  readiness.read();
  reason = { ...STARTING, message: 'the node migrates its data' };
  readiness.read();
  reason = null;
  readiness.read();
  readiness.read();
  expect(told).toEqual([
    { ready: false, reasons: [STARTING] },
    { ready: true, reasons: [] },
  ]);
});
