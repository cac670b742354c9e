/**
 * What each field and argument of the API costs in the node's prices, against the processor time that it takes: prices
 * below cost let a client have more than its share. Prices above cost are told and no fault: what a search passes over is
 * not known before, and what is empty here (peers, pool, withholdings) is not asked.
 */
import { getOperationAST, parse } from 'graphql';
import { createCostMeter } from '../../src/graphql/costs.ts';
import { JsonApi } from '../../src/graphql/jsonApi.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { type CheckedVariables, checkVariables } from '../../src/graphql/variables.ts';
import type { NodeParts } from '../../src/node/assemble.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { openParts } from '../support/parts.ts';

export const prices: Row = {
  name: 'prices',
  title: 'Prices',
  work: 'each field and argument that a caller may vary, asked in the process: its cost against its processor time',
  against: 'the median of all of them',
  run,
};

const POST = 'id author publicKey timestamp commitment size topics replyTo stamp signature work';
const BLOCK = 'hash height version previousHash merkleRoot time bits nonce target difficulty chainWork confirmations';
const fill = (count: number, make: (i: number) => string) => Array.from({ length: count }, (_, i) => make(i)).join(' ');

/** The same, as often as aliases allow. */
const many = (field: string) => `{ ${fill(30, (i) => `a${i}: ${field}`)} }`;

/** A question is asked as many times over as aliases allow where one is too quick to measure. */
interface Question {
  name: string;
  query: string;
  /** Asked of the chain of one post a block, where a block would be too wide for what is asked, and not of the other. */
  isDeep?: true;
}

async function run(bench: Bench): Promise<Finding[]> {
  const posts = bench.amount(12_000, 2_000);
  const long = await openParts(bench, await bench.chains.data({ posts, postsABlock: 1 }));
  const wide = await openParts(bench, await bench.chains.data({ posts, postsABlock: 1_000 }));
  const measured: { name: string; cost: number; time: number }[] = [];
  for (const parts of [long, wide]) {
    const measure = createMeasure(parts, bench.amount(250, 20));
    const empty = await measure('{ __typename }');
    for (const { name, query, isDeep } of questions(parts.chain.tip.height)) {
      if ((isDeep ?? false) !== (parts === long)) continue;
      const { cost, time } = await measure(query);
      measured.push({ name, cost, time: Math.max(time - empty.time, 0.001) });
    }
  }
  const ratios = measured.map(({ cost, time }) => time / cost).sort((a, b) => a - b);
  const median = ratios[Math.floor(ratios.length / 2)] ?? 1;
  return measured.map(({ name, cost, time }) => ({
    name,
    unit: 'microseconds a unit of cost',
    ours: [(1_000 * time) / cost],
    reference: { name: 'median', values: [1_000 * median] },
    goal: { atMost: 2 },
    note: `costs ${cost}, takes ${time.toFixed(2)} ms`,
  }));
}

/** Processor time of one operation in milliseconds, the mean of as many as fit into `budget` milliseconds. */
function createMeasure({ pipeline, services }: NodeParts, budget: number) {
  const json = new JsonApi(pipeline, services);
  const schema = buildSchema();
  const costOf = createCostMeter();
  const context = { caller: { address: 'bench', isOperator: true } };
  return async (query: string) => {
    const document = parse(query);
    const operation = getOperationAST(document);
    const { coerced } = checkVariables(schema, operation?.variableDefinitions ?? [], {}) as CheckedVariables;
    const cost = costOf({ schema, document }, coerced);
    let asked = 0;
    const ask = async () => {
      // In other words each time: the answer is to be made, not shared.
      const body = JSON.stringify({ query, extensions: { asked: ++asked } });
      const headers = { 'content-type': 'application/json' };
      const [text] = await json.answer({
        method: 'POST',
        url: '/graphql',
        headers,
        body,
        raw: null,
        context: { ...context },
      });
      if (!String(text).startsWith('{"data":'))
        throw new Error(`${query.slice(0, 200)}: ${String(text).slice(0, 300)}`);
    };
    for (let warm = 0; warm < 10; warm++) await ask();
    const before = process.cpuUsage();
    const started = performance.now();
    let count = 0;
    while (performance.now() - started < budget || count < 3) {
      await ask();
      count += 1;
    }
    const { user, system } = process.cpuUsage(before);
    return { cost, time: (user + system) / 1_000 / count };
  };
}

