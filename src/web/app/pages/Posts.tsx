/** Lists of posts on pages: each page of a list is a query of its own, so that all of them stay true. */
import { type ReactNode, useState } from 'react';
import { placeOf } from '../data/feed/board.ts';
import { useLive } from '../data/useLive.ts';
import { type PostFragment, PostsDocument, type TransactionFilter } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { PostCard } from '../post/PostCard.tsx';
import { Answer } from '../ui/Answer.tsx';
import type { RowsPage } from '../ui/Table.tsx';

export function PostList({ posts }: { posts: readonly PostFragment[] }) {
  return posts.map((post) => <PostCard key={post.id} post={post} place={placeOf(post)} />);
}

interface PageProps {
  page: RowsPage<PostFragment>;
  next(after: string): ReactNode;
  /** Renders the posts of the list. */
  show?: (posts: readonly PostFragment[]) => ReactNode;
}

const plainly = (posts: readonly PostFragment[]): ReactNode => <PostList posts={posts} />;

/** A page, and behind it the next when it is wanted. */
export function Page({ page, next, show = plainly }: PageProps) {
  const t = useText();
  const [isWanted, setWanted] = useState(false);
  const { hasNextPage, endCursor } = page.pageInfo;
  return (
    <>
      {show(page.nodes)}
      {hasNextPage && !isWanted && (
        <p className="end">
          <button type="button" onClick={() => setWanted(true)}>
            {t.more}
          </button>
        </p>
      )}
      {hasNextPage && isWanted && endCursor && next(endCursor)}
    </>
  );
}

/** The posts that match, newest first. */
export function FilteredPosts({
  filter,
  after = null,
  none,
}: {
  filter: TransactionFilter;
  after?: string | null;
  none: string;
}) {
  const result = useLive(PostsDocument, { filter, after });
  return (
    <Answer result={result}>
      {({ transactions }) => (
        <>
          {transactions.nodes.length === 0 && !after && <p className="empty">{none}</p>}
          <Page page={transactions} next={(cursor) => <FilteredPosts filter={filter} after={cursor} none={none} />} />
        </>
      )}
    </Answer>
  );
}
