import { Link } from 'wouter';
import { useLive } from '../data/useLive.ts';
import { WithholdingsDocument, type WithholdingsQuery } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { Answer } from '../ui/Answer.tsx';
import { postPath } from '../ui/paths.ts';
import { Rows, Table } from '../ui/Table.tsx';
import { Title } from '../ui/Title.tsx';
import { Time } from '../ui/text/Time.tsx';

type Register = WithholdingsQuery['withholdings'];
type Decision = Register['nodes'][number];

/** The public register: which texts the operator has decided to withhold or to serve again, when and why. */
export function WithholdingsPage() {
  const t = useText();
  const result = useLive(WithholdingsDocument, { after: null }, 'clock');
  const columns = [{ name: t.time }, { name: t.post }, { name: t.decision }];
  return (
    <>
      <Title>{t.withholdings}</Title>
      <p className="lead">{t.withholdingsLead}</p>
      <Answer result={result}>
        {({ withholdings }) =>
          withholdings.totalCount === 0 ? (
            <p className="empty">{t.nothingWithheld}</p>
          ) : (
            <Table caption={t.withholdings} columns={columns}>
              <Decisions page={withholdings} />
            </Table>
          )
        }
      </Answer>
    </>
  );
}

function Decisions({ page }: { page: Register }) {
  return (
    <Rows
      page={page}
      row={(decision) => <Row key={`${decision.at} ${decision.transactionId}`} decision={decision} />}
      next={(after) => <More after={after} />}
    />
  );
}

function More({ after }: { after: string }) {
  const { data } = useLive(WithholdingsDocument, { after }, 'clock');
  return data ? <Decisions page={data.withholdings} /> : null;
}

function Row({ decision: { transactionId, action, reason, erased, at } }: { decision: Decision }) {
  const t = useText();
  return (
    <tr>
      <th scope="row">
        <Time at={at} />
      </th>
      <td>
        <Link href={postPath(transactionId)}>
          <code>{transactionId.slice(0, 12)}</code>
        </Link>
      </td>
      <td className="words">
        {action === 'RESTORE' ? t.servedAgain : erased ? t.erased : t.withheld}
        {reason && (
          <p className="about">
            <bdi>{reason}</bdi>
          </p>
        )}
      </td>
    </tr>
  );
}
