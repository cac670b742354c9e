/**
 * The log: lines for what happens, on standard error. A log that cannot be written is no reason to end the node, and none
 * to be silent about: lost lines are counted, and told when lines can be written again.
 */
import { fstatSync, writeSync } from 'node:fs';
import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** The part of a `ChainChange` that is told. */
interface Change {
  detached: readonly unknown[];
  attached: readonly unknown[];
  tip: { hash: string; height: number };
}

/** Bytes that may wait for a reader who does not read; lines beyond are lost. */
const MAX_WAITING = 1_048_576;

/** Where lines go. Throws when the line cannot be written. */
type WriteLine = (line: string) => void;

/** Writes the lines of a log, and counts those that could not be written. */
export class LogSink implements DestinationStream {
  readonly #write: WriteLine;
  #lost = 0;
  #untold = 0;

  constructor(write: WriteLine) {
    this.#write = write;
  }

  /** Lines lost since the start. */
  get lost(): number {
    return this.#lost;
  }

  write(line: string): void {
    try {
      if (this.#untold > 0) this.#write(lostLines(this.#untold));
      this.#untold = 0;
      this.#write(line);
    } catch {
      this.#lost += 1;
      this.#untold += 1;
    }
  }
}

/** A line in pino's own form, written directly because pino cannot log while it writes. */
function lostLines(lines: number): string {
  const msg = 'lines of the log were lost: it could not be written';
  return `${JSON.stringify({ level: 40, time: Date.now(), name: 'stele', lines, msg })}\n`;
}

/** Makes the program's log of JSON lines. @param level the lowest level that is written, such as `info`. */
export function createLog(level: string, sink: LogSink): Logger {
  return pino({ name: 'stele', level }, sink);
}

/** Lines for people on a terminal, JSON for programs. Standard output is left to the commands. */
export function standardError(): LogSink {
  const { stderr } = process;
  const write = errorWriter(stderr, 2);
  if (!stderr.isTTY) return new LogSink(write);
  const show = prettyFactory({ ignore: 'pid,hostname,name', translateTime: 'HH:MM:ss' });
  return new LogSink((line) => write(show(line)));
}

/**
 * Node's own stream is destroyed by the first error, so files and devices are written without it: a full disk has room
 * again one day. A pipe or terminal has the stream, which does not block when its reader does not read.
 */
function errorWriter(stream: NodeJS.WriteStream, descriptor: number): WriteLine {
  const kind = fstatSync(descriptor);
  if (!stream.isTTY && !kind.isFIFO() && !kind.isSocket()) return fileWriter(descriptor);
  let isGone = false;
  return (line) => {
    if (isGone) throw new Error('the reader of the log is gone');
    if (stream.writableLength > MAX_WAITING) throw new Error('the reader of the log does not read');
    // Told after the line that failed; no reader comes back.
    stream.write(line, (error) => {
      isGone ||= error != null;
    });
  };
}

function fileWriter(descriptor: number): WriteLine {
  let isTorn = false;
  return (line) => {
    const bytes = Buffer.from(isTorn ? `\n${line}` : line);
    const written = writeSync(descriptor, bytes);
    if (written === bytes.length) {
      isTorn = false;
      return;
    }
    isTorn ||= written > 0;
    throw new Error('the line was written in part');
  };
}

/** Blocks that a reorganisation may undo without a warning. */
const USUAL_DEPTH = 2;

/** A move of the tip. */
export function logChange(log: Logger, { detached, attached, tip }: Change): void {
  const { hash, height } = tip;
  if (detached.length === 0) log.debug({ height, hash }, 'block attached');
  else {
    // A branch or two that lose are the ordinary life of a chain.
    const level = detached.length > USUAL_DEPTH ? 'warn' : 'info';
    log[level]({ height, hash, detached: detached.length, attached: attached.length }, 'chain reorganised');
  }
}
