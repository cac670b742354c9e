/**
 * Queries by 16 clients, each asked in words that have not come before, and again in the same words; against bare servers that
 * answer the same bytes; and a long chain against a short one.
 */
import { ask } from '../../test/support/nodeProcess.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { type Question as Asked, createLoad, startBareMercurius, startBareYoga } from '../support/bare.ts';
import { startNode } from '../support/node.ts';
import { POSTS_A_BLOCK } from './startup.ts';

export const reading: Row = {
  name: 'reading',
  title: 'Reading',
  work: '`node`, `chain`, `transactions` (with filters), `block`, `transaction` by 16 clients, on a long chain and a short one',
  against: 'bare servers, of yoga and of mercurius with JIT: same schema, same documents, same bytes, from a constant',
  run,
};

const SHORT = 10_000;
const SMALL = { yoga: 2, mercurius: 0.8 };
const LARGE = { yoga: 1.2, mercurius: 0.5 };

const POST = 'id author publicKey timestamp topics replyTo content signature position block { hash height }';
const BLOCK = 'hash height time transactionCount previousHash merkleRoot difficulty chainWork confirmations';
const PAGE = 'pageInfo { hasNextPage endCursor }';
const posts = (filter: string) => `query ($value: String) {
  transactions(first: 20, filter: { ${filter} }) { nodes { ${POST} } ${PAGE} } }`;

export interface Question extends Asked {
  name: string;
  /** What the answers made anew should reach of a bare yoga and of a bare mercurius. */
  reach: { yoga: number; mercurius: number };
}

async function run(bench: Bench): Promise<Finding[]> {
  const load = createLoad(bench, bench.amount(700, 150));
  const [long, short] = [await startOn(bench, bench.posts), await startOn(bench, bench.small ? 1_000 : SHORT)];
  const [yoga, mercurius] = [startBareYoga(bench), startBareMercurius(bench)];
  const findings: Finding[] = [];
  const onLong = await questions(long.url);
  const onShort = await questions(short.url);
  for (const [i, question] of onLong.entries()) {
    const bare = await yoga.answerAs(long.url, question);
    const least = mercurius && (await mercurius.answerAs(long.url, question));
    const one = { ...question, variables: question.variables.slice(0, 1) };
    const rates = await takeTurns(bench.rounds, {
      long: () => load(`${long.url}/graphql`, question, true),
      again: () => load(`${long.url}/graphql`, one),
      short: () => load(`${short.url}/graphql`, onShort[i] ?? question, true),
      yoga: () => load(bare, one),
      mercurius: async () => (least === null ? 0 : load(least, one)),
    });
    findings.push(...compare(question, bench, rates, least !== null));
  }
  return findings;
}

type Way = 'long' | 'again' | 'short' | 'yoga' | 'mercurius';

function compare(
  { name, reach }: Question,
  bench: Bench,
  rates: Record<Way, number[]>,
  hasMercurius: boolean,
): Finding[] {
  const [unit, count] = ['answers/s', bench.posts.toLocaleString('en')];
  const short = (bench.small ? 1_000 : SHORT).toLocaleString('en');
  const line = (label: string, ours: number[], reference: string, values: number[], atLeast: number): Finding => {
    return { name: label, unit, ours, reference: { name: reference, values }, goal: { atLeast } };
  };
  const bare = 'bare mercurius';
  const lines = [line(name, rates.long, 'bare yoga', rates.yoga, reach.yoga)];
  if (hasMercurius) {
    lines.push(line(name, rates.long, bare, rates.mercurius, reach.mercurius));
    lines.push(line(`${name}, asked again while nothing has changed`, rates.again, bare, rates.mercurius, 0.9));
  }
  // A cost of 1.2 is a rate of 1 / 1.2.
  lines.push(line(`${name}: ${count} posts against ${short}`, rates.long, `${short} posts`, rates.short, 1 / 1.2));
  return lines;
}

async function startOn(bench: Bench, posts: number) {
  return startNode(bench, await bench.chains.data({ posts, postsABlock: POSTS_A_BLOCK }));
}

/** What is asked of a node: things that it holds, from all over its chain. */
export async function questions(url: string): Promise<Question[]> {
  const height = (await ask(url, '{ node { height } }')).data.node.height as number;
  const heights = Array.from({ length: 20 }, (_, i) => 1 + Math.floor((i * height) / 20));
  const ids: string[] = [];
  for (const at of heights) {
    const { data } = await ask(url, `{ block(height: ${at}) { transactions(first: 1) { nodes { id } } } }`);
    ids.push(data.block.transactions.nodes[0].id);
  }
  const values = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ value: `${prefix}${i}` }));
  return [
    { name: 'node', reach: SMALL, document: '{ node { height } }', variables: [{}] },
    {
      name: 'chain',
      reach: LARGE,
      document: `{ chain(first: 20) { nodes { ${BLOCK} } ${PAGE} totalCount } }`,
      variables: [{}],
    },
    {
      name: 'block',
      reach: LARGE,
      document: `query ($height: NonNegativeInt) { block(height: $height) { ${BLOCK} transactions(first: 20) { nodes { ${POST} } } } }`,
      variables: heights.map((at) => ({ height: at })),
    },
    {
      name: 'transaction',
      reach: SMALL,
      document: `query ($id: Hexadecimal!) { transaction(id: $id) { ${POST} status { state confirmations } } }`,
      variables: ids.map((id) => ({ id })),
    },
    {
      name: 'transactions',
      reach: LARGE,
      document: `{ transactions(first: 20) { nodes { ${POST} } ${PAGE} totalCount } }`,
      variables: [{}],
    },
    {
      name: 'transactions by author',
      reach: LARGE,
      document: posts('author: $value'),
      variables: values('author ', 20),
    },
    { name: 'transactions by topic', reach: LARGE, document: posts('topic: $value'), variables: values('topic ', 20) },
  ];
}
