import { Link } from 'wouter';
import type { Note, Place } from '../data/feed/board.ts';
import { useFeedState } from '../data/feed/useFeed.ts';
import { useText } from '../i18n/language.ts';
import { blockPath } from '../ui/paths.ts';
import { Tally } from './Tally.tsx';

/** Where a post stands: pending, in a block under so many confirmations, detached, or dropped. */
export function Status({ place, note }: { place: Place | null; note: Note | null }) {
  const t = useText();
  const height = useFeedState(({ node }) => node?.tip.height ?? 0);
  if (note) return <span className="state">{note.kind === 'detached' ? t.detached : t.dropped(note.why)}</span>;
  if (!place) return <span className="state">{t.pending}</span>;
  const confirmations = Math.max(1, height - place.height + 1);
  return (
    <span className="state">
      <Tally count={confirmations} />
      <Link href={blockPath(place.hash)}>{t.inBlock(place.height)}</Link>
      {` · ${t.confirmations(confirmations)}`}
    </span>
  );
}
