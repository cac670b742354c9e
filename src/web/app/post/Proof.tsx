/** What this page itself has checked of a post, shown as what it is. */

import { Link } from 'wouter';
import type { Place, Post } from '../data/feed/board.ts';
import { useFeedState } from '../data/feed/useFeed.ts';
import type { Verdict } from '../data/proof/bench.ts';
import { useFollowed } from '../data/proof/useProof.ts';
import { useText } from '../i18n/language.ts';
import { exponent } from '../lib/power.ts';
import { Icon } from '../ui/Icon.tsx';
import { postPath } from '../ui/paths.ts';
import { Copy } from '../ui/text/Copy.tsx';
import { MasonMark } from './MasonMark.tsx';
import { hasFreeWork, useProofWord } from './proofWord.ts';
import { ReceiptButton } from './ReceiptButton.tsx';

type Proven = Extract<Verdict, { kind: 'proven' }>;

/** A word beside the state, which opens the whole account. */
export function ProofWord({
  verdict,
  isOpen,
  onToggle,
}: {
  verdict: Verdict | undefined;
  isOpen: boolean;
  onToggle(): void;
}) {
  const { kind, word } = useProofWord(verdict);
  return (
    <button type="button" className={`proof-word ${kind}`} aria-expanded={isOpen} onClick={onToggle}>
      <Icon name={kind === 'failed' || kind === 'removed' ? 'broken' : 'seal'} />
      {word}
    </button>
  );
}

export function Proof({ post, place, verdict }: { post: Post; place: Place | null; verdict: Verdict | undefined }) {
  const t = useText();
  return (
    <div className="proof">
      {verdict?.kind === 'failed' && (
        <p className="alarm">
          {t.proofFailed} <bdi>{verdict.message}</bdi> ({verdict.reason})
        </p>
      )}
      {verdict?.kind === 'removed' && <p className="alarm">{t.proofRemoved}</p>}
      {!verdict && <p>{t.proofChecking}</p>}
      {(verdict?.kind === 'signed' || verdict?.kind === 'proven') && <Checks post={post} verdict={verdict} />}
      <dl className="digits">
        <dt>{t.permalink}</dt>
        <dd>
          <Link href={postPath(post.id)}>{new URL(postPath(post.id), location.origin).href}</Link>{' '}
          <Copy text={new URL(postPath(post.id), location.origin).href} />
        </dd>
        <dt>{t.post}</dt>
        <dd>
          <code>{post.id}</code>
        </dd>
        <dt>
          {t.key} <MasonMark publicKey={post.publicKey} size={18} />
        </dt>
        <dd>
          <code>{post.publicKey}</code>
        </dd>
        <dt>{t.signature}</dt>
        <dd>
          <code>{post.signature}</code>
        </dd>
        {place && (
          <>
            <dt>{t.block}</dt>
            <dd>
              <code>{place.hash}</code>
            </dd>
          </>
        )}
      </dl>
      {place && <ReceiptButton id={post.id} />}
    </div>
  );
}

function Checks({ post, verdict }: { post: Post; verdict: Exclude<Verdict, { kind: 'failed' | 'removed' }> }) {
  const t = useText();
  return (
    <ul className="checks">
      <li>{t.checkSignature}</li>
      <li>{post.content === null ? t.checkWithheld : t.checkText}</li>
      {verdict.kind === 'proven' ? <PlaceChecks verdict={verdict} /> : <li className="open">{t.checkNoBlock}</li>}
    </ul>
  );
}

function PlaceChecks({ verdict }: { verdict: Proven }) {
  const t = useText();
  const { followed } = useFollowed();
  const network = useFeedState(({ node }) => node?.network);
  const { height, below, position } = verdict;
  const isFollowed = height !== null && below !== null && followed !== null;
  const depth = isFollowed ? followed.height - height : verdict.depth;
  const work = exponent(isFollowed ? followed.work - below : verdict.work);
  return (
    <>
      <li>{t.checkPlace(position)}</li>
      <li>{isFollowed ? t.checkWork(depth, work) : t.checkWorkAtLeast(depth, work)}</li>
      {isFollowed && <li>{t.checkHeaders(followed.height, network?.name ?? '')}</li>}
      {network && hasFreeWork(network) && <li className="open">{t.checkForTests}</li>}
    </>
  );
}
