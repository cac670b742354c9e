import { useState } from 'react';
import { Link } from 'wouter';
import { useLive } from '../../data/useLive.ts';
import {
  ReorganisationsDocument,
  type ReorganisationsQuery,
  ReturnedDocument,
  type ReturnedQuery,
} from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { Answer } from '../../ui/Answer.tsx';
import { blockPath, postPath } from '../../ui/paths.ts';
import { Name } from '../../ui/text/Name.tsx';
import { Time } from '../../ui/text/Time.tsx';

type Reorganisation = ReorganisationsQuery['reorganisations'][number];

/** Reorganisations that are shown before more are asked for. */
const FEW = 5;

/** When the node undid blocks of its chain, how deep, and what became of their posts. */
export function Reorganisations() {
  const t = useText();
  const result = useLive(ReorganisationsDocument, {}, 'chain');
  const [isAll, setAll] = useState(false);
  return (
    <section className="reorganisations">
      <h2>{t.reorganisations}</h2>
      <p className="about">{t.reorganisationsLead}</p>
      <Answer result={result}>
        {({ reorganisations: all }) => (
          <>
            {all.length === 0 && <p className="empty">{t.noReorganisations}</p>}
            <ol>
              {all.slice(0, isAll ? all.length : FEW).map((one) => (
                <One key={`${one.at} ${one.to}`} reorganisation={one} />
              ))}
            </ol>
            {all.length > FEW && !isAll && (
              <button type="button" onClick={() => setAll(true)}>
                {t.more}
              </button>
            )}
          </>
        )}
      </Answer>
    </section>
  );
}

/** A line, and what there is to know behind it, which is asked for when it is opened. */
function One({ reorganisation }: { reorganisation: Reorganisation }) {
  const t = useText();
  const [isOpen, setOpen] = useState(false);
  const { at, fork, forkHeight, from, fromHeight, to, toHeight, detached, attached, returnedCount } = reorganisation;
  const block = (hash: string, height: number) => (
    <dd>
      <Link href={blockPath(hash)}>{t.blockNumber(height)}</Link> <code>{hash.slice(0, 12)}</code>
    </dd>
  );
  return (
    <li>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <Time at={at} /> · {t.reorganisationDepth(detached, attached)}
          {returnedCount > 0 && ` · ${t.returned(returnedCount)}`}
        </summary>
        {isOpen && (
          <>
            <dl className="digits">
              <dt>{t.time}</dt>
              <dd>
                <Time at={at} exact />
              </dd>
              <dt>{t.forkBlock}</dt>
              {block(fork, forkHeight)}
              <dt>{t.tipBefore}</dt>
              {block(from, fromHeight)}
              <dt>{t.tipAfter}</dt>
              {block(to, toHeight)}
            </dl>
            <Returned reorganisation={reorganisation} />
          </>
        )}
      </details>
    </li>
  );
}

/** The posts that became pending again, and where they stand now. */
function Returned({ reorganisation: { returnedCount, returnedIds } }: { reorganisation: Reorganisation }) {
  const t = useText();
  if (returnedCount === 0) return <p className="about">{t.noneReturned}</p>;
  return (
    <>
      <h3>{t.returned(returnedCount)}</h3>
      <ReturnedPosts ids={returnedIds} />
      {returnedCount > returnedIds.length && <p className="about">{t.returnedMore(returnedIds.length)}</p>}
    </>
  );
}

function ReturnedPosts({ ids }: { ids: readonly string[] }) {
  const result = useLive(ReturnedDocument, { ids: [...ids] });
  return (
    <Answer result={result}>
      {({ transactionsById }) => (
        <ul>
          {ids.map((id, index) => (
            <ReturnedPost key={id} id={id} post={transactionsById[index] ?? null} />
          ))}
        </ul>
      )}
    </Answer>
  );
}

function ReturnedPost({ id, post }: { id: string; post: ReturnedQuery['transactionsById'][number] }) {
  const t = useText();
  const height = post?.status.block?.height;
  return (
    <li>
      <Link href={postPath(id)}>
        <code>{id.slice(0, 12)}</code>
      </Link>{' '}
      {post && <Name>{post.author}</Name>}
      {' · '}
      {height !== undefined ? t.inBlock(height) : post ? t.pending : t.dropped('')}
    </li>
  );
}
