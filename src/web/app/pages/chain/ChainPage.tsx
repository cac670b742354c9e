import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { useFeedState } from '../../data/feed/useFeed.ts';
import { useFollowed } from '../../data/proof/useProof.ts';
import { useLive } from '../../data/useLive.ts';
import { type BlockLineFragment, ChainDocument, type ChainQuery } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { exponentOf, power } from '../../lib/power.ts';
import { Answer } from '../../ui/Answer.tsx';
import { Field } from '../../ui/Field.tsx';
import { useNumbers } from '../../ui/numbers.ts';
import { blockPath } from '../../ui/paths.ts';
import { Rows, Table } from '../../ui/Table.tsx';
import { Title } from '../../ui/Title.tsx';
import { Time } from '../../ui/text/Time.tsx';
import { Chart, type Series } from './Chart.tsx';
import { Reorganisations } from './Reorganisations.tsx';

/** Blocks that the pictures show. */
const SPAN = 100;

/** The chain to look at: how fast, how hard, how full; and its blocks, newest first. */
export function ChainPage() {
  const t = useText();
  const result = useLive(ChainDocument, { first: SPAN, after: null }, 'chain');
  return (
    <>
      <Title>{t.chain}</Title>
      <p className="lead">{t.chainLead}</p>
      <Answer result={result}>
        {({ chain }) => (
          <>
            <Summary count={chain.totalCount} />
            <Pictures blocks={chain.nodes} />
            <Reorganisations />
            <Blocks page={chain} />
          </>
        )}
      </Answer>
    </>
  );
}

function Summary({ count }: { count: number }) {
  const t = useText();
  const { whole } = useNumbers();
  const node = useFeedState((state) => state.node);
  const { followed } = useFollowed();
  return (
    <dl className="facts wide">
      <Field name={t.blocks}>{whole(count)}</Field>
      <Field name={t.workBehind}>{node ? power(exponentOf(node.chainWork)) : '…'}</Field>
      <Field name={t.checkedHere}>{followed ? t.ofBlocks(followed.height + 1) : '…'}</Field>
    </dl>
  );
}

function Pictures({ blocks }: { blocks: readonly BlockLineFragment[] }) {
  const t = useText();
  const { whole, compact } = useNumbers();
  const [, go] = useLocation();
  const { heights, series } = useMemo(() => {
    const ordered = [...blocks].reverse();
    // The first has no known parent to be measured from, and the wait since the network was founded says nothing.
    const first = ordered[0]?.height === 0 ? 2 : 1;
    const shown = ordered.slice(first);
    const wait = ({ time }: BlockLineFragment, index: number) =>
      (Date.parse(time) - Date.parse(ordered[index + first - 1]?.time ?? time)) / 1000;
    const all: Series[] = [
      { title: t.chartTimes, kind: 'bars', values: shown.map(wait), say: (value) => t.seconds(whole(value)) },
      { title: t.chartPosts, kind: 'bars', values: shown.map((block) => block.transactionCount), say: t.postCount },
      { title: t.chartDifficulty, kind: 'steps', values: shown.map((block) => block.difficulty), say: compact },
      {
        title: t.chartWork,
        kind: 'line',
        values: shown.map((block) => Number(BigInt(`0x${block.chainWork}`))),
        say: (value) => power(Math.log2(value)),
      },
    ];
    return { heights: shown.map(({ height }) => height), series: all };
  }, [blocks, t, whole, compact]);
  if (heights.length === 0) return null;
  return (
    <section className="charts" aria-label={t.pictures}>
      {series.map((each) => (
        <Chart key={each.title} heights={heights} series={each} onPick={(height) => go(blockPath(height))} />
      ))}
    </section>
  );
}

type BlocksPage = ChainQuery['chain'];

function Blocks({ page }: { page: BlocksPage }) {
  const t = useText();
  const columns = [
    { name: t.height },
    { name: t.time },
    { name: t.posts },
    { name: t.size, isRoomy: true },
    { name: t.difficulty, isRoomy: true },
    { name: t.hash },
  ];
  return (
    <Table caption={t.blocks} columns={columns}>
      <BlockRows page={page} />
    </Table>
  );
}

function BlockRows({ page }: { page: BlocksPage }) {
  return (
    <Rows
      page={page}
      row={(block) => <BlockRow key={block.hash} block={block} />}
      next={(after) => <More after={after} />}
    />
  );
}

function More({ after }: { after: string }) {
  const { data } = useLive(ChainDocument, { first: SPAN, after }, 'chain');
  return data ? <BlockRows page={data.chain} /> : null;
}

function BlockRow({ block: { hash, height, time, transactionCount, size, difficulty } }: { block: BlockLineFragment }) {
  const { whole, bytes, compact } = useNumbers();
  return (
    <tr>
      <th scope="row">
        <Link href={blockPath(hash)}>{whole(height)}</Link>
      </th>
      <td>
        <Time at={time} />
      </td>
      <td>{whole(transactionCount)}</td>
      <td className="roomy">{bytes(size)}</td>
      <td className="roomy">{compact(difficulty)}</td>
      <td>
        <code>{hash.slice(0, 12)}</code>
      </td>
    </tr>
  );
}
