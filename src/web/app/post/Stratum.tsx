import { Link } from 'wouter';
import type { Place } from '../data/feed/board.ts';
import { useText } from '../i18n/language.ts';
import { blockPath } from '../ui/paths.ts';
import { Time } from '../ui/text/Time.tsx';

/** The bed joint between two courses of stone: here one block ends and the one below it begins. */
export function Stratum({ place: { height, hash, time } }: { place: Place }) {
  const t = useText();
  return (
    <p className="stratum">
      <Link href={blockPath(hash)}>{t.blockNumber(height)}</Link>
      <Time at={time} />
    </p>
  );
}
