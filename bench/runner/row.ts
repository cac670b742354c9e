/** What a row of the table is, and what it finds. */
import type { Chains } from '../support/chains.ts';

export interface Row {
  /** For `--rows`. */
  readonly name: string;
  readonly title: string;
  /** What is measured. */
  readonly work: string;
  /** What it is measured against. */
  readonly against: string;
  run(bench: Bench): Promise<Finding[]>;
}

/** How much to do, and what rows share. */
export interface Bench {
  /** Whether the run only shows that the row works: one round, small amounts. */
  readonly small: boolean;
  /** How often each side is measured. */
  readonly rounds: number;
  /** Posts of the large chains. */
  readonly posts: number;
  readonly chains: Chains;
  /** A new directory, removed at the end. */
  directory(): string;
  /** Done at the end of the row, last first. */
  onEnd(undo: () => unknown): void;
  /** The amount for this run: the second one when the run is `small`. */
  amount(normal: number, small: number): number;
  say(line: string): void;
}

/** One line of a row: something measured once a round, and what it should reach. */
export interface Finding {
  readonly name: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** Measured in the same rounds; null where the goal is a plain number. */
  readonly reference: { readonly name: string; readonly values: readonly number[] } | null;
  /** For ours divided by the reference, else for ours; null when it is only told. */
  readonly goal: Goal | null;
  /** What to know about it. */
  readonly note?: string;
}

export type Goal = { readonly atLeast: number } | { readonly atMost: number };
