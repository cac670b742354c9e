/** Where one writes: the first post asks for a name; whatever goes wrong, the text stays. */
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Link } from 'wouter';
import { type Beginning, readTopics, useDraft } from '../data/draft.ts';
import { useFeed, useFeedState } from '../data/feed/useFeed.ts';
import { type Identity, useIdentities, useNames } from '../data/keys/identities.ts';
import { type Outcome, send } from '../data/send.ts';
import type { PostFragment } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { byteLength, legible } from '../lib/legible.ts';
import { useNumbers } from '../ui/numbers.ts';
import { postPath } from '../ui/paths.ts';
import { Keeping } from './KeyCopy.tsx';
import { MineButton } from './Mining.tsx';
import { NameField } from './NameField.tsx';
import { NextBlock } from './NextBlock.tsx';
import { Signer } from './Signer.tsx';

/** Reasons that are about the name. */
const ABOUT_NAME = /^(AUTHOR|NAME)_/;
const DEFAULT_MOST = 16_384;

interface Props {
  /** Which draft is written on. */
  target: string;
  /** The post that is answered. */
  replyTo: PostFragment | null;
  /** The post of which this becomes a new version, by the same name. */
  replaces?: PostFragment | null;
  /** What is to be written, in words, where it is neither a post nor an answer. */
  purpose?: { label: string; action: string; beginning: Beginning } | null;
}

/** The form for a post, a reply or a new version. */
export function Composer({ target, replyTo, replaces = null, purpose = null }: Props) {
  const t = useText();
  const { isRead } = useIdentities();
  const writing = useWriting({ target, replyTo, replaces, purpose });
  const { draft, change, identity, outcome, isAboutName, isSending, submit, text, name } = writing;
  const most = useFeedState(({ node }) => node?.limits.maxContentBytes ?? DEFAULT_MOST);
  const ids = { text: useId(), size: useId(), answer: useId() };
  const isBegun = draft.content !== '' || draft.name !== '' || draft.topics !== '';
  const label = purpose?.label ?? (replyTo ? t.answerTo(legible(replyTo.author)) : t.write);
  const action = purpose?.action ?? (replyTo ? t.reply : t.publish);
  return (
    <section className="composer" aria-label={label}>
      <form onSubmit={(event) => void submit(event)}>
        <label className="unseen-text" htmlFor={ids.text}>
          {t.text}
        </label>
        <textarea
          id={ids.text}
          ref={text}
          required
          dir="auto"
          rows={replyTo ? 2 : 3}
          value={draft.content}
          placeholder={replyTo ? label : t.writePlaceholder}
          aria-describedby={`${ids.size} ${ids.answer}`}
          aria-invalid={outcome?.kind === 'refused' && !isAboutName}
          onChange={({ target: { value } }) => change({ content: value })}
          onKeyDown={sendByKeys}
        />
        {isBegun && <TopicsField value={draft.topics} onChange={(topics) => change({ topics })} />}
        {isBegun && <SealField isSealed={draft.isSealed} onChange={(isSealed) => change({ isSealed })} />}
        {isRead && !identity && isBegun && (
          <NameField
            ref={name}
            value={draft.name}
            isWrong={isAboutName}
            describedBy={ids.answer}
            onChange={(value) => change({ name: value })}
          />
        )}
        <div className="composer-foot">
          {identity && !replaces && <Signer identity={identity} />}
          <Size id={ids.size} text={draft.content} most={most} />
          <button type="submit" className="main" aria-disabled={isSending}>
            {isSending ? t.sending : action}
          </button>
        </div>
      </form>
      <div className="answer" role="status" id={ids.answer}>
        {outcome && <Said outcome={outcome} />}
      </div>
      <Reminder identity={identity} />
    </section>
  );
}

