/** What a receipt or listing proves, in words. */
import type { FileReport, ProvedPost } from '../../data/proof/readFile.ts';
import { useText } from '../../i18n/language.ts';
import { exponent } from '../../lib/power.ts';
import { QuotedHead } from '../../post/QuotedHead.tsx';
import { postPath } from '../../ui/paths.ts';
import { Time } from '../../ui/text/Time.tsx';
import { Words } from '../../ui/text/Words.tsx';

type Proof = Extract<FileReport, { kind: 'receipt' | 'listing' }>;

export function ProofReport({ report }: { report: Proof }) {
  const t = useText();
  const { standing, depth, work, network, genesis, time } = report;
  return (
    <div className="proof-report">
      {report.kind === 'receipt' ? (
        <p className="stamped">{t.receiptHolds}</p>
      ) : (
        <p className="stamped">
          {t.listingHolds(report.posts.length, report.looked, report.blocks)}{' '}
          <bdi>{Object.values(report.query).filter(Boolean).join(', ')}</bdi>
        </p>
      )}
      {report.kind === 'receipt' ? (
        <Said post={report.post} />
      ) : (
        report.posts.map((post) => <Said key={post.id} post={post} />)
      )}
      <ul className="checks">
        <li>{t.receiptWork(depth, exponent(work))}</li>
        <li>
          {t.receiptTime} <Time at={time * 1000} exact />
        </li>
        <Standing standing={standing} />
      </ul>
      <dl className="digits">
        <dt>{t.network}</dt>
        <dd>
          <bdi>{network}</bdi> <code>{genesis}</code>
        </dd>
      </dl>
    </div>
  );
}

function Standing({ standing }: { standing: Proof['standing'] }) {
  const t = useText();
  if (standing.state === 'on-chain')
    return <li>{t.receiptOnChain(standing.height, standing.depth, exponent(standing.work))}</li>;
  return (
    <li className="open">
      {{ removed: t.proofRemoved, unknown: t.receiptUnknown, foreign: t.receiptForeign }[standing.state]}
    </li>
  );
}

function Said({ post }: { post: ProvedPost }) {
  const t = useText();
  const { content } = post;
  return (
    <blockquote className="quoted" cite={postPath(post.id)}>
      <QuotedHead post={post} exact />
      <div className={content === null ? 'content withheld' : 'content'} dir="auto">
        {content === null ? t.checkWithheld : <Words>{content}</Words>}
      </div>
    </blockquote>
  );
}
