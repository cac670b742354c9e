import { Suspense, useMemo } from 'react';
import { placeOf } from '../data/feed/board.ts';
import { useFeed, useFeedState } from '../data/feed/useFeed.ts';
import { useLive } from '../data/useLive.ts';
import { type PostFragment, ThreadDocument, type ThreadQuery } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { lazily } from '../lib/lazily.ts';
import { legible } from '../lib/legible.ts';
import { PostCard } from '../post/PostCard.tsx';
import { Answer } from '../ui/Answer.tsx';
import { FeedLink } from '../ui/FeedLink.tsx';
import { postPath } from '../ui/paths.ts';
import { Title } from '../ui/Title.tsx';
import { Name } from '../ui/text/Name.tsx';
import { Composer } from '../write/Composer.tsx';
import { Moderation } from '../write/Moderation.tsx';
import { NewVersion } from '../write/NewVersion.tsx';
import { Reveal } from '../write/Reveal.tsx';
import { NotFound } from './NotFound.tsx';
import { PostList } from './Posts.tsx';
import { Replies } from './Replies.tsx';

/** The code that compares texts is loaded when there are two versions. */
const Versions = lazily(() => import('../post/Versions.tsx'), 'Versions');

const ID = /^[0-9a-f]{64}$/;

/** A post with what it answers above it and what answers it below. */
export function ThreadPage({ id }: { id: string }) {
  return ID.test(id) ? <Thread id={id} /> : <NotFound />;
}

function Thread({ id }: { id: string }) {
  const t = useText();
  const result = useLive(ThreadDocument, { id });
  return (
    <Answer result={result}>
      {({ transaction, transactionStatus }) =>
        transaction ? (
          <>
            <Title text={t.postBy(legible(transaction.author))}>
              {t.postByBefore} <Name>{transaction.author}</Name> {t.postByAfter}
            </Title>
            <Above post={transaction} />
            <Main post={transaction} />
            {(transaction.supersedes ?? transaction.supersededBy) !== null && (
              <Suspense>
                <Versions post={transaction} />
              </Suspense>
            )}
            <Composer target={id} replyTo={transaction} />
            <Replies id={id} depth={0} />
            <FeedLink page={postPath(id)} />
          </>
        ) : (
          <Gone status={transactionStatus} />
        )
      }
    </Answer>
  );
}

type ThreadPost = NonNullable<ThreadQuery['transaction']>;

/** The posts that led here, the first on top. */
function Above({ post }: { post: ThreadPost }) {
  const above = useMemo(() => {
    const posts: PostFragment[] = [];
    type Linked = PostFragment & { parent?: Linked | null };
    for (let at = post.parent as Linked | null | undefined; at; at = at.parent) if (at.statement) posts.unshift(at);
    return posts;
  }, [post]);
  if (above.length === 0) return null;
  return (
    <div className="above">
      <PostList posts={above} />
    </div>
  );
}

function Main({ post }: { post: PostFragment }) {
  const feed = useFeed();
  // The feed remembers what a post went through; the query only knows where it is.
  const note = useFeedState(() => feed.board.get(post.id)?.note ?? null);
  const place = placeOf(post);
  return (
    <div className="main-post">
      <PostCard post={post} place={place} note={place ? null : note} isMain tools={<Tools post={post} />} />
    </div>
  );
}

function Tools({ post }: { post: PostFragment }) {
  return (
    <>
      <Reveal post={post} />
      <NewVersion post={post} />
      <Moderation post={post} />
    </>
  );
}

function Gone({ status: { state, message } }: { status: ThreadQuery['transactionStatus'] }) {
  const t = useText();
  return (
    <>
      <Title>{t.noPost}</Title>
      <p className="lead">{state === 'UNKNOWN' ? t.postUnknown : t.dropped(message ?? '')}</p>
    </>
  );
}
