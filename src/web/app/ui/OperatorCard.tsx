import { useFeedState } from '../data/feed/useFeed.ts';
import { useText } from '../i18n/language.ts';
import { legible } from '../lib/legible.ts';

/** Who runs this node and how to reach them, as they say it themselves. */
export function OperatorCard() {
  const t = useText();
  const operator = useFeedState(({ node }) => node?.operator ?? null);
  if (!operator) return null;
  const { name, contact } = operator;
  return (
    <p className="operator">
      {t.runBy} {name && <bdi>{legible(name)}</bdi>}
      {name && contact && ', '}
      {contact && <Contact text={contact} />}
    </p>
  );
}

function Contact({ text }: { text: string }) {
  const href = /^https?:\/\/\S+$/i.test(text) ? text : /^[^\s@:]+@[^\s@:]+$/.test(text) ? `mailto:${text}` : null;
  if (href === null || !URL.canParse(href)) return <bdi>{legible(text)}</bdi>;
  return (
    <a href={href} rel="noopener noreferrer nofollow">
      <bdi>{legible(text)}</bdi>
    </a>
  );
}
