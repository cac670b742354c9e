import type { ReactNode } from 'react';
import type { Answered } from '../data/query.ts';
import { useText } from '../i18n/language.ts';

/** What a query answered; or that it is being asked, or why there is no answer. What is known stays when asking again fails. */
export function Answer<Data>({
  result: { data, error },
  children,
}: {
  result: Answered<Data>;
  children(data: Data): ReactNode;
}) {
  const t = useText();
  if (data) return children(data);
  if (!error) return <p className="empty">{t.reading}</p>;
  const { code, message } = error;
  // A list that goes over to another branch: the page above this one is being read again, and gives a cursor of it.
  if (code === 'CURSOR_DETACHED') return <p className="empty">{t.reading}</p>;
  return (
    <p className="alarm" role="alert">
      {code === null ? t.noAnswer : t.refusedQuery(code)} {code !== null && <bdi>{message}</bdi>}
    </p>
  );
}
