import { useState } from 'react';
import { Link } from 'wouter';
import { useLive } from '../../data/useLive.ts';
import { AuthorsDocument, type AuthorsQuery, type TotalOrder } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { MasonMark } from '../../post/MasonMark.tsx';
import { Answer } from '../../ui/Answer.tsx';
import { useNumbers } from '../../ui/numbers.ts';
import { authorPath, blockPath } from '../../ui/paths.ts';
import { Rows, Table } from '../../ui/Table.tsx';
import { Title } from '../../ui/Title.tsx';
import { Name } from '../../ui/text/Name.tsx';
import { Time } from '../../ui/text/Time.tsx';
import { OrderPicker } from './OrderPicker.tsx';

type Page = AuthorsQuery['authors'];

/** Everybody who has posts on the chain. */
export function AuthorsPage() {
  const t = useText();
  const [order, setOrder] = useState<TotalOrder>('MOST_POSTS');
  const result = useLive(AuthorsDocument, { order, after: null }, 'chain');
  const columns = [{ name: t.author }, { name: t.posts, isNumber: true }, { name: t.boundSince, isRoomy: true }];
  return (
    <>
      <Title>{t.authors}</Title>
      <p className="lead">{t.authorsLead}</p>
      <OrderPicker order={order} onChoose={setOrder} />
      <Answer result={result}>
        {({ authors }) =>
          authors.nodes.length === 0 ? (
            <p className="empty">{t.emptyFeed}</p>
          ) : (
            <Table caption={t.authors} columns={columns}>
              <Authors key={order} page={authors} order={order} />
            </Table>
          )
        }
      </Answer>
    </>
  );
}

function Authors({ page, order }: { page: Page; order: TotalOrder }) {
  return (
    <Rows
      page={page}
      row={(author) => <Row key={author.name} author={author} />}
      next={(after) => <More after={after} order={order} />}
    />
  );
}

function More({ after, order }: { after: string; order: TotalOrder }) {
  const { data } = useLive(AuthorsDocument, { order, after }, 'chain');
  return data ? <Authors page={data.authors} order={order} /> : null;
}

function Row({ author: { name, publicKey, postCount, since } }: { author: Page['nodes'][number] }) {
  const t = useText();
  const { whole } = useNumbers();
  return (
    <tr>
      <th scope="row" className="words">
        <Link href={authorPath(name)} className="marked">
          <MasonMark publicKey={publicKey} size={22} />
          <Name>{name}</Name>
        </Link>
      </th>
      <td className="number">{whole(postCount)}</td>
      <td className="roomy">
        <Link href={blockPath(since.hash)}>{t.blockNumber(since.height)}</Link>, <Time at={since.time} />
      </td>
    </tr>
  );
}
