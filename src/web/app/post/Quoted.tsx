/** Posts that a text names, below that text: their own words as they were signed, and not as the text says. */
import { useMemo } from 'react';
import { Link } from 'wouter';
import { type Post, placeOf } from '../data/feed/board.ts';
import { useProof } from '../data/proof/useProof.ts';
import { useLive } from '../data/useLive.ts';
import { PostsByIdDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { findLinks, startOf } from '../lib/links.ts';
import { authorPath, postPath } from '../ui/paths.ts';
import { Name } from '../ui/text/Name.tsx';
import { Time } from '../ui/text/Time.tsx';
import { Segments } from '../ui/text/Words.tsx';
import { Absent } from './Absent.tsx';
import { MasonMark } from './MasonMark.tsx';
import { useProofWord } from './proofWord.ts';
import { Status } from './Status.tsx';

export function Quoted({ ids }: { ids: readonly string[] }) {
  const { data } = useLive(PostsByIdDocument, { ids }, 'chain');
  return data?.transactionsById.map((post) => post && <Quote key={post.id} post={post} />);
}

function Quote({ post }: { post: Post }) {
  const t = useText();
  const place = placeOf(post);
  const verdict = useProof(post, place?.hash ?? null);
  const { word, kind } = useProofWord(verdict);
  const shown = useMemo(() => startOf(findLinks(post.content ?? '')), [post.content]);
  return (
    <blockquote className={`quoted${kind === 'failed' ? ' false' : ''}`} cite={postPath(post.id)}>
      <p className="quoted-head">
        <MasonMark publicKey={post.publicKey} size={18} />
        <Link className="author" href={authorPath(post.author)}>
          <Name>{post.author}</Name>
        </Link>
        <Link className="when" href={postPath(post.id)}>
          <Time at={post.timestamp} note={t.asClaimed} />
        </Link>
      </p>
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
