/** What an audit has found, and how it goes on after a fault. */
import type { Hash } from '../domain/bytes.ts';
import { RuleError, type RuleReason } from '../domain/errors.ts';

/** Faults of what the store holds, beside those of the blocks themselves. */
export type AuditReason =
  | RuleReason
  /** No block is stored at a height of the chain, or its body is missing. */
  | 'block-missing'
  /** A stored block or post cannot be read. */
  | 'unreadable'
  /** A block's parent is not the block below it, or the chain does not start with its network's genesis. */
  | 'link-broken'
  /** A stored hash, id, height or total work does not follow from the blocks. */
  | 'record-wrong'
  /** The best chain holds a block that was marked as bad. */
  | 'marked-invalid'
  /** The records of names or of places of posts disagree with the blocks. */
  | 'index-wrong';

export interface AuditFault {
  height: number;
  reason: AuditReason;
  message: string;
}

export interface AuditReport {
  /** Blocks that were looked at. */
  blocks: number;
  transactions: number;
  /** Posts whose content is not here, sealed or erased: the only thing that cannot be checked, and no fault. */
  contentsMissing: number;
  tip: { hash: Hash; height: number };
  /** At most {@link MAX_FAULTS}, lowest first; where there are as many, the rest of the chain was not looked at. */
  faults: AuditFault[];
  /** A reorganisation happened meanwhile (a node is running): the faults may be no faults, so ask again. */
  moved: boolean;
}

export const MAX_FAULTS = 100;

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
export class Fault extends Error {
  readonly reason: AuditReason;

  constructor(reason: AuditReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** @throws Fault */
export function expect(holds: boolean, reason: AuditReason, message: string): asserts holds {
  if (!holds) throw new Fault(reason, message);
}
