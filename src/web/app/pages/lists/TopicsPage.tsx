import { Link } from 'wouter';
import { TopicsDocument, type TopicsQuery } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { useNumbers } from '../../ui/numbers.ts';
import { authorPath, postPath, topicPath } from '../../ui/paths.ts';
import { Name } from '../../ui/text/Name.tsx';
import { Time } from '../../ui/text/Time.tsx';
import { TotalsPage } from './TotalsPage.tsx';

type Topic = TopicsQuery['topics']['nodes'][number];

/** What the posts on the chain are about. */
export function TopicsPage() {
  const t = useText();
  return (
    <TotalsPage
      document={TopicsDocument}
      pageOf={({ topics }) => topics}
      title={t.topics}
      lead={t.topicsLead}
      empty={t.noTopics}
      columns={[{ name: t.topic }, { name: t.posts, isNumber: true }, { name: t.latestPost, isRoomy: true }]}
      row={(topic) => <Row key={topic.name} topic={topic} />}
    />
  );
}

function Row({ topic: { name, postCount, posts } }: { topic: Topic }) {
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
