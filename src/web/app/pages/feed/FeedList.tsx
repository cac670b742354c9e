/**
 * The list itself: only what is near the view is in the document, and texts far from it are let go of, so that a reader
 * can go down as far as the chain does.
 */
import { useWindowVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { startTransition, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useEntry, useFeed, useFeedState } from '../../data/feed/useFeed.ts';
import { seenHeight } from '../../data/visit.ts';
import { useText } from '../../i18n/language.ts';
import { PostCard } from '../../post/PostCard.tsx';

/** Rows that are kept in the document above and below the view. */
const OVERSCAN = 5;
const ESTIMATE = 190;
/** Pixels from the top within which the reader is at the top, and new posts may move what is shown. */
const TOP = 80;
/** Rows from the end at which the next page is asked for. */
const EAGERNESS = 12;

/** Where the reader was when another page was opened. */
let left: { offset: number; sizes: VirtualItem[] } = { offset: 0, sizes: [] };

export function FeedList() {
  const feed = useFeed();
  const shown = useFeedState((state) => state.shown);
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const overscan = useOverscan(shown.length > 0);
  useLayoutEffect(() => setMargin(list.current?.offsetTop ?? 0));
  const virtualizer = useWindowVirtualizer({
    count: shown.length,
    estimateSize: () => ESTIMATE,
    overscan,
    scrollMargin: margin,
    getItemKey: (index) => shown[index] ?? index,
    initialMeasurementsCache: left.sizes,
    initialOffset: left.offset,
  });
  useReturn(virtualizer);
  useEffect(() => {
    // After the virtualizer, which listens since the layout: it must know where the reader is before what is shown moves.
    const hold = () => feed.hold(scrollY > TOP);
    addEventListener('scroll', hold, { passive: true });
    return () => removeEventListener('scroll', hold);
  }, [feed]);

  const rows = virtualizer.getVirtualItems();
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => feed.look(first, last), [feed, first, last]);

  return (
    <>
      <div
        ref={list}
        className="feed"
        role="feed"
        aria-busy={shown.length === 0}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {rows.map((row) => {
          const id = shown[row.index];
          return id === undefined ? null : (
            <div
              key={row.key}
              ref={virtualizer.measureElement}
              data-index={row.index}
              className="row"
              style={{ transform: `translateY(${row.start - margin}px)` }}
            >
              <Row id={id} above={shown[row.index - 1]} position={row.index + 1} height={row.size} />
            </div>
          );
        })}
      </div>
      <Older isNear={last >= shown.length - EAGERNESS} />
    </>
  );
}

function Row({
  id,
  above,
  position,
  height,
}: {
  id: string;
  above: string | undefined;
  position: number;
  height: number;
}) {
  const t = useText();
  const entry = useEntry(id);
  const feed = useFeed();
  const before = useFeedState(() => (above === undefined ? undefined : feed.board.get(above)?.place));
  const seen = useFeedState(({ node }) => seenHeight(node?.network.genesis));
  if (!entry) return null;
  const { post, place, note } = entry;
  // The placeholder keeps the height, so that nothing below moves.
  if (!post) return <article className="gone" aria-busy="true" style={{ height }} />;
  const isSeen = (height: number | undefined) => seen !== null && height !== undefined && height <= seen;
  const isFirstSeen = above !== undefined && isSeen(place?.height) && !isSeen(before?.height);
  return (
    <>
      {isFirstSeen && <p className="seen-below">{t.seenBelow}</p>}
      <PostCard
        post={post}
        place={place}
        note={note}
        position={position}
        isTopOfBlock={place !== null && place.hash !== before?.hash}
      />
    </>
  );
}

/** The next page, asked for when the reader comes near the end. */
function Older({ isNear }: { isNear: boolean }) {
  const t = useText();
  const feed = useFeed();
  const hasOlder = useFeedState((state) => state.hasOlder);
  const count = useFeedState(({ shown }) => shown.length);
  const [failed, setFailed] = useState(false);
  const read = () => {
    setFailed(false);
    feed.readOlder().catch(() => setFailed(true));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again for each page that arrives
  useEffect(() => {
    if (isNear && hasOlder && count > 0) read();
  }, [isNear, hasOlder, count]);

  if (!hasOlder) return count > 0 ? <p className="end">{t.endOfFeed}</p> : null;
  if (!failed) return <p className="end">{t.reading}</p>;
  return (
    <p className="end" role="alert">
      {t.noAnswer}{' '}
      <button type="button" className="plain" onClick={read}>
        {t.tryAgain}
      </button>
    </p>
  );
}

/** None until the first posts are painted: what is in view comes first. */
function useOverscan(isFilled: boolean): number {
  const [overscan, setOverscan] = useState(0);
  useEffect(() => {
    if (!isFilled) return;
    const frame = requestAnimationFrame(() => startTransition(() => setOverscan(OVERSCAN)));
    return () => cancelAnimationFrame(frame);
  }, [isFilled]);
  return overscan;
}

/** Leaves the list where it was when one comes back to it. */
function useReturn(virtualizer: ReturnType<typeof useWindowVirtualizer<Element>>): void {
  useLayoutEffect(() => {
    if (left.offset > 0) scrollTo({ top: left.offset });
    return () => {
      left = { offset: virtualizer.scrollOffset ?? 0, sizes: virtualizer.measurementsCache };
    };
  }, [virtualizer]);
}
