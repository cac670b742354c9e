/** Queries by 16 clients, against a bare yoga server that answers the same bytes; and a long chain against a short one. */
import type { ChildProcess } from 'node:child_process';
import { ask } from '../../test/support/nodeProcess.ts';
import { createLoader, exchange, forkScript } from '../load/loader.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { startNode } from '../support/node.ts';
import { POSTS_A_BLOCK } from './startup.ts';

export const reading: Row = {
  name: 'reading',
  title: 'Reading',
  work: '`chain`, `transactions` (with filters), `block`, `transaction` by 16 clients, on a long chain and a short one',
  against: 'a bare yoga server: same schema, same documents, same bytes, from a constant',
  run,
};

const CLIENTS = 16;
const SHORT = 10_000;

const POST = 'id author publicKey timestamp topics replyTo content signature position block { hash height }';
const BLOCK = 'hash height time transactionCount previousHash merkleRoot difficulty chainWork confirmations';
const PAGE = 'pageInfo { hasNextPage endCursor }';
const posts = (filter: string) => `query ($value: String) {
  transactions(first: 20, filter: { ${filter} }) { nodes { ${POST} } ${PAGE} } }`;

interface Question {
  name: string;
  document: string;
  /** Different ones, so that it is not always the same row of the database that is read. */
  variables: object[];
}

async function run(bench: Bench): Promise<Finding[]> {
  const loader = createLoader();
  bench.onEnd(loader.close);
  const duration = bench.amount(700, 150);
  const [long, short] = [await startOn(bench, bench.posts), await startOn(bench, bench.small ? 1_000 : SHORT)];
  const yoga = forkScript(new URL('../references/yoga.ts', import.meta.url));
  bench.onEnd(() => yoga.kill());
  const load = async (url: string, { document: query }: Question, variables: object[]) => {
    const bodies = variables.map((values) => JSON.stringify({ query, variables: values }));
    const job = { kind: 'http', url, clients: CLIENTS, bodies, repeat: true, duration, expect: '{"data":{"' } as const;
    return (await loader.run(job)).rate;
  };
  const findings: Finding[] = [];
  const onLong = await questions(long.url);
  const onShort = await questions(short.url);
  for (const [i, question] of onLong.entries()) {
    const bare = await prepareBare(yoga, long.url, question);
    const rates = await takeTurns(bench.rounds, {
      long: () => load(`${long.url}/graphql`, question, question.variables),
      short: () => load(`${short.url}/graphql`, question, onShort[i]?.variables ?? []),
      yoga: () => load(bare, question, question.variables.slice(0, 1)),
    });
    findings.push(...compare(question.name, bench, rates));
  }
  return findings;
}

function compare(name: string, bench: Bench, rates: Record<'long' | 'short' | 'yoga', number[]>): Finding[] {
  const [unit, count] = ['answers/s', bench.posts.toLocaleString('en')];
  const short = (bench.small ? 1_000 : SHORT).toLocaleString('en');
  return [
    { name, unit, ours: rates.long, reference: { name: 'bare yoga', values: rates.yoga }, goal: { atLeast: 0.4 } },
    {
      name: `${name}: ${count} posts against ${short}`,
      unit,
      ours: rates.long,
      reference: { name: `${short} posts`, values: rates.short },
      // A cost of 1.2 is a rate of 1 / 1.2.
      goal: { atLeast: 1 / 1.2 },
    },
  ];
}

async function startOn(bench: Bench, posts: number) {
  return startNode(bench, await bench.chains.data({ posts, postsABlock: POSTS_A_BLOCK }));
}

/** What is asked of a node: things that it holds, from all over its chain. */
async function questions(url: string): Promise<Question[]> {
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
    { name: 'chain', document: `{ chain(first: 20) { nodes { ${BLOCK} } ${PAGE} totalCount } }`, variables: [{}] },
    {
      name: 'block',
      document: `query ($height: NonNegativeInt) { block(height: $height) { ${BLOCK} transactions(first: 20) { nodes { ${POST} } } } }`,
      variables: heights.map((at) => ({ height: at })),
    },
    {
      name: 'transaction',
      document: `query ($id: Hexadecimal!) { transaction(id: $id) { ${POST} status { state confirmations } } }`,
      variables: ids.map((id) => ({ id })),
    },
    {
      name: 'transactions',
      document: `{ transactions(first: 20) { nodes { ${POST} } ${PAGE} totalCount } }`,
      variables: [{}],
    },
    { name: 'transactions by author', document: posts('author: $value'), variables: values('author ', 20) },
    { name: 'transactions by topic', document: posts('topic: $value'), variables: values('topic ', 20) },
    {
      name: 'transactions by text',
      document: posts('text: $value'),
      variables: ['kalo', 'quowis', 'renvel'].map((value) => ({ value })),
    },
  ];
}

/** Hands the node's own answer to the bare server, and makes sure that it gives the same bytes. */
async function prepareBare(
  yoga: ChildProcess,
  ours: string,
  { document: query, variables }: Question,
): Promise<string> {
  const body = JSON.stringify({ query, variables: variables[0] });
  const answer = async (url: string) => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return response.text();
  };
  const constant = await answer(`${ours}/graphql`);
  const { url } = await exchange<{ url: string }>(yoga, (JSON.parse(constant) as { data: object }).data);
  const same = await answer(url);
  if (same !== constant) throw new Error(`the bare server answers ${same.slice(0, 200)}, we ${constant.slice(0, 200)}`);
  return url;
}
