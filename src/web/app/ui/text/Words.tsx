import { Fragment, useMemo } from 'react';
import { Link } from 'wouter';
import { isRoute } from '../../../routes.ts';
import { useText } from '../../i18n/language.ts';
import { codeOf, splitAtBidi } from '../../lib/legible.ts';
import { findLinks, type Segment } from '../../lib/links.ts';

/** The text of a post. Addresses in it are links that are marked as leading out, and never followed by the page. */
export function Words({ children }: { children: string }) {
  return <Segments>{useMemo(() => findLinks(children), [children])}</Segments>;
}

/** Text with its links. */
export function Segments({ children }: { children: readonly Segment[] }) {
  const t = useText();
  return children.map(({ text, href }, index) =>
    href !== null && isOwn(href) ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never change their order
      <Link key={index} href={href.slice(location.origin.length)}>
        {text}
      </Link>
    ) : href === null ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never change their order
      <Marked key={index}>{text}</Marked>
    ) : (
      <a
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never change their order
        key={index}
        className="outside"
        href={href}
        target="_blank"
        rel="noopener noreferrer nofollow ugc"
        title={t.leadsOut(new URL(href).host)}
      >
        {text}
      </a>
    ),
  );
}

/** Whether an address leads to a page of this node. */
const isOwn = (href: string) => href.startsWith(`${location.origin}/`) && isRoute(new URL(href).pathname);

/** Characters that change the direction of a text stay in it, each marked, and shut in where it would turn the rest. */
export function Marked({ children }: { children: string }) {
  const t = useText();
  const [first, ...rest] = splitAtBidi(children);
  if (rest.length === 0) return first;
  return [first, ...rest].map((piece, index) =>
    index % 2 === 0 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never change their order
      <Fragment key={index}>{piece}</Fragment>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never change their order
      <span key={index} className="unseen turn" data-code={codeOf(piece ?? '')} title={t.unseenCharacter}>
        {piece}
      </span>
    ),
  );
}
