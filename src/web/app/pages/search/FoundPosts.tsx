import { useEffect, useState } from 'react';
import { ApiError, ask } from '../../data/api/client.ts';
import { useFeedState } from '../../data/feed/useFeed.ts';
import { useLive } from '../../data/useLive.ts';
import {
  BlockPostsDocument,
  type PostFragment,
  PostsDocument,
  type TransactionFilter,
} from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { holdsAll, type Wanted } from '../../lib/search.ts';
import { useNumbers } from '../../ui/numbers.ts';
import { FilteredPosts, PostList } from '../Posts.tsx';

/** Characters that the node's index needs of one word, and takes of a text. */
const INDEXED = { least: 2, most: 200 };
/** Where the index cannot tell all: after so many posts that were read, or so many that match, the reader is asked to go on. */
const STRETCH = 1_000;
const ENOUGH = 20;
/** Blocks of a range that are shown at once. */
const BLOCKS = 20;

/** The posts that match, newest first: by the node's index as far as it goes, the rest looked through here. */
export function FoundPosts({ wanted: { words, author, topic, blocks } }: { wanted: Wanted }) {
  const t = useText();
  const narrow = { ...(author && { author }), ...(topic && { topic }) };
  const isNarrow = author !== null || topic !== null;
  const matches = (post: PostFragment) =>
    holdsAll(post.content, words) &&
    (author === null || post.author === author) &&
    (topic === null || post.topics.includes(topic));
  if (blocks) return <RangePosts {...blocks} matches={matches} />;
  if (words.length === 0 && !isNarrow) return <p className="empty">{t.nothingFound}</p>;
  const text = words.join(' ');
  const isIndexed = isNarrow || text.split(/\s/u).some((word) => [...word].length >= INDEXED.least);
  if (text.length > INDEXED.most) return <p className="empty">{t.searchLength(INDEXED.most)}</p>;
  const filter = isIndexed && text !== '' ? { ...narrow, text } : narrow;
  const hasPhrase = words.some((word) => /\s/u.test(word));
  if (isIndexed && !hasPhrase) return <FilteredPosts filter={filter} none={t.nothingFound} />;
  return <LookedThrough key={text} filter={filter} matches={matches} />;
}

interface Looked {
  found: PostFragment[];
  seen: number;
  after: string | null;
  state: 'looking' | 'paused' | 'done' | 'failed';
}

/** Reads posts page by page and keeps those that match: for phrases and single characters, which the node's index does not know. */
function LookedThrough({ filter, matches }: { filter: TransactionFilter; matches(post: PostFragment): boolean }) {
  const t = useText();
  const { whole } = useNumbers();
  const [looked, setLooked] = useState<Looked>({ found: [], seen: 0, after: null, state: 'looking' });
  const { found, seen, state } = looked;
  // biome-ignore lint/correctness/useExhaustiveDependencies: one page after the other, for as long as it looks
  useEffect(() => {
    if (state !== 'looking') return;
    let isCurrent = true;
    void lookOn(looked, filter, matches).then((next) => isCurrent && setLooked(next));
    return () => {
      isCurrent = false;
    };
  }, [looked]);
  if (state === 'done' && found.length === 0) return <p className="empty">{t.nothingFound}</p>;
  return (
    <>
      <PostList posts={found} />
      <p className="end" role="status">
        {state === 'failed' ? t.noAnswer : t.lookedThrough(whole(seen), found.length, state === 'done')}{' '}
        {(state === 'paused' || state === 'failed') && (
          <button type="button" onClick={() => setLooked({ ...looked, state: 'looking' })}>
            {t.lookFurther}
          </button>
        )}
      </p>
    </>
  );
}

async function lookOn(
  looked: Looked,
  filter: TransactionFilter,
  matches: (post: PostFragment) => boolean,
): Promise<Looked> {
  try {
    const { nodes, pageInfo } = (await ask(PostsDocument, { filter, after: looked.after })).transactions;
    const found = [...looked.found, ...nodes.filter(matches)];
    const seen = looked.seen + nodes.length;
    const crossed = (before: number, now: number, step: number) => Math.floor(before / step) < Math.floor(now / step);
    const isEnough = crossed(looked.found.length, found.length, ENOUGH) || crossed(looked.seen, seen, STRETCH);
    const state = !pageInfo.hasNextPage ? 'done' : isEnough ? 'paused' : 'looking';
    return { found, seen, after: pageInfo.endCursor, state };
  } catch (error) {
    // The chain has moved under the search: it begins again.
    if (error instanceof ApiError && error.code === 'CURSOR_DETACHED') {
      return { found: [], seen: 0, after: null, state: 'looking' };
    }
    return { ...looked, state: 'failed' };
  }
}

/** The posts of a range of blocks, the newest block first. */
function RangePosts({ from, to, matches }: { from: number; to: number; matches(post: PostFragment): boolean }) {
  const t = useText();
  const tip = useFeedState(({ node }) => node?.tip.height ?? 0);
  const [most, setMost] = useState(BLOCKS);
  const last = Math.min(to, tip);
  const heights = Array.from({ length: Math.max(0, Math.min(most, last - from + 1)) }, (_, index) => last - index);
  if (heights.length === 0) return <p className="empty">{t.nothingFound}</p>;
  return (
    <>
      {heights.map((height) => (
        <BlockPosts key={height} height={height} matches={matches} />
      ))}
      <p className="end">
        {t.lookedAtBlocks(heights.at(-1) ?? from, last)}{' '}
        {heights.length < last - from + 1 && (
          <button type="button" onClick={() => setMost(most + BLOCKS)}>
            {t.more}
          </button>
        )}
      </p>
    </>
  );
}

function BlockPosts({ height, matches }: { height: number; matches(post: PostFragment): boolean }) {
  const { data } = useLive(BlockPostsDocument, { height }, 'chain');
  return <PostList posts={data?.block?.transactions.nodes.filter(matches) ?? []} />;
}
