import { Title } from '../chrome/Title.tsx';
import { useText } from '../i18n/language.ts';
import { legible } from '../text/legible.ts';
import { Name } from '../text/Name.tsx';
import { FilteredPosts } from './Posts.tsx';

export function TopicPage({ topic }: { topic: string }) {
  const t = useText();
  return (
    <>
      <Title text={`#${legible(topic)}`}>
        <span className="hash-sign">#</span>
        <Name>{topic}</Name>
      </Title>
      <FilteredPosts filter={{ topic }} none={t.noPostsOn} />
    </>
  );
}
