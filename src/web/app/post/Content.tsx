import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Post } from '../data/feed/board.ts';
import { useText } from '../i18n/language.ts';
import { beginningOf, findLinks, postsNamedIn, type Segment } from '../lib/links.ts';
import { Segments } from '../ui/text/Words.tsx';
import { Absent } from './Absent.tsx';
import { Quoted } from './Quoted.tsx';

/** Posts that the reader has unfolded: they are shown so again when the reader scrolls back. */
const unfolded = new Set<string>();

export function Content({ post, isWhole = false }: { post: Post; isWhole?: boolean }) {
  const { id, content } = post;
  const segments = useMemo(() => findLinks(content ?? ''), [content]);
  const beginning = useMemo(() => (isWhole ? null : beginningOf(segments)), [segments, isWhole]);
  const named = useMemo(() => postsNamedIn(segments).filter((other) => other !== id), [segments, id]);
  if (content === null) return <Absent post={post} />;
  return (
    <>
      {beginning ? (
        <Folded id={id} whole={segments} beginning={beginning} />
      ) : (
        <div className="content" dir="auto">
          <Segments>{segments}</Segments>
        </div>
      )}
      {named.length > 0 && <Quoted ids={named} />}
    </>
  );
}

function Folded({ id, whole, beginning }: { id: string; whole: readonly Segment[]; beginning: readonly Segment[] }) {
  const t = useText();
  const [isOpen, setOpen] = useState(unfolded.has(id));
  const button = useRef<HTMLButtonElement>(null);
  const hasFolded = useRef(false);
  const toggle = () => {
    if (isOpen) unfolded.delete(id);
    else unfolded.add(id);
    hasFolded.current = isOpen;
    setOpen(!isOpen);
  };
  // The reader folds at the end of a long text: the post stays in view, and not what stood far below it.
  useLayoutEffect(() => {
    if (!isOpen && hasFolded.current) button.current?.scrollIntoView({ block: 'nearest' });
    hasFolded.current = false;
  }, [isOpen]);
  return (
    <>
      <div className={isOpen ? 'content' : 'content folded'} dir="auto">
        <Segments>{isOpen ? whole : beginning}</Segments>
      </div>
      <button ref={button} type="button" className="plain" aria-expanded={isOpen} onClick={toggle}>
        {isOpen ? t.fold : t.unfold}
      </button>
    </>
  );
}
