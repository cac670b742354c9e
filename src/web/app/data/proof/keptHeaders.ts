/** Headers that were checked, kept in IndexedDB for the next visit. Runs in the worker. */
import { createStore, del, get, set } from 'idb-keyval';
import { decodeHeader, encodeHeader, HEADER_BYTES } from '../../../../domain/header.ts';
import type { LightClient } from '../../../../verify/index.ts';

/** Headers in a piece: so many are read, and then others get a turn. */
const PIECE = 2_000;

export class KeptHeaders {
  readonly #light: LightClient;
  readonly #store = createStore('stele-headers', 'pieces');
  /** Height up to which everything is kept as it is in the client. */
  #kept = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(light: LightClient) {
    this.#light = light;
  }

  /** Gives the client what an earlier visit has checked. A browser that keeps nothing begins at the first block. */
  async load(): Promise<void> {
    try {
      for (let piece = 0; ; piece++) {
        const bytes = await get<Uint8Array>(this.#keyOf(piece), this.#store);
        if (!bytes) break;
        const headers = Array.from({ length: bytes.length / HEADER_BYTES }, (_, index) =>
          decodeHeader(bytes.subarray(index * HEADER_BYTES, (index + 1) * HEADER_BYTES)),
        );
        this.#kept = this.#light.resume(headers).tip.height;
        if (headers.length < PIECE) break;
      }
    } catch {
      // Damaged, or of another version: what was read so far holds, and the rest is asked for again.
      await del(this.#keyOf(Math.floor(this.#kept / PIECE)), this.#store).catch(() => {});
    }
  }

  /** Keeps what the client holds by now. @param from the lowest height that has changed. */
  save(from: number): void {
    this.#kept = Math.min(this.#kept, from - 1);
    this.#saving = this.#saving.then(() => this.#save()).catch(() => {});
  }

  async #save(): Promise<void> {
    const { height } = this.#light.tip;
    for (let piece = Math.floor(this.#kept / PIECE); piece * PIECE < height; piece++) {
      const headers = this.#light.headers(1 + piece * PIECE, PIECE);
      const bytes = new Uint8Array(headers.length * HEADER_BYTES);
      headers.forEach((header, index) => {
        bytes.set(encodeHeader(header), index * HEADER_BYTES);
      });
      await set(this.#keyOf(piece), bytes, this.#store);
      this.#kept = piece * PIECE + headers.length;
    }
  }

  #keyOf(piece: number): string {
    return `${this.#light.genesis} ${piece}`;
  }
}
