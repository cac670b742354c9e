import { useEffect, useRef } from 'react';
import { useFeedState } from '../data/feed/useFeed.ts';
import { useText } from '../i18n/language.ts';

/** In place of a page that broke, that belongs to an earlier version of the node, or that cannot be loaded now. */
export function Broken() {
  const t = useText();
  const isLost = useFeedState(({ connection }) => connection === 'lost') || !navigator.onLine;
  const wasLost = useRef(isLost);
  useEffect(() => {
    if (isLost) wasLost.current = true;
    else if (wasLost.current) location.reload();
  }, [isLost]);
  useEffect(() => {
    const loadAgain = () => location.reload();
    addEventListener('online', loadAgain);
    return () => removeEventListener('online', loadAgain);
  }, []);
  return (
    <p className="alarm" role="alert">
      {isLost ? t.offline : t.broken}{' '}
      <button type="button" className="plain" onClick={() => location.reload()}>
        {t.reload}
      </button>
    </p>
  );
}
