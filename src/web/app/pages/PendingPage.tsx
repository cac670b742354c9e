import { useFeedState } from '../data/feed/useFeed.ts';
import { useLive } from '../data/useLive.ts';
import { PendingDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { Answer } from '../ui/Answer.tsx';
import { Field } from '../ui/Field.tsx';
import { useNumbers } from '../ui/numbers.ts';
import { Title } from '../ui/Title.tsx';
import { MineButton } from '../write/Mining.tsx';
import { NextBlock } from '../write/NextBlock.tsx';
import { Page } from './Posts.tsx';

/** The pool: what waits to be cut, in the order in which it will be. */
export function PendingPage() {
  const t = useText();
  const { whole, bytes } = useNumbers();
  const pool = useFeedState(({ node }) => node?.pool);
  const isOperator = useFeedState(({ node }) => node?.isOperator ?? false);
  return (
    <>
      <Title>{t.pendingPage}</Title>
      <p className="lead">{t.pendingLead}</p>
      {pool && (
        <dl className="facts wide">
          <Field name={t.posts}>
            {whole(pool.count)} <small>/ {whole(pool.maxCount)}</small>
          </Field>
          <Field name={t.size}>
            {bytes(pool.bytes)} <small>/ {bytes(pool.maxBytes)}</small>
          </Field>
          <Field name={t.workAsked}>{t.bits(pool.minimumWork)}</Field>
        </dl>
      )}
      <NextBlock />
      {isOperator && <MineButton />}
      <Pending after={null} />
    </>
  );
}

function Pending({ after }: { after: string | null }) {
  const t = useText();
  const result = useLive(PendingDocument, { after });
  return (
    <Answer result={result}>
      {({ pendingTransactions }) => (
        <>
          {pendingTransactions.nodes.length === 0 && !after && <p className="empty">{t.nothingPending}</p>}
          <Page page={pendingTransactions} next={(cursor) => <Pending after={cursor} />} />
        </>
      )}
    </Answer>
  );
}
