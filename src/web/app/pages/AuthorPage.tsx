import { Link } from 'wouter';
import { blockPath } from '../chrome/paths.ts';
import { Title } from '../chrome/Title.tsx';
import { AuthorDocument, type AuthorQuery } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { MasonMark } from '../post/MasonMark.tsx';
import { Copy } from '../text/Copy.tsx';
import { legible } from '../text/legible.ts';
import { Name } from '../text/Name.tsx';
import { Time } from '../text/Time.tsx';
import { Answer } from './Answer.tsx';
import { FilteredPosts } from './Posts.tsx';
import { useLive } from './useLive.ts';

/** A name: whose it is, since when, and what was written under it. */
export function AuthorPage({ name }: { name: string }) {
  const t = useText();
  const result = useLive(AuthorDocument, { name, publicKey: null });
  return (
    <>
      <Title text={legible(name)}>
        <Name>{name}</Name>
      </Title>
      <Answer result={result}>
        {({ author }) => (author ? <Owner author={author} /> : <p className="lead">{t.nameFree}</p>)}
      </Answer>
      <FilteredPosts filter={{ author: name }} none={t.noPostsBy} />
    </>
  );
}

function Owner({ author: { publicKey, since } }: { author: NonNullable<AuthorQuery['author']> }) {
  const t = useText();
  return (
    <div className="owner">
      <MasonMark publicKey={publicKey} size={72} />
      <dl className="digits">
        <dt>{t.key}</dt>
        <dd>
          <code>{publicKey}</code> <Copy text={publicKey} />
        </dd>
        <dt>{t.boundSince}</dt>
        <dd>
          <Link href={blockPath(since.hash)}>{t.blockNumber(since.height)}</Link>, <Time at={since.time} />
        </dd>
      </dl>
    </div>
  );
}
