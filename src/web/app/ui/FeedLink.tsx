import { useText } from '../i18n/language.ts';
import { Icon } from './Icon.tsx';
import { feedPath } from './paths.ts';

/** Leads to the feed of a page. */
export function FeedLink({ page }: { page: string }) {
  const t = useText();
  return (
    <p className="feed-link">
      <a href={feedPath(page)} type="application/atom+xml">
        <Icon name="follow" />
        {t.followByFeed}
      </a>
    </p>
  );
}
