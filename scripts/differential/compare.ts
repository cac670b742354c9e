/** A node, an archive and a server of the copy in this process, and what the two answer to the same queries. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { buildSchema } from 'graphql';
import { LogSink } from '../../src/log.ts';
import { startArchive } from '../../src/node/archive.ts';
import { startServer } from '../../src/node/serve.ts';
import { startNode } from '../../src/node/start.ts';
import { nodeOptions } from '../../src/options/config.ts';
import { archiveOptions, serveOptions } from '../../src/options/scale.ts';
import { throwDice } from '../../test/support/dice.ts';
import { type ApiAnswer, ask } from '../../test/support/nodeProcess.ts';
import { addBlocks, makeBoard, submitAll } from './board.ts';
import { QueryMaker, type Vocabulary } from './queries.ts';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
const PATIENCE = 60_000;

export interface Difference {
  seed: number;
  query: string;
  node: string;
  server: string;
}

export interface Pair {
  node: string;
  server: string;
  /** Asks both the query of each seed. @returns the first that differs. */
  compare(seeds: Iterable<number>): Promise<Difference | null>;
  close(): Promise<void>;
}

/** Builds the board twice, with a reorganisation between. */
export async function startPair(directory: string, databaseUrl: string): Promise<Pair> {
  const sink = new LogSink(() => {});
  const common = { port: '0', network: 'dev', logLevel: 'silent' };
  const node = await startNode(nodeOptions({ ...common, dataDir: directory, poolClaimHours: '10000000' }, {}), sink);
  const copy = { ...common, upstream: node.url, databaseUrl };
  const archive = await startArchive(archiveOptions(copy, {}), sink);
  const server = await startServer(serveOptions({ ...copy, publicUrl: 'http://stele.example' }, {}), sink);
  const close = async () => {
    await server.close();
    await archive.close();
    await node.close();
  };
  const pair = [node.url, server.url] as const;
  try {
    const words = await build(pair);
    const maker = new QueryMaker(buildSchema(readFileSync(SCHEMA, 'utf8')), words);
    return { node: node.url, server: server.url, compare: (seeds) => compare(pair, maker, seeds), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(pair: readonly [string, string]): Promise<Vocabulary> {
  const [node] = pair;
  const { first, second, pending, words } = makeBoard();
  await addBlocks(node, first);
  await untilSame(pair);
  const before = await cursors(node);
  const [, sealed, hidden, erased] = first.flatMap(({ block }) => block.transactions.map(({ id }) => id)) as string[];
  await decide(node, 'withhold', { id: hidden, reason: 'an order' });
  await decide(node, 'withhold', { id: erased, reason: 'another \0 order', erase: true });
  await decide(node, 'withhold', { id: sealed, reason: 'for a while' });
  await decide(node, 'restore', { id: sealed });
  await addBlocks(node, second);
  await submitAll(node, pending);
  await untilSame(pair);
  const all = [...before, ...(await cursors(node)), 'bm90aGluZw', ''];
  return { ...words, after: all, before: all };
}

async function decide(url: string, action: 'withhold' | 'restore', input: object): Promise<void> {
  const type = action === 'withhold' ? 'WithholdInput' : 'RestoreInput';
  const query = `mutation ($input: ${type}!) { ${action}(input: $input) { transaction { id } } }`;
  const { errors } = await ask(url, query, { input });
  if (errors) throw new Error(JSON.stringify(errors));
}

async function cursors(url: string): Promise<string[]> {
  const { data } = await ask(
    url,
    `{ chain(first: 100) { edges { cursor node { transactions(first: 3) { edges { cursor } } } } }
       transactions(first: 100) { edges { cursor } } pendingTransactions { edges { cursor } }
       withholdings { edges { cursor } } authors { edges { cursor } } topics { edges { cursor } } }`,
  );
  return [...JSON.stringify(data).matchAll(/"cursor":"([^"]*)"/g)].map(([, cursor = '']) => cursor);
}

const STATE = `{ node { tip { hash } pool { count bytes } } withholdings { totalCount } reorganisations { at to }
  pendingTransactions { nodes { id } } transactions(first: 100) { nodes { id contentState } } }`;

async function untilSame([node, server]: readonly [string, string]): Promise<void> {
  for (const end = performance.now() + PATIENCE; ; await delay(50)) {
    const [one, other] = await Promise.all([text(node, STATE), text(server, STATE)]);
    if (one === other) return;
    if (performance.now() > end) throw new Error(`the copy does not become the node's:\n${one}\n${other}`);
  }
}

async function compare(
  pair: readonly [string, string],
  maker: QueryMaker,
  seeds: Iterable<number>,
): Promise<Difference | null> {
  const [node, server] = pair;
  for (const seed of seeds) {
    const query = maker.make(throwDice(seed));
    const ask = () => Promise.all([text(node, query), text(server, query)]);
    let [one, other] = await ask();
    if (!isSame(one, other)) {
      // The node may have dropped a post that waited too long, of which the copy learns a moment later.
      await untilSame(pair);
      [one, other] = await ask();
    }
    if (!isSame(one, other)) return { seed, query, node: one, server: other };
  }
  return null;
}

/**
 * Byte for byte. Where fields fail beside each other, which of their errors are told depends on which is found first: then the
 * data must be the same, and one of the errors.
 */
function isSame(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [JSON.parse(one), JSON.parse(other)] as { data?: unknown; errors?: ApiAnswer['errors'] }[];
  if (!a?.errors || !b?.errors || JSON.stringify(a.data) !== JSON.stringify(b.data)) return false;
  // Several cursors of one list are looked up at the same time.
  const codes = (errors: NonNullable<ApiAnswer['errors']>) =>
    new Set(errors.map(({ extensions: { code } }) => code.replace(/^CURSOR_.*/, 'CURSOR')));
  const told = codes(a.errors);
  return [...codes(b.errors)].some((code) => told.has(code));
}

/** The answer as it comes. Who asks too often asks again. */
async function text(url: string, query: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const answer = await response.text();
    if (response.status !== 429) return answer;
    await delay(1_000);
  }
}
