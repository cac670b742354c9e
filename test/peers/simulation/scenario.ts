/** What befalls a small network for some minutes, drawn from a seed; then it heals. */
import type { VerifiedTransaction } from '../../../src/domain/transaction.ts';
import { type Dice, throwDice } from '../../support/dice.ts';
import type { LiarPlan } from './liar.ts';
import { LIE_NAMES } from './lies.ts';
import { urlOf } from './naming.ts';
import type { NodePlan } from './node.ts';
import { disputedPost, housePost, LAST_GENERATION, plainPost } from './posts.ts';

export type Deed =
  | { do: 'mine'; node: string }
  | { do: 'kill'; node: string }
  | { do: 'start'; node: string }
  | { do: 'post'; node: string; post: VerifiedTransaction; isDisputed: boolean }
  /** Somebody who has the content of a sealed post gives it to a node. */
  | { do: 'reveal'; node: string; post: VerifiedTransaction }
  /** The operator of a node withholds a content. */
  | { do: 'withhold'; node: string; post: VerifiedTransaction }
  /** Nodes of different numbers cannot reach one another. */
  | { do: 'part'; sides: ReadonlyMap<string, number> }
  | { do: 'heal' }
  | { do: 'attack'; liar: string; node: string };

export type Step = Deed & { at: number };

export interface Scenario {
  /** Milliseconds until the network heals. */
  trouble: number;
  nodes: NodePlan[];
  liars: LiarPlan[];
  /** Probability that a message is lost. */
  loss: number;
  /** Probability that a node is too busy for a call. */
  busy: number;
  /** In the order of their times. */
  steps: Step[];
}

interface Size {
  nodes: number;
  blocks: number;
  posts: number;
  /** Milliseconds. */
  trouble: number;
}

/** Most worlds are small, for there to be many: what goes wrong in large ones mostly does in some of these. */
const SMALL: [least: Size, most: Size] = [
  { nodes: 3, blocks: 10, posts: 3, trouble: 30_000 },
  { nodes: 3, blocks: 14, posts: 10, trouble: 60_000 },
];
const LARGE: [least: Size, most: Size] = [
  { nodes: 4, blocks: 12, posts: 5, trouble: 60_000 },
  { nodes: 6, blocks: 40, posts: 25, trouble: 300_000 },
];

export function drawScenario(seed: number): Scenario {
  const dice = throwDice(seed);
  const [least, most] = dice.chance(0.15) ? LARGE : SMALL;
  const trouble = dice.between(least.trouble, most.trouble);
  const times = (count: number) => Array.from({ length: count }, () => dice.between(0, trouble));
  const count = dice.between(least.nodes, most.nodes);
  const liars = drawLiars(dice, count);
  const nodes = drawNodes(dice, count, liars);
  const names = nodes.map(({ name }) => name);
  const steps = [
    ...drawBlocks(dice, names, times(dice.between(least.blocks, most.blocks))),
    ...drawPosts(dice, names, times(dice.between(least.posts, most.posts))),
    ...drawPartitions(dice, [...names, ...liars.map(({ name }) => name)], times(dice.between(0, 3)), trouble),
    ...drawRestarts(dice, names, times(dice.between(0, 3))),
    ...drawAttacks(dice, names, liars, times(4 * liars.length)),
  ];
  return {
    trouble,
    nodes,
    liars,
    loss: dice.pick([0, 0, 0, 0, 0.01, 0.1]),
    busy: dice.pick([0, 0, 0, 0.1]),
    steps: steps.filter(({ at }) => at < trouble).sort((a, b) => a.at - b.at),
  };
}

/** Fewer than the honest ones. */
function drawLiars(dice: Dice, honest: number): LiarPlan[] {
  const count = dice.between(0, Math.min(2, honest - 2));
  return Array.from({ length: count }, (_, i) => ({ name: `liar${i}`, lie: dice.pick(LIE_NAMES) }));
}

