import { Link } from 'wouter';
import { blockPath } from '../chrome/paths.ts';
import type { Place } from '../feed/board.ts';
import { useText } from '../i18n/language.ts';
import { Time } from '../text/Time.tsx';

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
