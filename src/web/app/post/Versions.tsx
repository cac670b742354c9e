/** Every version of a post, what changed from one to the next, and whether each is what its author signed. */
import { useMemo } from 'react';
import { Link } from 'wouter';
import { type Post, placeOf } from '../data/feed/board.ts';
import { useProof } from '../data/proof/useProof.ts';
import { useLive } from '../data/useLive.ts';
import { VersionsDocument } from '../generated/graphql.ts';
import { useLanguage, useText } from '../i18n/language.ts';
import { type Change, changesBetween } from '../lib/changes.ts';
import { postPath } from '../ui/paths.ts';
import { Time } from '../ui/text/Time.tsx';
import { Marked } from '../ui/text/Words.tsx';
import { Status } from './Status.tsx';
import { replacedIn, withItself } from './versionsOf.ts';

/** The versions of a post, and what changed between them. */
export function Versions({ post }: { post: Post }) {
  const t = useText();
  const { data } = useLive(VersionsDocument, { id: post.id });
  const versions = withItself(post, data?.transaction?.versions ?? []);
  if (versions.length < 2) return null;
  return (
    <section className="versions" id="versions" aria-label={t.versionsTitle}>
      <h2>{t.versionsTitle}</h2>
      <p className="hint">{t.versionsLead}</p>
      <ol>
        {versions.map((version, index) => (
          <Version
            key={version.id}
            version={version}
            before={replacedIn(versions, version)}
            number={index + 1}
            isHere={version.id === post.id}
          />
        ))}
      </ol>
    </section>
  );
}

interface Props {
  version: Post;
  before: Post | undefined;
  number: number;
  isHere: boolean;
}

function Version({ version, before, number, isHere }: Props) {
  const t = useText();
  const place = placeOf(version);
  const verdict = useProof(version, place?.hash ?? null);
  return (
    <li aria-current={isHere ? 'true' : undefined}>
      <p className="version">
        <Link href={postPath(version.id)}>{t.versionNumber(number)}</Link>
        <Time at={version.timestamp} note={t.asClaimed} />
        <Status place={place} note={null} />
        {verdict?.kind === 'failed' && <span className="refusal">{t.proofWords.failed}</span>}
      </p>
      {before && <Changes before={before} after={version} />}
    </li>
  );
}

function Changes({ before, after }: { before: Post; after: Post }) {
  const t = useText();
  const { locale } = useLanguage();
  const changes = useMemo(
    () =>
      before.content === null || after.content === null ? null : changesBetween(before.content, after.content, locale),
    [before.content, after.content, locale],
  );
  if (before.content === null || after.content === null) return <p className="hint">{t.changesUnknown}</p>;
  if (!changes) return <p className="hint">{t.changesTooMany}</p>;
  if (changes.length === 0) return <p className="hint">{t.changesNone}</p>;
  return (
    <div className="changes" dir="auto">
      {changes.map((change, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one comparison never change their order
        <Piece key={index} change={change} />
      ))}
    </div>
  );
}

function Piece({ change: { kind, text } }: { change: Change }) {
  if (kind === 'added') return <ins>{<Marked>{text}</Marked>}</ins>;
  if (kind === 'removed') return <del>{<Marked>{text}</Marked>}</del>;
  return <Marked>{text}</Marked>;
}
