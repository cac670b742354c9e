import { useText } from '../i18n/language.ts';
import { legible } from '../lib/legible.ts';
import { FeedLink } from '../ui/FeedLink.tsx';
import { topicPath } from '../ui/paths.ts';
import { Title } from '../ui/Title.tsx';
import { Name } from '../ui/text/Name.tsx';
import { FilteredPosts } from './Posts.tsx';

/** The posts on a topic. */
export function TopicPage({ topic }: { topic: string }) {
  const t = useText();
  return (
    <>
      <Title text={`#${legible(topic)}`}>
        <span className="hash-sign">#</span>
        <Name>{topic}</Name>
      </Title>
      <FeedLink page={topicPath(topic)} />
      <FilteredPosts filter={{ topic }} none={t.noPostsOn} />
    </>
  );
}
