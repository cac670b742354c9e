/** Whether the clock allows a block on top of the tip. Asked before the search, so that no work is done in vain. */
import { MAX_FUTURE_SECONDS } from '../domain/block.ts';
import { MAX_HEADER_TIME } from '../domain/header.ts';
import type { ClockFault } from './ports.ts';

/**
 * @param earliest the least time that the next header may bear, in seconds since 1970.
 * @param now the clock, in the same unit.
 * @returns null when the clock is good.
 */
export function checkClock(earliest: number, now: number): ClockFault | null {
  if (Math.max(earliest, now) > MAX_HEADER_TIME) {
    const message = `The clock of this node shows ${shown(now)}, and a header holds no time after 2106: set the clock.`;
    return { outcome: 'clock-wrong', message, waitSeconds: null };
  }
  const waitSeconds = earliest - (now + MAX_FUTURE_SECONDS);
  if (waitSeconds <= 0) return null;
  const message = `The clock of this node shows ${shown(now)}, too far behind its chain, whose next block is of \
${shown(earliest)} or later: set the clock, or wait ${waitSeconds} s.`;
  return { outcome: 'clock-wrong', message, waitSeconds };
}

function shown(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s since 1970` : date.toISOString().replace('.000Z', 'Z');
}
