import { Link } from 'wouter';
import { ROUTES } from '../../routes.ts';
import type { Post } from '../data/feed/board.ts';
import { useText } from '../i18n/language.ts';
import { useNumbers } from '../ui/numbers.ts';
import { Time } from '../ui/text/Time.tsx';

/** What stands where a text would: nobody has given it to this node, or the operator withholds it. */
export function Absent({ post: { withheld, contentState, size } }: { post: Post }) {
  const t = useText();
  const { whole } = useNumbers();
  if (!withheld) return <p className="content withheld">{t.sealedHere(whole(size))}</p>;
  return (
    <p className="content withheld">
      <Link href={ROUTES.withholdings}>{contentState === 'ERASED' ? t.erasedHere : t.withheldHere}</Link>{' '}
      <Time at={withheld.at} />
      {t.fullStop} {t.reasonGiven} <bdi>{withheld.reason}</bdi>
    </p>
  );
}
