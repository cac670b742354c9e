/** Lists of all authors and of all topics, with the numbers of their posts. */
import { type ReactNode, useState } from 'react';
import { useLive } from '../../data/useLive.ts';
import type { TotalOrder, TypedDocumentString } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { Answer } from '../../ui/Answer.tsx';
import { Picker } from '../../ui/Picker.tsx';
import { type Column, Rows, type RowsPage, Table } from '../../ui/Table.tsx';
import { Title } from '../../ui/Title.tsx';

const ORDERS: readonly TotalOrder[] = ['MOST_POSTS', 'NAME'];

interface List<Data, Item> {
  document: TypedDocumentString<Data, { order: TotalOrder; after: string | null }>;
  pageOf(data: Data): RowsPage<Item>;
  row(item: Item): ReactNode;
}

interface TotalsPageProps<Data, Item> extends List<Data, Item> {
  title: string;
  lead: string;
  /** What stands there when there are none. */
  empty: string;
  columns: readonly Column[];
}

export function TotalsPage<Data, Item>({ title, lead, empty, columns, ...list }: TotalsPageProps<Data, Item>) {
  const t = useText();
  const [order, setOrder] = useState<TotalOrder>('MOST_POSTS');
  const result = useLive(list.document, { order, after: null }, 'chain');
  return (
    <>
      <Title>{title}</Title>
      <p className="lead">{lead}</p>
      <Picker className="orders" legend={t.order} names={t.orders} values={ORDERS} value={order} onChoose={setOrder} />
      <Answer result={result}>
        {(data) =>
          list.pageOf(data).nodes.length === 0 ? (
            <p className="empty">{empty}</p>
          ) : (
            <Table caption={title} columns={columns}>
              <Page key={order} list={list} data={data} order={order} />
            </Table>
          )
        }
      </Answer>
    </>
  );
}

interface Ordered<Data, Item> {
  list: List<Data, Item>;
  order: TotalOrder;
}

function Page<Data, Item>({ data, ...of }: Ordered<Data, Item> & { data: Data }) {
  const { pageOf, row } = of.list;
  return <Rows page={pageOf(data)} row={row} next={(after) => <NextPage after={after} {...of} />} />;
}

function NextPage<Data, Item>({ after, ...of }: Ordered<Data, Item> & { after: string }) {
  const { data } = useLive(of.list.document, { order: of.order, after }, 'chain');
  return data ? <Page data={data} {...of} /> : null;
}
