import { useText } from '../../i18n/language.ts';
import { findLinks } from '../../lib/legible.ts';

/** The text of a post. Addresses in it are links that are marked as leading out, and never followed by the page. */
export function Words({ children }: { children: string }) {
  const t = useText();
  return findLinks(children).map(({ text, href }, index) =>
    href === null ? (
      text
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
