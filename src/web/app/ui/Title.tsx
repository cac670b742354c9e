import { useEffect, useRef } from 'react';
import { useUnseen } from '../data/answers.ts';
import { useFeedState } from '../data/feed/useFeed.ts';

/** The heading of a page. A new page begins with it, for the keyboard and for who listens. */
export function Title({
  children,
  text,
  isSeen = true,
}: {
  children: React.ReactNode;
  text?: string;
  isSeen?: boolean;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const unseen = useUnseen();
  const waiting = useFeedState((state) => state.waiting) + unseen;
  const name = text ?? (typeof children === 'string' ? children : '');
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${name} · Stele`;
  }, [name, waiting]);
  useEffect(() => {
    if (hasMoved) heading.current?.focus({ preventScroll: true });
    hasMoved = true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={isSeen ? 'title' : 'unseen-text'}>
      {children}
    </h1>
  );
}

/** The first page leaves the focus where it is. */
let hasMoved = false;
