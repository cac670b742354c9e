import { Link } from 'wouter';
import { useFeedState } from '../../data/feed/useFeed.ts';
import { useLive } from '../../data/useLive.ts';
import { BlockContentsDocument, BlockDocument, type BlockQuery } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { exponentOf, power } from '../../lib/power.ts';
import { Answer } from '../../ui/Answer.tsx';
import { Field } from '../../ui/Field.tsx';
import { useNumbers } from '../../ui/numbers.ts';
import { blockPath } from '../../ui/paths.ts';
import { Title } from '../../ui/Title.tsx';
import { Copy } from '../../ui/text/Copy.tsx';
import { Time } from '../../ui/text/Time.tsx';
import { NotFound } from '../NotFound.tsx';
import { Page } from '../Posts.tsx';
import { RawHeader } from './RawHeader.tsx';

type WholeBlock = NonNullable<BlockQuery['block']>;

/** A block by its hash or height. */
export function BlockPage({ id }: { id: string }) {
  if (/^[0-9a-f]{64}$/.test(id)) return <Found hash={id} height={null} />;
  if (/^\d{1,10}$/.test(id)) return <Found hash={null} height={Number(id)} />;
  return <NotFound />;
}

function Found({ hash, height }: { hash: string | null; height: number | null }) {
  const t = useText();
  const result = useLive(BlockDocument, { hash, height }, 'chain');
  return (
    <Answer result={result}>
      {({ block }) =>
        block ? (
          <Block block={block} />
        ) : (
          <>
            <Title>{t.noBlock}</Title>
            <p className="lead">{t.noBlockLead}</p>
          </>
        )
      }
    </Answer>
  );
}

function Block({ block }: { block: WholeBlock }) {
  const t = useText();
  const tip = useFeedState(({ node }) => node?.tip.height ?? block.height);
  return (
    <>
      <Title>{t.blockNumber(block.height)}</Title>
      <Neighbours block={block} tip={tip} />
      {!block.isOnBestChain && <p className="alarm">{t.offChain}</p>}
      {block.invalidReason && (
        <p className="alarm">
          {t.blockFault} ({block.invalidReason})
        </p>
      )}
      <h2>{t.postCount(block.transactionCount)}</h2>
      <details className="raw" open={block.transactionCount === 0}>
        <summary>{t.blockFields}</summary>
        <Fields block={block} confirmations={block.isOnBestChain ? Math.max(1, tip - block.height + 1) : 0} />
        <RawHeader header={block.header} />
      </details>
      {block.transactionCount > 0 && <Contents hash={block.hash} after={null} />}
    </>
  );
}

function Neighbours({ block: { height, previousHash, isOnBestChain }, tip }: { block: WholeBlock; tip: number }) {
  const t = useText();
  return (
    <nav className="neighbours" aria-label={t.neighbours}>
      {height > 0 && <Link href={blockPath(previousHash)}>← {t.blockNumber(height - 1)}</Link>}
      {isOnBestChain && height < tip && <Link href={blockPath(height + 1)}>{t.blockNumber(height + 1)} →</Link>}
      {isOnBestChain && height >= tip && <span>{t.isTip}</span>}
    </nav>
  );
}

/** The header's fields and what follows from them, each with what it is for. */
function Fields({ block, confirmations }: { block: WholeBlock; confirmations: number }) {
  const t = useText();
  const { whole, bytes, compact } = useNumbers();
  return (
    <dl className="fields">
      <Field name={t.hash} about={t.about.hash}>
        <code>{block.hash}</code> <Copy text={block.hash} />
      </Field>
      <Field name={t.confirmationsName} about={t.about.confirmations}>
        {whole(confirmations)}
      </Field>
      <Field name={t.time} about={t.about.time}>
        <Time at={block.time} exact />
      </Field>
      <Field name={t.previousHash} about={t.about.previousHash}>
        {block.height > 0 ? (
          <Link href={blockPath(block.previousHash)}>
            <code>{block.previousHash}</code>
          </Link>
        ) : (
          <code>{block.previousHash}</code>
        )}
      </Field>
      <Field name={t.merkleRoot} about={block.height > 0 ? t.about.merkleRoot : t.about.genesisRoot}>
        <code>{block.merkleRoot}</code>
      </Field>
      <Field name={t.target} about={t.about.target}>
        <code>{block.target}</code>
      </Field>
      <Field name={t.difficulty} about={t.about.difficulty}>
        {compact(block.difficulty)}
      </Field>
      <Field name={t.bitsName} about={t.about.bits}>
        <code>0x{block.bits.toString(16).padStart(8, '0')}</code>
      </Field>
      <Field name={t.nonce} about={t.about.nonce}>
        {whole(block.nonce)}
      </Field>
      <Field name={t.version} about={t.about.version}>
        {block.version}
      </Field>
      <Field name={t.workBehind} about={t.about.chainWork}>
        {power(exponentOf(block.chainWork))}
      </Field>
      <Field name={t.size} about={t.about.size}>
        {bytes(block.size)}
      </Field>
    </dl>
  );
}

function Contents({ hash, after }: { hash: string; after: string | null }) {
  const result = useLive(BlockContentsDocument, { hash, after }, 'chain');
  return (
    <Answer result={result}>
      {({ block }) =>
        block && <Page page={block.transactions} next={(cursor) => <Contents hash={hash} after={cursor} />} />
      }
    </Answer>
  );
}
