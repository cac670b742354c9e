/** From numbers of several rounds to a verdict, and how sure it is. */
import type { Finding, Goal } from './row.ts';

/** The middle of several numbers, and how far they lie apart. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Verdict {
  readonly ours: Summary;
  readonly reference: Summary | null;
  /** Ours divided by the reference, round by round; null without a reference. */
  readonly ratio: Summary | null;
  /** Null when there was nothing to reach. */
  readonly reached: boolean | null;
  /** Some rounds reached the goal and some did not: the difference may be noise. */
  readonly unsure: boolean;
}

export function summarise(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('nothing was measured');
  return { median: quantile(values, 0.5), least: Math.min(...values), most: Math.max(...values) };
}

/** The value below which a share `q` of the values lies, between neighbours in proportion. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}

/** Pairs are divided before the median is taken: a slow moment of the machine hits both sides of its round. */
export function judge({ ours, reference, goal }: Finding): Verdict {
  if (reference && reference.values.length !== ours.length) throw new RangeError('rounds without their reference');
  const ratios = reference ? ours.map((value, round) => value / (reference.values[round] as number)) : null;
  const judged = ratios ?? ours;
  const verdicts = goal ? judged.map((value) => meets(value, goal)) : [];
  return {
    ours: summarise(ours),
    reference: reference && summarise(reference.values),
    ratio: ratios && summarise(ratios),
    reached: goal && meets(quantile(judged, 0.5), goal),
    unsure: verdicts.includes(true) && verdicts.includes(false),
  };
}

export function meets(value: number, goal: Goal): boolean {
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** How far a value is on the good side of its goal: 1 is just reached, 2 twice as good as asked for. */
export function margin(value: number, goal: Goal): number {
  return 'atLeast' in goal ? value / goal.atLeast : goal.atMost / value;
}

type Turns<Ways> = { [Name in keyof Ways]: number[] };

/**
 * Lets each way have its turn in each round, so that a slow moment of the machine hits all alike; another one begins
 * each time, so that none gains from its place.
 */
export async function takeTurns<Ways extends Record<string, (round: number) => number | Promise<number>>>(
  rounds: number,
  ways: Ways,
): Promise<Turns<Ways>> {
  const names = Object.keys(ways);
  const values: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as string;
      const way = ways[name] as (round: number) => number | Promise<number>;
      (values[name] as number[])[round] = await way(round);
    }
  }
  return values as Turns<Ways>;
}
