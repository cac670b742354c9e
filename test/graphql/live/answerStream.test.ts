import { expect, it } from 'vitest';
import { streamFormat } from '../../../src/graphql/live/answerStream.ts';

const parts = (accept: string) => streamFormat(accept)?.type.startsWith('multipart/mixed') ?? false;

it.each([
  ['multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json', true],
  ['application/json, multipart/mixed; subscriptionSpec="1.0"', true],
  ['multipart/mixed;deferSpec=20220824, application/json', false],
  ['multipart/mixed, application/json;subscriptionSpec=1.0', false],
  ['text/x;multipart/mixed;subscriptionSpec=1.0', false],
])('%s asks for parts: %s', (accept, expected) => expect(parts(accept)).toBe(expected));

it('the time for a long accept grows with its length, and not with the square of it', () => {
  const time = (count: number) => {
    const accept = 'multipart/mixed;'.repeat(count);
    const started = process.cpuUsage();
    for (let i = 0; i < 5; i++) streamFormat(accept);
    return process.cpuUsage(started).user;
  };
  time(1_000);
  // Sixteen times as long; by the square it would be 256 times the time.
  expect(time(16_000)).toBeLessThan(100 * Math.max(time(1_000), 1_000));
});
