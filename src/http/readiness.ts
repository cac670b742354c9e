/**
 * Whether the node serves an up-to-date chain, and if not, why: what `/ready` answers and the metrics count.
 *
 * A part that can keep the node from serving adds a check in `node/ready.ts`. A check only reads what its part already knows,
 * since `/ready` is asked often.
 */

/** The kinds of reasons; each new kind needs a line in docs/OPERATING.md. */
export const READY_CODES = [
  'STARTING',
  'SYNCING',
  'CLOCK_BEHIND',
  'STORAGE_FULL',
  'STORAGE_READONLY',
  'STORAGE_BUSY',
  'STORAGE_DAMAGED',
  'STORAGE_FAILING',
  /** Of `stele archive`: another one writes. */
  'STANDBY',
  /** Of `stele archive`: no node answers that could be followed. */
  'UPSTREAM_UNREACHABLE',
  /** Of `stele archive` and `stele serve`: the copy is older than it may be. */
  'LAGGING',
  'STOPPING',
] as const;
export type ReadyCode = (typeof READY_CODES)[number];

export interface ReadyReason {
  code: ReadyCode;
  /** One line for the operator, with the way out when there is one. */
  message: string;
  /** Whether the reason can go by itself; false when the operator must act. */
  retryable: boolean;
}

/** The body of `/ready`. */
export interface ReadyReport {
  ready: boolean;
  reasons: ReadyReason[];
}

/** @returns null while the part that is asked serves. */
export type ReadyCheck = () => ReadyReason | null;

/** What `/ready` says before the node has opened its data. */
export const STARTING: ReadyReason = { code: 'STARTING', message: 'the node opens its data', retryable: true };
/** What `/ready` says while open requests finish. */
export const STOPPING: ReadyReason = { code: 'STOPPING', message: 'the node stops', retryable: false };

export class Readiness {
  readonly #checks: readonly ReadyCheck[];
  readonly #onChange: (report: ReadyReport) => void;
  #codes = '';

  /** @param onChange told when the set of reasons differs from the one of the last {@link read}. */
  constructor(checks: readonly ReadyCheck[], onChange: (report: ReadyReport) => void) {
    this.#checks = checks;
    this.#onChange = onChange;
  }

  read(): ReadyReport {
    const reasons = this.#checks.map((check) => check()).filter((reason) => reason !== null);
    const report = { ready: reasons.length === 0, reasons };
    const codes = reasons.map(({ code }) => code).join();
    if (codes !== this.#codes) {
      this.#codes = codes;
      this.#onChange(report);
    }
    return report;
  }
}
