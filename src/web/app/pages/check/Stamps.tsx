/** Who has put a file on the board, and how to put it there. */
import { Link } from 'wouter';
import { fileStamp } from '../../../../client/fileStamp.ts';
import { placeOf } from '../../data/feed/board.ts';
import { usePendingPosts } from '../../data/feed/useFeed.ts';
import type { FileReport } from '../../data/proof/readFile.ts';
import { useFollowed, useProof } from '../../data/proof/useProof.ts';
import { useLive } from '../../data/useLive.ts';
import { type PostFragment, StampsDocument } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { exponent } from '../../lib/power.ts';
import { Answer } from '../../ui/Answer.tsx';
import { useNumbers } from '../../ui/numbers.ts';
import { blockPath, postPath } from '../../ui/paths.ts';
import { Copy } from '../../ui/text/Copy.tsx';
import { Name } from '../../ui/text/Name.tsx';
import { Time } from '../../ui/text/Time.tsx';
import { Composer } from '../../write/Composer.tsx';
import { PostList } from '../Posts.tsx';

export function Stamps({ file }: { file: Extract<FileReport, { kind: 'file' }> }) {
  const t = useText();
  const { bytes } = useNumbers();
  const { sha256, size } = file;
  const result = useLive(StampsDocument, { sha256 });
  const pending = usePendingPosts(({ topics }) => topics.includes(sha256));
  return (
    <>
      <dl className="digits">
        <dt>SHA-256</dt>
        <dd>
          <code>{sha256}</code> <Copy text={sha256} />
        </dd>
        <dt>{t.size}</dt>
        <dd>{bytes(size)}</dd>
      </dl>
      <Answer result={result}>
        {({ transactions: { nodes, totalCount } }) => {
          const [first] = nodes;
          const isKnown = (id: string) => nodes.some((post) => post.id === id);
          const all = [...nodes, ...pending.filter(({ id }) => !isKnown(id))];
          return (
            <>
              {first ? <First post={first} count={totalCount} /> : <p className="stamped">{t.stampedByNobody}</p>}
              <PostList posts={all} />
            </>
          );
        }}
      </Answer>
      <p className="hint">{t.stampLead}</p>
      <Composer
        target={`stamp ${sha256}`}
        replyTo={null}
        purpose={{ label: t.stampFile, action: t.stampAction, beginning: fileStamp(file) }}
      />
    </>
  );
}

/** The earliest post, in one sentence: who, when, under how much work. */
function First({ post, count }: { post: PostFragment; count: number }) {
  const t = useText();
  const { followed } = useFollowed();
  const place = placeOf(post);
  const verdict = useProof(post, place?.hash ?? null);
  if (!place) return null;
  const isProven = verdict?.kind === 'proven';
  const isFollowed = isProven && verdict.height !== null && verdict.below !== null && followed !== null;
  const depth = isFollowed ? followed.height - Number(verdict.height) : isProven ? verdict.depth : 0;
  const work = isFollowed ? followed.work - (verdict.below ?? 0n) : isProven ? verdict.work : 0n;
  return (
    <p className={verdict?.kind === 'failed' ? 'alarm' : 'stamped'}>
      {t.stampedBy(count)}{' '}
      <Link href={postPath(post.id)}>
        <Name>{post.author}</Name>
      </Link>
      {t.stampedIn} <Link href={blockPath(place.hash)}>{t.blockNumber(place.height)}</Link>,{' '}
      <Time at={place.time} exact />
      {t.stampedStop} {isProven && t.checkWork(depth, exponent(work))}
      {verdict?.kind === 'failed' && ` ${t.proofFailed} ${verdict.message}`}
    </p>
  );
}
