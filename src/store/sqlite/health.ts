/** Whether the disk can be written and read: the latest fault of either, and tries to find out that it is over. */
import type { StorageFault, StoreHealth } from '../ports.ts';

/** Milliseconds between two tries while writes fail. */
const PROBE_INTERVAL = 2_000;

type Act = 'read' | 'write';

/** Whether the disk can be written and read. After a failed write a small one is tried every two seconds. */
export class Health implements StoreHealth {
  #fault: StorageFault | null = null;
  readonly #failing = new Set<Act>();
  readonly #probe: () => Promise<void>;
  readonly #listeners: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param probe writes something small, and reads it from the disk. */
  constructor(probe: () => Promise<void>) {
    this.#probe = probe;
  }

  get fault(): StorageFault | null {
    return this.#fault;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Reading is well again when a probe says so: most reads are answered from memory, and say nothing of the disk. */
  succeeded(act: Act): void {
    if (!this.#failing.delete(act) || this.#failing.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#set(null);
  }

  failed(act: Act, { code, message }: StorageFault): void {
    this.#failing.add(act);
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
