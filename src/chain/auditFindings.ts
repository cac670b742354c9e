/** What an audit has found, and how it goes on after a fault. */
import type { Hash } from '../domain/bytes.ts';
import { Refusal, RuleError } from '../domain/errors.ts';
import type { AuditReason, AuditReport } from './ports.ts';

/** The most faults of a report: where there are as many, the rest of the chain is not looked at. */
export const MAX_FAULTS = 100;

/** The report of an audit while it is made: counts, and faults up to the limit. */
export class Findings {
  readonly report: AuditReport;

  constructor(tip: { hash: Hash; height: number }) {
    const { hash, height } = tip;
    this.report = { blocks: 0, transactions: 0, contentsMissing: 0, tip: { hash, height }, faults: [], moved: false };
  }

  get isFull(): boolean {
    return this.report.faults.length >= MAX_FAULTS;
  }

  /** Runs a check, and records at a height what it throws. */
  check(height: number, test: () => void): void {
    try {
      test();
    } catch (error) {
      this.#record(height, error);
    }
  }

  /** @returns what `read` gives; null when it throws, which is recorded at a height. */
  async read<Result>(height: number, read: () => Promise<Result>): Promise<Result | null> {
    try {
      return await read();
    } catch (error) {
      this.#record(height, error);
      return null;
    }
  }

  #record(height: number, error: unknown): void {
    if (this.isFull) return;
    const isKnown = error instanceof RuleError || error instanceof Fault;
    const reason = isKnown ? error.reason : 'unreadable';
    const message = error instanceof Error ? error.message : String(error);
    this.report.faults.push({ height, reason, message });
  }
}

/** A fault of what the store holds. */
export class Fault extends Refusal<AuditReason> {}

/** @throws Fault */
export function expect(holds: boolean, reason: AuditReason, message: string): asserts holds {
  if (!holds) throw new Fault(reason, message);
}
