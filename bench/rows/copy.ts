/** Pages, searches and counts of a copy in PostgreSQL: a long chain against a short one, by the reads that `serve` makes. */
import { openServed } from '../../src/store/postgres/openServed.ts';
import type { OwnPostgres } from '../../test/support/ownPostgres.ts';
import { processorSeconds } from '../runner/processor.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { quantile, takeTurns } from '../runner/statistics.ts';
import { GENESIS } from '../support/blocks.ts';
import { startPostgres } from '../support/copy.ts';
import { fillCopy } from '../support/fill.ts';
import { type Ask, type CopyQuestion, copyQuestions, PAGE_SIZE } from './copyQuestions.ts';

export const copy: Row = {
  name: 'copy',
  title: 'Pages of a copy',
  work: 'pages of 20 posts, searches and counts, one after the other, from a PostgreSQL with `--posts` posts, 100 in each block',
  against: 'the same with 10,000 posts; where one has fewer than a page, as many are asked for on both',
  run,
};

const SHORT = 10_000;
const POSTS_A_BLOCK = 100;
/** Posts on either chain by one author about one topic: what a search among them costs does not grow for their number. */
const STEADY_POSTS = 500;
/** Questions before those that count, so that plans and pages are in memory. */
const WARMING = 10;

async function run(bench: Bench): Promise<Finding[]> {
  const postgres = await startPostgres(bench);
  if (!postgres) return [];
  const [long, short] = [bench.posts, Math.min(SHORT, bench.posts / 2)];
  const onLong = await openFilled(bench, postgres, 'long', long);
  const onShort = await openFilled(bench, postgres, 'short', short);
  const duration = bench.amount(700, 50);
  const findings: Finding[] = [];
  for (const [i, { name, asks, isGrowing }] of onLong.entries()) {
    const pairs = await Promise.all(asks.map((ask, k) => pairUp(ask, onShort[i]?.asks[k] as Ask)));
    const [answered, answeredHere] = [sumOf(pairs, 'inShort'), sumOf(pairs, 'inLong')];
    // A count has no size to ask for, and a page of one may find it on one chain only.
    const isAsMuch = pairs.every(({ inShort, inLong }) => inShort === inLong);
    const label = `${name} (${isAsMuch ? '' : `${answered}, here `}${answeredHere})`;
    const times: Record<'long' | 'short', number[]> = { long: [], short: [] };
    const timed = async (way: 'long' | 'short') => {
      const { time, cost } = await measure(
        postgres,
        pairs.map((pair) => pair[way]),
        duration,
      );
      times[way].push(time);
      return cost;
    };
    const costs = await takeTurns(bench.rounds, {
      long: () => timed('long'),
      short: () => timed('short'),
    });
    const reference = `${short.toLocaleString('en')} posts`;
    findings.push(
      {
        name: `${label}, processor time`,
        unit: 'ms',
        ours: costs.long,
        reference: { name: reference, values: costs.short },
        goal: isAsMuch && !isGrowing ? { atMost: 1.2 } : null,
      },
      { name: label, unit: 'ms', ours: times.long, reference: { name: reference, values: times.short }, goal: null },
    );
  }
  return findings;
}

/** A question of both chains, and what each finds. */
interface Pair {
  long: () => Promise<number>;
  short: () => Promise<number>;
  inLong: number;
  inShort: number;
}

async function pairUp(askLong: Ask, askShort: Ask): Promise<Pair> {
  const least = Math.min(await askShort(PAGE_SIZE), await askLong(PAGE_SIZE));
  // A page reads one row more than its size. Both reads end at that row when the size is one less than either holds.
  const size = least < PAGE_SIZE ? Math.max(least - 1, 1) : PAGE_SIZE;
  const [long, short] = [() => askLong(size), () => askShort(size)];
  return { long, short, inLong: await long(), inShort: await short() };
}

const sumOf = (pairs: Pair[], which: 'inLong' | 'inShort') =>
  pairs.reduce((sum, pair) => sum + pair[which], 0).toLocaleString('en');

async function openFilled(
  bench: Bench,
  postgres: OwnPostgres,
  database: string,
  posts: number,
): Promise<CopyQuestion[]> {
  const [url, started] = [postgres.url(database), performance.now()];
  await postgres.query('postgres', `CREATE DATABASE ${database}`);
  await fillCopy(url, { posts, postsABlock: POSTS_A_BLOCK, steady: STEADY_POSTS });
  // What autovacuum does sooner or later.
  await postgres.query(database, 'VACUUM ANALYZE');
  bench.say(`filled with ${posts} posts in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  const skeletonOf = (name: string) => name;
  const options = { url, readUrl: url, genesis: GENESIS.hash, poolSize: 1, statementTimeout: 0, skeletonOf };
  const store = await openServed({ ...options, warn: bench.say });
  bench.onEnd(() => store.close());
  return copyQuestions(store.reader);
}

/** Milliseconds of a question, in the middle of many, and milliseconds of processor time that one takes, PostgreSQL's included. */
async function measure(postgres: OwnPostgres, asks: (() => Promise<unknown>)[], duration: number) {
  for (let i = 0; i < WARMING; i++) for (const ask of asks) await ask();
  const times: number[] = [];
  const [start, before, own] = [performance.now(), processorSeconds(postgres.pid), process.cpuUsage()];
  while (performance.now() - start < duration)
    for (const ask of asks) {
      const asked = performance.now();
      await ask();
      times.push(performance.now() - asked);
    }
  // The kernel counts in hundredths of a second.
  const database = 1_000 * Math.max(processorSeconds(postgres.pid) - before, 0.01);
  const { user, system } = process.cpuUsage(own);
  const cost = (database + (user + system) / 1_000) / times.length;
  return { time: quantile(times, 0.5), cost };
}
