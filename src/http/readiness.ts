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
  /** `stele archive` only: another archive writes. */
  'STANDBY',
  /** `stele archive` only: no node answers that could be followed. */
  'UPSTREAM_UNREACHABLE',
  /** `stele archive` and `stele serve`: the copy is older than allowed. */
  'LAGGING',
  'STOPPING',
] as const;
type ReadyCode = (typeof READY_CODES)[number];

/** A reason why the node is not ready: a code for programs, a message for people. */
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

/** The answer of `/ready` before the node has opened its data. */
export const STARTING: ReadyReason = { code: 'STARTING', message: 'the node opens its data', retryable: true };
/** The answer of `/ready` while the node stops and open requests finish. */
export const STOPPING: ReadyReason = { code: 'STOPPING', message: 'the node stops', retryable: false };

/** Collects the reasons why the node is not ready. */
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
