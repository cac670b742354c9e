import type { News } from '../data/feed/feedState.ts';
import { useFeedState } from '../data/feed/useFeed.ts';
import type { Text } from '../i18n/en.ts';
import { useText } from '../i18n/language.ts';
import { legible } from '../lib/legible.ts';

/** Announces what arrives to people who do not see the page, one thing at a time. */
export function LiveRegion() {
  const t = useText();
  const news = useFeedState((state) => state.news);
  return (
    <p className="unseen-text" role="status" aria-live="polite">
      {news && textOf(news, t)}
    </p>
  );
}

function textOf(news: News, t: Text): string {
  if (news.kind === 'arrived') return t.newsArrived(legible(news.author));
  return news.kind === 'attached' ? t.newsAttached(news.count, news.height) : t.newsDetached(news.count);
}
