/** The log: lines for what happens, and the level that each deserves. */
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** The part of a `ChainChange` that is told. */
interface Change {
  detached: readonly unknown[];
  attached: readonly unknown[];
  tip: { hash: string; height: number };
}

/** Lines for people on a terminal, JSON for whatever else reads them. Standard output is left to the commands. */
export function createLog(level: string): Logger {
  const { stderr } = process;
  const stream = stderr.isTTY
    ? pretty({ destination: stderr, ignore: 'pid,hostname,name', translateTime: 'HH:MM:ss' })
    : stderr;
  return pino({ name: 'stele', level }, stream);
}

/** A move of the tip. */
export function logChange(log: Logger, { detached, attached, tip }: Change): void {
  const { hash, height } = tip;
  if (detached.length === 0) log.debug({ height, hash }, 'block attached');
  else log.warn({ height, hash, detached: detached.length, attached: attached.length }, 'chain reorganised');
}