/** Each but the first is given, by its operator, an earlier one that can be called: so all hang together. */
function drawNodes(dice: Dice, count: number, liars: readonly LiarPlan[]): NodePlan[] {
  const nodes: NodePlan[] = [];
  for (let i = 0; i < count; i++) {
    const open = nodes.filter(({ walled }) => !walled);
    const friends = open.length > 0 ? dice.shuffle(open).slice(0, dice.between(1, 3)) : [];
    const known = [...friends, ...liars.filter(() => dice.chance(0.7))];
    nodes.push({
      name: `n${i}`,
      walled: i > 0 && dice.chance(0.35),
      delay: dice.chance(0.1) ? 3_000 : dice.pick([20, 100, 400]),
      disk: dice.chance(0.3) ? 200 : 0,
      skew: dice.between(-60, 60) * 1_000,
      peers: known.map(({ name }) => urlOf(name)),
    });
  }
  return nodes;
}

function drawBlocks(dice: Dice, names: readonly string[], times: readonly number[]): Step[] {
  const miners = dice.shuffle(names).slice(0, dice.between(1, names.length));
  return times.map((at) => ({ at, do: 'mine', node: dice.pick(miners) }));
}

/** Of the posts. */
const SEALED_SHARE = 0.25;
const WITHHELD_SHARE = 0.1;
const DISPUTED_SHARE = 0.1;
const HOUSE_SHARE = 0.4;
/** Milliseconds in which a name of a house stays with one key, more or less. */
const REIGN = 15_000;
const IMPOSTOR_SHARE = 0.15;

function drawPosts(dice: Dice, names: readonly string[], times: readonly number[]): Step[] {
  return times.flatMap((at, i): Step[] => {
    const { whole, isDisputed } = drawPost(dice, i, at);
    const post = dice.chance(SEALED_SHARE) ? { ...whole, opening: null } : whole;
    const steps: Step[] = [{ at, do: 'post', node: dice.pick(names), post, isDisputed }];
    // Some are revealed by two, some by nobody.
    const reveals = post.opening ? 0 : dice.between(0, 2);
    for (let n = 0; n < reveals; n++) {
      steps.push({ at: at + dice.between(0, 40_000), do: 'reveal', node: dice.pick(names), post: whole });
    }
    if (dice.chance(WITHHELD_SHARE)) {
      steps.push({ at: at + dice.between(0, 40_000), do: 'withhold', node: dice.pick(names), post });
    }
    return steps;
  });
}

/** A post, and whether another claim to its name may push it out. */
function drawPost(dice: Dice, number: number, at: number): { whole: VerifiedTransaction; isDisputed: boolean } {
  if (dice.chance(DISPUTED_SHARE)) return { whole: disputedPost(number), isDisputed: true };
  if (!dice.chance(HOUSE_SHARE)) return { whole: plainPost(number), isDisputed: false };
  const reigning = Math.min(Math.floor(at / REIGN) + dice.between(0, 1), LAST_GENERATION);
  const generation = dice.chance(IMPOSTOR_SHARE) ? LAST_GENERATION + 1 : reigning;
  return { whole: housePost(number, generation), isDisputed: true };
}

function drawPartitions(dice: Dice, names: readonly string[], times: readonly number[], longest: number): Step[] {
  return times.flatMap((at): Step[] => [
    { at, do: 'part', sides: new Map(names.map((name) => [name, dice.between(0, 1)])) },
    { at: at + dice.between(Math.floor(longest / 4), longest), do: 'heal' },
  ]);
}

function drawRestarts(dice: Dice, names: readonly string[], times: readonly number[]): Step[] {
  return times.flatMap((at): Step[] => {
    const node = dice.pick(names);
    return [
      { at, do: 'kill', node },
      { at: at + dice.between(0, 30_000), do: 'start', node },
    ];
  });
}

function drawAttacks(
  dice: Dice,
  names: readonly string[],
  liars: readonly LiarPlan[],
  times: readonly number[],
): Step[] {
  return times.map((at) => ({ at, do: 'attack', liar: dice.pick(liars).name, node: dice.pick(names) }));
}
