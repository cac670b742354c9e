/** Texts looked for on a long chain: how fast, and how long the event loop is held up meanwhile. */
import { ask } from '../../test/support/nodeProcess.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { CLIENTS, createLoad, type Question, startBareYoga } from '../support/bare.ts';
import { delayDuring, startNode } from '../support/node.ts';
import { POSTS_A_BLOCK } from './startup.ts';

export const search: Row = {
  name: 'search',
  title: 'Search',
  work: `texts of 2, 3 and 12 characters, common and rare, by ${CLIENTS} clients on a long chain; and pages by a filter that matches nothing`,
  against: 'a bare yoga server: same schema, same documents, same bytes, from a constant',
  run,
};

const POST = 'id author publicKey timestamp topics replyTo content signature position block { hash height }';
const SEARCH = `query ($text: String!) { transactions(first: 20, filter: { text: $text }) { nodes { ${POST} } } }`;
const NOTHING = `query ($author: String!) {
  transactions(first: 20, filter: { author: $author, until: 1 }) { nodes { ${POST} } } }`;

const texts = (...values: string[]): Question => ({ document: SEARCH, variables: values.map((text) => ({ text })) });

/** Milliseconds that the event loop may be held up. */
const MOST_DELAY = 20;

async function run(bench: Bench): Promise<Finding[]> {
  const load = createLoad(bench, bench.amount(700, 150));
  const node = await startNode(bench, await bench.chains.data({ posts: bench.posts, postsABlock: POSTS_A_BLOCK }));
  const yoga = startBareYoga(bench);
  const url = `${node.url}/graphql`;
  const findings: Finding[] = [];
  for (const [name, question] of Object.entries(await questions(node.url))) {
    const bare = await yoga.answerAs(node.url, question);
    const delays: number[] = [];
    const rates = await takeTurns(bench.rounds, {
      async node() {
        let rate = 0;
        const work = async () => {
          rate = await load(url, question, true);
        };
        delays.push(await delayDuring(node, work));
        return rate;
      },
      yoga: () => load(bare, { ...question, variables: question.variables.slice(0, 1) }),
    });
    const reference = { name: 'bare yoga', values: rates.yoga };
    const delay = { name: `event loop, p99 delay: ${name}`, unit: 'ms', ours: delays, reference: null };
    findings.push(
      { name, unit: 'answers/s', ours: rates.node, reference, goal: { atLeast: 1 } },
      { ...delay, goal: { atMost: MOST_DELAY } },
    );
  }
  return findings;
}

/** Words of one syllable stand in every third post or so; whole beginnings of posts in one, or a few. */
async function questions(url: string): Promise<Record<string, Question>> {
  const height = (await ask(url, '{ node { height } }')).data.node.height as number;
  const beginnings: string[] = [];
  for (let i = 0; i < 20; i++) {
    const at = 1 + Math.floor((i * height) / 20);
    const { data } = await ask(url, `{ block(height: ${at}) { transactions(first: 1) { nodes { content } } } }`);
    beginnings.push((data.block.transactions.nodes[0].content as string).slice(0, 12));
  }
  const authors = Array.from({ length: 20 }, (_, i) => ({ author: `author ${i}` }));
  return {
    '2 characters, common': texts('ka', 'lo', 'mi', 'bo', 'ni'),
    '2 characters, in no post': texts('zz', 'qq', 'jj'),
    '3 characters, common': texts('ren', 'tas', 'vel', 'sur', 'gom'),
    '3 characters, in no post': texts('zzz', 'qqq', 'jjj'),
    '12 characters, common words': texts('ka lo mi ren', 'bo ni da vel', 'pe fa tu xen'),
    '12 characters, rare': texts(...beginnings),
    'a filter that matches nothing': { document: NOTHING, variables: authors },
  };
}
