/** Lines of a stream as bytes, one at a time, each of a bounded length: an import may come from anywhere. */
import { Failure } from './failure.ts';

/** A block of 1 MiB, its texts escaped at worst six to one, its statements and keys spelled out: with room to spare. */
const MAX_LINE_BYTES = 16 * 1_048_576;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface Line {
  /** The line's number, from 1. */
  number: number;
  bytes: Buffer;
}

/**
 * Lines that are not empty; the last may lack its end.
 * @throws Failure for a line that is too long.
 */
export async function* readLines(
  stream: AsyncIterable<Buffer | string>,
  maxBytes = MAX_LINE_BYTES,
): AsyncGenerator<Line> {
  let number = 1;
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    let rest = Buffer.from(chunk);
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      const bytes = Buffer.concat([...parts, rest.subarray(0, end)]);
      checkLength(bytes.length, number, maxBytes);
      const line = number === 1 ? withoutMark(bytes) : bytes;
      if (!isBlank(line)) yield { number, bytes: line };
      rest = rest.subarray(end + 1);
      parts = [];
      size = 0;
      number += 1;
    }
    size += rest.length;
    checkLength(size, number, maxBytes);
    parts.push(rest);
  }
  const last = number === 1 ? withoutMark(Buffer.concat(parts)) : Buffer.concat(parts);
  if (!isBlank(last)) yield { number, bytes: last };
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** The bytes of a text without the mark with which programs on Windows begin it. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.indexOf(BYTE_ORDER_MARK) === 0 ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

/** Nothing, or what is left of the two characters that end a line on Windows. */
function isBlank(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes.length === 1 && bytes[0] === CARRIAGE_RETURN);
}

function checkLength(length: number, number: number, maxBytes: number): void {
  if (length > maxBytes) throw new Failure(`Line ${number} is longer than any block: this is no export of a chain.`);
}
