import { useState } from 'react';
import { Link } from 'wouter';
import { ROUTES } from '../../routes.ts';
import type { Post } from '../data/feed/board.ts';
import { useText } from '../i18n/language.ts';
import { Time } from '../ui/text/Time.tsx';
import { Words } from '../ui/text/Words.tsx';

/** Beyond so many characters or lines a text is folded. */
const LONG = { characters: 1_500, lines: 24 };
/** Posts that were unfolded, so that they are so still when one scrolls back to them. */
const unfolded = new Set<string>();

export function Content({ post, isWhole = false }: { post: Post; isWhole?: boolean }) {
  const { content } = post;
  if (content === null) return <Withheld post={post} />;
  if (!isWhole && isLong(content)) return <Folded id={post.id} content={content} />;
  return (
    <div className="content" dir="auto">
      <Words>{content}</Words>
    </div>
  );
}

function Folded({ id, content }: { id: string; content: string }) {
  const t = useText();
  const [isOpen, setOpen] = useState(unfolded.has(id));
  const toggle = () => {
    if (isOpen) unfolded.delete(id);
    else unfolded.add(id);
    setOpen(!isOpen);
  };
  return (
    <>
      <div className={isOpen ? 'content' : 'content folded'} dir="auto">
        <Words>{isOpen ? content : beginning(content)}</Words>
      </div>
      <button type="button" className="plain" aria-expanded={isOpen} onClick={toggle}>
        {isOpen ? t.fold : t.unfold}
      </button>
    </>
  );
}

function Withheld({ post: { withheld } }: { post: Post }) {
  const t = useText();
  if (!withheld) return <p className="content withheld">{t.notHere}</p>;
  return (
    <p className="content withheld">
      <Link href={ROUTES.withholdings}>{t.withheldHere}</Link> <Time at={withheld.at} />. {t.reasonGiven}{' '}
      <bdi>{withheld.reason}</bdi>
    </p>
  );
}

const isLong = (content: string) =>
  content.length > LONG.characters || content.split('\n', LONG.lines + 1).length > LONG.lines;

const beginning = (content: string) => content.split('\n', LONG.lines).join('\n').slice(0, LONG.characters);
