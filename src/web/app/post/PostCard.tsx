import { memo, type ReactNode, useId, useState } from 'react';
import { Link } from 'wouter';
import type { Note, Place, Post } from '../data/feed/board.ts';
import { useProof } from '../data/proof/useProof.ts';
import { useText } from '../i18n/language.ts';
import { Boundary } from '../ui/Boundary.tsx';
import { Icon } from '../ui/Icon.tsx';
import { authorPath, postPath, topicPath } from '../ui/paths.ts';
import { Hash } from '../ui/text/Hash.tsx';
import { Name } from '../ui/text/Name.tsx';
import { Time } from '../ui/text/Time.tsx';
import { Content } from './Content.tsx';
import { Edited } from './Edited.tsx';
import { MasonMark } from './MasonMark.tsx';
import { Proof, ProofWord } from './Proof.tsx';
import { Status } from './Status.tsx';
import { Stratum } from './Stratum.tsx';

interface Props {
  post: Post;
  place: Place | null;
  note?: Note | null;
  /** The post that a page is about: shown whole, with its account open. */
  isMain?: boolean;
  /** Whether the post's parent is shown above it already. */
  isBelowParent?: boolean;
  /** What the operator can do with it. */
  tools?: ReactNode;
  /** The post's place in the feed, from 1. */
  position?: number;
  /** Whether a block ends above it. */
  isTopOfBlock?: boolean;
}

/** A post that is not on the chain is painted; one that is, is cut. */
export const PostCard = memo(function PostCard(props: Props) {
  const t = useText();
  return (
    <Boundary instead={<article className="post alarm">{t.brokenPost}</article>}>
      <Card {...props} />
    </Boundary>
  );
});

function Card({
  post,
  place,
  note = null,
  isMain = false,
  isBelowParent = false,
  tools,
  position,
  isTopOfBlock = false,
}: Props) {
  const t = useText();
  const verdict = useProof(post, place?.hash ?? null);
  // On a phone the account of a proof would hide what follows: its one line opens it.
  const [isOpen, setOpen] = useState(() => isMain && !matchMedia('(max-width: 40rem)').matches);
  const heading = useId();
  const look = verdict?.kind === 'failed' ? 'false' : note?.kind === 'dropped' ? 'dropped' : place ? 'cut' : 'pending';
  const isOld = post.supersededBy !== null;
  return (
    <article
      className={`post ${look}${isOld ? ' replaced' : ''}`}
      aria-labelledby={heading}
      data-id={post.id}
      tabIndex={position === undefined ? -1 : 0}
      {...(position === undefined ? {} : { 'aria-posinset': position, 'aria-setsize': -1 })}
    >
      {isTopOfBlock && place && <Stratum place={place} />}
      <Link className="mark-link" href={authorPath(post.author)} tabIndex={-1} aria-hidden="true">
        <MasonMark publicKey={post.publicKey} />
      </Link>
      <header id={heading}>
        <Link className="author" href={authorPath(post.author)}>
          <Name>{post.author}</Name>
        </Link>
        <Hash>{post.publicKey}</Hash>
        <Link className="when" href={postPath(post.id)}>
          <Time at={post.timestamp} note={t.asClaimed} exact={isMain} />
        </Link>
      </header>
      {post.replyTo && !isMain && !isBelowParent && <Parent post={post} />}
      <Edited post={post} isMain={isMain} />
      <Content post={post} isWhole={isMain} />
      <Topics topics={post.topics} />
      <footer>
        <Status place={place} note={note} />
        <ProofWord verdict={verdict} isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />
        {!isMain && (
          <Link className="answers" href={postPath(post.id)}>
            <Icon name="reply" />
            {post.replies.totalCount === 0 ? t.reply : t.replies(post.replies.totalCount)}
          </Link>
        )}
      </footer>
      {isOpen && <Proof post={post} place={place} verdict={verdict} />}
      {tools}
    </article>
  );
}

function Parent({ post: { parent, replyTo } }: { post: Post }) {
  const t = useText();
  return (
    <p className="parent">
      <Icon name="answer" />
      <Link href={postPath(replyTo ?? '')}>
        {parent ? (
          <>
            {t.inAnswerTo} <Name>{parent.author}</Name>
          </>
        ) : (
          t.inAnswer
        )}
      </Link>
    </p>
  );
}

function Topics({ topics }: { topics: readonly string[] }) {
  const t = useText();
  if (topics.length === 0) return null;
  return (
    <ul className="topics" aria-label={t.topics}>
      {topics.map((topic) => (
        <li key={topic}>
          <Link href={topicPath(topic)}>
            <Name>{topic}</Name>
          </Link>
        </li>
      ))}
    </ul>
  );
}
