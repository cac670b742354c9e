/** `stele serve` where nothing answers. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { stele } from './harness.ts';

test('serve that waits for its database stops when it is told to', { timeout: 10_000 }, async () => {
  const nobody = 'postgresql://stele@127.0.0.1:1/stele';
  const args = ['serve', '--port', '0', '--database-url', nobody, '--log-level', 'silent'];
  const dependencies = { stopped: () => delay(100) };
  expect(await stele(args, { dependencies })).toEqual({ code: 0, stdout: '', stderr: '' });
});
