/** Whether the disk takes what is written: the fault of the last write, and tries to find out that it is over. */
import type { StorageFault, StoreHealth } from '../ports.ts';

/** Milliseconds between two tries while writes fail. */
const PROBE_INTERVAL = 2_000;

export class Health implements StoreHealth {
  #fault: StorageFault | null = null;
  readonly #probe: () => Promise<void>;
  readonly #listeners: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param probe writes something small. */
  constructor(probe: () => Promise<void>) {
    this.#probe = probe;
  }

  get fault(): StorageFault | null {
    return this.#fault;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  succeeded(): void {
    if (this.#fault === null) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#set(null);
  }

  failed({ code, message }: StorageFault): void {
    // Fails again as long as the fault lasts, and is told of by `failed` then.
    this.#timer ??= setInterval(() => void this.#probe().catch(() => {}), PROBE_INTERVAL).unref();
    if (this.#fault?.code !== code) this.#set({ code, message });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #set(fault: StorageFault | null): void {
    this.#fault = fault;
    for (const listener of this.#listeners) listener();
  }
}
