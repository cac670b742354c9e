/** The replies to a post and to its replies: a tree with branches that fold. */
import { useState } from 'react';
import { placeOf } from '../data/feed/board.ts';
import { usePendingPosts } from '../data/feed/useFeed.ts';
import { useLive } from '../data/useLive.ts';
import { type PostFragment, RepliesDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { PostCard } from '../post/PostCard.tsx';
import { Answer } from '../ui/Answer.tsx';
import { Page } from './Posts.tsx';

/** Levels that are open to begin with. Each branch is a question to the node. */
const OPEN_LEVELS = 3;

/** Branches that the reader has folded or opened: they are shown so again when the reader comes back. */
const turned = new Map<string, boolean>();

interface Props {
  /** The id of the post that is answered. */
  id: string;
  /** The depth below the page's post: 0 for its direct replies. */
  depth: number;
  after?: string | null;
}

/** Replies on the chain, oldest first, and below them those that are pending. */
export function Replies({ id, depth, after = null }: Props) {
  const t = useText();
  const result = useLive(RepliesDocument, { id, after });
  const pending = usePendingPosts(({ replyTo }) => replyTo === id);
  const show = (posts: readonly PostFragment[]) =>
    posts.map((post) => <Branch key={post.id} post={post} depth={depth} />);
  return (
    <Answer result={result}>
      {({ transaction }) => {
        const replies = transaction?.replies;
        if (!replies) return null;
        const shown = new Set(replies.nodes.map((reply) => reply.id));
        return (
          <section className="replies" aria-label={t.repliesTitle}>
            <Page page={replies} show={show} next={(cursor) => <Replies id={id} depth={depth} after={cursor} />} />
            {!after && show(pending.filter((reply) => !shown.has(reply.id)))}
          </section>
        );
      }}
    </Answer>
  );
}

function Branch({ post, depth }: { post: PostFragment; depth: number }) {
  const t = useText();
  const [isOpen, setOpen] = useState(turned.get(post.id) ?? depth + 1 < OPEN_LEVELS);
  const pending = usePendingPosts(({ replyTo }) => replyTo === post.id);
  const count = post.replies.totalCount + pending.length;
  const turn = () => {
    turned.set(post.id, !isOpen);
    setOpen(!isOpen);
  };
  return (
    <div className="branch">
      <PostCard post={post} place={placeOf(post)} isBelowParent />
      {count > 0 && (
        <>
          <button type="button" className="plain turn-branch" aria-expanded={isOpen} onClick={turn}>
            {isOpen ? t.foldReplies : t.openReplies(count)}
          </button>
          {isOpen && <Replies id={post.id} depth={depth + 1} />}
        </>
      )}
    </div>
  );
}
