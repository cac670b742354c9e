import { useState } from 'react';
import { useFeed, useFeedState } from '../../data/feed/useFeed.ts';
import { useText } from '../../i18n/language.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Title } from '../../ui/Title.tsx';
import { Composer } from '../../write/Composer.tsx';
import { FeedList } from './FeedList.tsx';

/** The feed, and where one writes. */
export function FeedPage() {
  const t = useText();
  const isRead = useFeedState((state) => state.isRead);
  const isEmpty = useFeedState(({ shown }) => shown.length === 0);

  return (
    <>
      <Title isSeen={false}>{t.feed}</Title>
      <Composer target="feed" replyTo={null} />
      <NewPosts />
      <Rest />
      {!isEmpty && <FeedList />}
      {isEmpty && (isRead ? <FirstSteps /> : <p className="empty">{t.reading}</p>)}
    </>
  );
}

/** Explains the board to first visitors. */
function FirstSteps() {
  const t = useText();
  return (
    <>
      <p className="empty">{t.emptyFeed}</p>
      <ol className="first-steps">
        {t.howItWorks.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </>
  );
}

/** New posts wait behind this bar while one reads further down. */
function NewPosts() {
  const t = useText();
  const waiting = useFeedState((state) => state.waiting);
  if (waiting === 0) return null;
  // New posts are inserted when the reader has arrived at the top.
  const show = () => {
    scrollTo({ top: 0 });
    document.getElementById('main')?.focus({ preventScroll: true });
  };
  return (
    <button type="button" className="new-posts" onClick={show}>
      <Icon name="up" />
      {t.newPosts(waiting)}
    </button>
  );
}

/** Says when not all pending posts are shown. It neither comes nor goes while one reads further down: the text would move. */
function Rest() {
  const t = useText();
  const feed = useFeed();
  const pool = useFeedState(({ node }) => node?.pool.count ?? 0);
  const shown = useFeedState(() => feed.board.pendingIds().length);
  const isHeld = useFeedState(() => feed.board.isHeld);
  const [said, say] = useState('');
  const due = pool > shown && shown > 0 ? t.pendingShown(shown, pool) : '';
  if (!isHeld && said !== due) say(due);
  return said && <p className="rest">{said}</p>;
}