/** What is being written and what became of it. The field that a refusal is about takes the focus. */
function useWriting({ target, replyTo, replaces, purpose }: Required<Props>) {
  const feed = useFeed();
  const { current } = useIdentities();
  const writer = replaces?.author ?? current;
  const identity = useNames().find(({ name }) => name === writer) ?? null;
  const node = useFeedState((state) => state.node);
  const [draft, edit] = useDraft(target, purpose?.beginning);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [isSending, setSending] = useState(false);
  const text = useRef<HTMLTextAreaElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const isAboutName = outcome?.kind === 'refused' && ABOUT_NAME.test(outcome.reason);
  useEffect(() => {
    if (outcome?.kind !== 'refused') return;
    (isAboutName && name.current ? name.current : text.current)?.focus();
  }, [outcome, isAboutName]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending || draft.content === '') return;
    if (!node) return setOutcome({ kind: 'unanswered' });
    setSending(true);
    setOutcome(null);
    const author = identity?.name ?? draft.name.trim();
    const { content, isSealed } = draft;
    const links = { replyTo: replaces ? replaces.replyTo : (replyTo?.id ?? null), supersedes: replaces?.id ?? null };
    const message = { author, content, topics: readTopics(draft.topics), ...links, isSealed };
    const result = await send(message, node);
    if (result.kind === 'sent') {
      edit({ content: '', topics: '', name: '', isSealed: false });
      feed.learn(result.post);
    }
    setOutcome(result);
    setSending(false);
  };
  const change = (fields: Partial<typeof draft>) => {
    edit(fields);
    if (outcome?.kind !== 'sent') setOutcome(null);
  };
  return { draft, change, identity, outcome, isAboutName, isSending, submit, text, name };
}

function sendByKeys(event: KeyboardEvent<HTMLElement>): void {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.closest('form')?.requestSubmit();
}

function TopicsField({ value, onChange }: { value: string; onChange(value: string): void }) {
  const t = useText();
  const id = useId();
  return (
    <div className="topics-field">
      <label htmlFor={id}>{t.topics}</label>
      <input
        id={id}
        dir="auto"
        value={value}
        placeholder={t.topicsPlaceholder}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}

/** Sealed on purpose: a prediction, a bid, a claim of priority. */
function SealField({ isSealed, onChange }: { isSealed: boolean; onChange(isSealed: boolean): void }) {
  const t = useText();
  const id = useId();
  return (
    <div className="seal-field">
      <label className="check" htmlFor={id}>
        <input id={id} type="checkbox" checked={isSealed} onChange={({ target }) => onChange(target.checked)} />
        {t.sealText}
      </label>
      {isSealed && <p className="hint">{t.sealLead}</p>}
    </div>
  );
}

function Size({ id, text, most }: { id: string; text: string; most: number }) {
  const t = useText();
  const { whole } = useNumbers();
  const bytes = byteLength(text);
  return (
    <p className={bytes > most ? 'size refusal' : 'size'} id={id}>
      {bytes > 0 && t.bytesOf(whole(bytes), whole(most))}
    </p>
  );
}

function Said({ outcome }: { outcome: Outcome }) {
  const t = useText();
  if (outcome.kind === 'sent') return <Sent post={outcome.post} />;
  if (outcome.kind === 'unanswered') return <span className="refusal">{t.unanswered}</span>;
  if (outcome.kind === 'keyless') return <span className="refusal">{t.keyless}</span>;
  if (outcome.kind === 'insecure') return <span className="refusal">{t.insecure}</span>;
  const known = t.reasons[outcome.reason as keyof typeof t.reasons];
  return (
    <span className="refusal">
      {known ?? t.refusedPost} <bdi>{legible(outcome.message)}</bdi> ({outcome.reason}). {t.textKept}
    </span>
  );
}

/** Where the post stands by now: a block may hold it before its author has read that it is pending. */
function Sent({ post }: { post: PostFragment }) {
  const t = useText();
  const feed = useFeed();
  const isOperator = useFeedState(({ node }) => node?.isOperator ?? false);
  const height = useFeedState(() => feed.board.get(post.id)?.place?.height ?? post.block?.height ?? null);
  return (
    <>
      <Link href={postPath(post.id)}>{height === null ? t.sent : t.sentInBlock(height)}</Link>
      {height === null && <NextBlock />}
      {isOperator && <MineButton />}
    </>
  );
}

/** After the first post, until its owner says that the recovery file, or a copy of the key, is kept. */
function Reminder({ identity }: { identity: Identity | null }) {
  if (!identity || identity.hasCopy) return null;
  return <Keeping identity={identity} />;
}
