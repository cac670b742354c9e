import { Link } from 'wouter';
import { useLive } from '../data/useLive.ts';
import { AuthorDocument, type AuthorQuery, BindingDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { legible } from '../lib/legible.ts';
import { MasonMark } from '../post/MasonMark.tsx';
import { Answer } from '../ui/Answer.tsx';
import { FeedLink } from '../ui/FeedLink.tsx';
import { authorPath, blockPath } from '../ui/paths.ts';
import { Title } from '../ui/Title.tsx';
import { Copy } from '../ui/text/Copy.tsx';
import { Name } from '../ui/text/Name.tsx';
import { Time } from '../ui/text/Time.tsx';
import { FilteredPosts } from './Posts.tsx';

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
      <FeedLink page={authorPath(name)} />
      <FilteredPosts filter={{ author: name }} none={t.noPostsBy} />
    </>
  );
}

function Owner({ author: { name, publicKey, since } }: { author: NonNullable<AuthorQuery['author']> }) {
  const t = useText();
  const binding = useLive(BindingDocument, { name, publicKey }).data?.transactions.nodes[0];
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
          <Link href={blockPath(since.hash)}>{t.blockNumber(since.height)}</Link> · <Time at={since.time} />
        </dd>
        <dt>{t.succession}</dt>
        <dd>{binding && (binding.successor === null ? t.hasNoSuccessor : t.hasSuccessor)}</dd>
      </dl>
    </div>
  );
}
