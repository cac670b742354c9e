import { useState } from 'react';
import { Link } from 'wouter';
import { useLive } from '../../data/useLive.ts';
import { TopicsDocument, type TopicsQuery, type TotalOrder } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { Answer } from '../../ui/Answer.tsx';
import { useNumbers } from '../../ui/numbers.ts';
import { authorPath, postPath, topicPath } from '../../ui/paths.ts';
import { Rows, Table } from '../../ui/Table.tsx';
import { Title } from '../../ui/Title.tsx';
import { Name } from '../../ui/text/Name.tsx';
import { Time } from '../../ui/text/Time.tsx';
import { OrderPicker } from './OrderPicker.tsx';

type Page = TopicsQuery['topics'];

/** What the posts on the chain are about. */
export function TopicsPage() {
  const t = useText();
  const [order, setOrder] = useState<TotalOrder>('MOST_POSTS');
  const result = useLive(TopicsDocument, { order, after: null }, 'chain');
  const columns = [{ name: t.topic }, { name: t.posts, isNumber: true }, { name: t.latestPost, isRoomy: true }];
  return (
    <>
      <Title>{t.topics}</Title>
      <p className="lead">{t.topicsLead}</p>
      <OrderPicker order={order} onChoose={setOrder} />
      <Answer result={result}>
        {({ topics }) =>
          topics.nodes.length === 0 ? (
            <p className="empty">{t.noTopics}</p>
          ) : (
            <Table caption={t.topics} columns={columns}>
              <Topics key={order} page={topics} order={order} />
            </Table>
          )
        }
      </Answer>
    </>
  );
}

function Topics({ page, order }: { page: Page; order: TotalOrder }) {
  return (
    <Rows
      page={page}
      row={(topic) => <Row key={topic.name} topic={topic} />}
      next={(after) => <More after={after} order={order} />}
    />
  );
}

function More({ after, order }: { after: string; order: TotalOrder }) {
  const { data } = useLive(TopicsDocument, { order, after }, 'chain');
  return data ? <Topics page={data.topics} order={order} /> : null;
}

function Row({ topic: { name, postCount, posts } }: { topic: Page['nodes'][number] }) {
  const { whole } = useNumbers();
  const [latest] = posts.nodes;
  return (
    <tr>
      <th scope="row" className="words">
        <Link href={topicPath(name)}>
          <span className="hash-sign">#</span>
          <Name>{name}</Name>
        </Link>
      </th>
      <td className="number">{whole(postCount)}</td>
      <td className="roomy words">
        {latest && (
          <>
            <Link href={postPath(latest.id)}>
              <Time at={latest.block?.time ?? latest.timestamp} />
            </Link>
            {' · '}
            <Link href={authorPath(latest.author)}>
              <Name>{latest.author}</Name>
            </Link>
          </>
        )}
      </td>
    </tr>
  );
}
