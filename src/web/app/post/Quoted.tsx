/** Posts that a text names, below that text: their own words as they were signed, and not as the text says. */
import { useMemo } from 'react';
import { type Post, placeOf } from '../data/feed/board.ts';
import { useProof } from '../data/proof/useProof.ts';
import { useLive } from '../data/useLive.ts';
import { PostsByIdDocument } from '../generated/graphql.ts';
import { findLinks, startOf } from '../lib/links.ts';
import { postPath } from '../ui/paths.ts';
import { Segments } from '../ui/text/Words.tsx';
import { Absent } from './Absent.tsx';
import { useProofWord } from './proofWord.ts';
import { QuotedHead } from './QuotedHead.tsx';
import { Status } from './Status.tsx';

export function Quoted({ ids }: { ids: readonly string[] }) {
  const { data } = useLive(PostsByIdDocument, { ids }, 'chain');
  return data?.transactionsById.map((post) => post && <Quote key={post.id} post={post} />);
}

function Quote({ post }: { post: Post }) {
  const place = placeOf(post);
  const verdict = useProof(post, place?.hash ?? null);
  const { word, kind } = useProofWord(verdict);
  const shown = useMemo(() => startOf(findLinks(post.content ?? '')), [post.content]);
  return (
    <blockquote className={`quoted${kind === 'failed' ? ' false' : ''}`} cite={postPath(post.id)}>
      <QuotedHead post={post} />
      {post.content === null ? (
        <Absent post={post} />
      ) : (
        <div className="content" dir="auto">
          <Segments>{shown}</Segments>
        </div>
      )}
      <p className="quoted-foot">
        <Status place={place} note={null} />
        <span className={`proof-word ${kind}`}>{word}</span>
      </p>
    </blockquote>
  );
}