function questions(height: number): Question[] {
  const heights = fill(20, (i) => `b${i}: block(height: ${1 + Math.floor((i * (height - 1)) / 20)}) { ${BLOCK} }`);
  const filter = (text: string, what = 'nodes { id }') =>
    `{ ${fill(10, (i) => `a${i}: transactions(first: 20, filter: { ${text.replaceAll('#', String(i))} }) { ${what} }`)} }`;
  return [
    { name: 'node', query: many('node { id version protocol publicUrl height chainWork uptime isOperator }') },
    {
      name: 'node.network',
      query: many('node { network { name genesis message time powLimit spacing halfLife retarget } }'),
    },
    {
      name: 'node.pool, peers, miner, sync',
      query: many(
        'node { pool { count bytes minimumWork } peers { outgoing known } miner { hashRate } sync { state } }',
      ),
    },
    { isDeep: true, name: 'chain, 20 blocks', query: `{ chain(first: 20) { nodes { ${BLOCK} } } }` },
    { isDeep: true, name: 'chain, 100 blocks', query: `{ chain(first: 100) { edges { cursor node { ${BLOCK} } } } }` },
    { isDeep: true, name: '20 blocks by height', query: `{ ${heights} }` },
    {
      name: 'posts of 10 blocks',
      query: `{ chain(first: 10) { nodes { transactions(first: 20) { nodes { ${POST} } } } } }`,
    },
    { name: 'transactions, 20', query: `{ transactions(first: 20) { nodes { ${POST} } } }` },
    { name: 'transactions, 100', query: `{ transactions(first: 100) { nodes { ${POST} } } }` },
    {
      name: 'transactions, 100 statements',
      query: '{ transactions(first: 100) { nodes { statement content salt } } }',
    },
    { name: 'blocks of 100 posts', query: `{ transactions(first: 100) { nodes { block { hash height } } } }` },
    {
      name: 'status of 100 posts',
      query: '{ transactions(first: 100) { nodes { status { state confirmations block { hash } } } } }',
    },
    {
      name: 'parents and replies of 50 posts',
      query: '{ transactions(first: 50) { nodes { parent { id } replies(first: 1) { nodes { id } } } } }',
    },
    { name: '10 pages by author', query: filter('author: "author #"') },
    { name: '10 pages by topic', query: filter('topic: "topic #"') },
    { name: '10 pages by a key that nobody has', query: filter(`publicKey: "${'ab'.repeat(32)}"`) },
    { name: '10 pages by time', query: filter('since: #') },
    { name: '10 pages by a time without posts', query: filter('until: #') },
    { name: '10 pages by author and a time without posts', query: filter('author: "author #", until: #') },
    { name: '10 pages by a common text', query: filter('text: "kalo"') },
    { name: '10 pages by a text that nobody wrote', query: filter('text: "zzzqqq#"') },
    { name: '10 pages by author and text', query: filter('author: "author #", text: "kalo"') },
    { name: '10 pages of latest versions', query: filter('latestOnly: true') },
    { name: '10 pages by author, latest versions', query: filter('author: "author #", latestOnly: true') },
    { name: '10 counts by author', query: filter('author: "author #"', 'totalCount') },
    { name: '10 counts by topic', query: filter('topic: "topic #"', 'totalCount') },
    { name: '10 counts of latest versions', query: filter('latestOnly: true', 'totalCount') },
    { name: '10 counts by time', query: filter('since: #', 'totalCount') },
    { name: '10 counts by a time without posts', query: filter('until: #', 'totalCount') },
    { name: '10 counts by author and text', query: filter('author: "author #", text: "ka"', 'totalCount') },
    {
      name: '10 authors',
      query: `{ ${fill(10, (i) => `a${i}: author(name: "author ${i}") { name publicKey since { hash } }`)} }`,
    },
    { name: '30 looks for digits', query: many('find(digits: "00000000") { transactions { id } blocks { hash } }') },
    { name: '30 looks for names', query: many('authorsByPrefix(prefix: "a") { name since { hash } }') },
    { name: '30 looks for lookalikes', query: many('lookalikes(name: "AUTHOR 1") { name since { hash } }') },
    { name: 'authors, 100', query: '{ authors(first: 100) { nodes { name publicKey postCount } } }' },
    { name: 'topics, 100 by name', query: '{ topics(first: 100, order: NAME) { nodes { name postCount } } }' },
    { name: '10 counts of authors', query: many('authors(first: 1) { totalCount }') },
    { name: 'keys of 10 authors', query: many('author(name: "author 1") { keys(first: 5) { publicKey } keyCount }') },
    { name: 'posts of 10 authors', query: '{ authorsByPrefix(prefix: "a") { posts(first: 20) { nodes { id } } } }' },
    {
      name: 'versions of 20 posts',
      query: '{ transactions(first: 20) { nodes { versions { id } supersededBy { id } } } }',
    },
    {
      name: '20 statuses',
      query: `{ ${fill(20, (i) => `a${i}: transactionStatus(id: "${`${i % 10}`.repeat(64)}") { state }`)} }`,
    },
    { isDeep: true, name: 'headers, 100', query: '{ headers(locator: [], first: 100) }' },
    { isDeep: true, name: 'headers, 2,000', query: '{ headers(locator: [], first: 2000) }' },
    { name: 'ids of a block', query: `{ block(height: ${height}) { transactionIds } }` },
    { name: 'short ids of a block', query: `{ block(height: ${height}) { transactionIds(digits: 16) } }` },
    { name: 'body of a block', query: `{ block(height: ${height}) { body { statement signature content salt } } }` },
    {
      isDeep: true,
      name: 'receipt, deep',
      query: '{ transactions(first: 1, order: OLDEST_FIRST) { nodes { receipt } } }',
    },
    { isDeep: true, name: 'listing, deep', query: '{ listing(topic: "topic 1", from: 1, to: 1) }' },
    {
      isDeep: true,
      name: 'listing of 1,000 small blocks',
      query: '{ listing(topic: "topic 1", from: 1, to: 1000, depth: 0) }',
    },
    {
      name: 'receipts, 10 of depth 100',
      query: '{ transactions(first: 10, order: OLDEST_FIRST) { nodes { receipt(depth: 100) } } }',
    },
    {
      name: 'receipts, 10 of depth 0',
      query: '{ transactions(first: 10, order: OLDEST_FIRST) { nodes { receipt(depth: 0) } } }',
    },
    { name: 'listing of 1 block', query: '{ listing(topic: "topic 1", from: 1, to: 1, depth: 0) }' },
    {
      name: 'listing of 4 blocks',
      query: `{ listing(topic: "topic 1", from: 1, to: ${Math.min(4, height)}, depth: 0) }`,
    },
  ];
}
