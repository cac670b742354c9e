/**
 * How many values a text of JSON holds, counted before anything is made of them. A value may be written in two bytes, and
 * takes a hundred times as long to read, check and copy as a byte of a text: eight megabytes of empty lists held up
 * everything else for two seconds.
 */
import { MAX_BLOCK_TRANSACTIONS } from '../domain/block.ts';

/** Values of any request: twice as many as a compact block has ids, or six times as many as a hundred posts have fields. */
export const MAX_VALUES = 20_000;
/** Values of a request of another node that is longer than others may send: the fields of a full block's posts. */
export const MAX_PEER_VALUES = 32 * MAX_BLOCK_TRANSACTIONS;

const [QUOTE, BACKSLASH, COMMA, LIST, OBJECT] = Buffer.from('"\\,[{');

/** Counts the values of one text that comes in pieces, of valid JSON and of any other. */
export class JsonValues {
  readonly #most: number;
  #isInText = false;
  /** Bytes at the beginning of the next piece that an escape takes. */
  #skipped = 0;
  #count = 0;

  /** @param most objects and lists, and values in them. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether there were too many. */
  get isOver(): boolean {
    return this.#count > this.#most;
  }

  /** Counts on. @returns whether there are too many now. */
  areTooMany(piece: Uint8Array): boolean {
    if (this.isOver) return true;
    let at = this.#skipped;
    for (; at < piece.length; at++) {
      const byte = piece[at];
      if (byte === QUOTE) this.#isInText = !this.#isInText;
      else if (this.#isInText) at += byte === BACKSLASH ? 1 : 0;
      else if (byte === COMMA || byte === LIST || byte === OBJECT) this.#count += 1;
    }
    this.#skipped = at - piece.length;
    return this.isOver;
  }
}
