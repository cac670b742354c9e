import { useEffect, useState } from 'react';
import { markSeen, useAnswers } from '../data/answers.ts';
import type { Post } from '../data/feed/board.ts';
import { useNames } from '../data/keys/identities.ts';
import { useLive } from '../data/useLive.ts';
import { PostsByIdDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { Title } from '../ui/Title.tsx';
import { PostList } from './Posts.tsx';

/** Answers to this browser's names, and posts that name them: first what is new since the last visit. */
export function AnswersPage() {
  const t = useText();
  const names = useNames();
  const { posts, seen } = useAnswers();
  // New answers stay under their heading while the page is open.
  const [before] = useState(seen);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what arrives while the page is looked at is seen, too
  useEffect(markSeen, [posts]);
  const ids = posts.map(({ id }) => id);
  const { data } = useLive(PostsByIdDocument, { ids }, 'posts', ids.length === 0);
  const current = new Map(data?.transactionsById.flatMap((post) => (post ? [[post.id, post] as const] : [])));
  const shown = posts.map((post) => current.get(post.id) ?? post);
  return (
    <>
      <Title>{t.answers}</Title>
      <p className="lead">{t.answersLead}</p>
      {posts.length === 0 && <p className="empty">{names.length === 0 ? t.answersNeedName : t.noAnswers}</p>}
      <Part title={t.sinceLastVisit} posts={shown.filter(({ id }) => !before.has(id))} />
      <Part title={t.seenBefore} posts={shown.filter(({ id }) => before.has(id))} />
    </>
  );
}

function Part({ title, posts }: { title: string; posts: readonly Post[] }) {
  if (posts.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <PostList posts={posts} />
    </section>
  );
}
