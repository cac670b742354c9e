/** One field for everything: words of a text, a name, a topic, an id, a hash, a height, a range of blocks, an address. */
import { type FormEvent, useEffect, useMemo, useState } from 'react';
import { Link, Redirect, useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { ROUTES } from '../../../routes.ts';
import { useText } from '../../i18n/language.ts';
import { readSearch } from '../../lib/search.ts';
import { Icon } from '../../ui/Icon.tsx';
import { searchPath } from '../../ui/paths.ts';
import { Title } from '../../ui/Title.tsx';
import { FoundDigits, FoundHeight, FoundName, FoundTopic } from './Found.tsx';
import { FoundPosts } from './FoundPosts.tsx';

/** The search field and what it finds. */
export function SearchPage() {
  const t = useText();
  const asked = new URLSearchParams(useSearch()).get('q') ?? '';
  const [, go] = useLocation();
  const [text, setText] = useState(asked);
  useEffect(() => setText(asked), [asked]);
  const search = (event: FormEvent) => {
    event.preventDefault();
    go(searchPath(text.trim()));
  };
  return (
    <>
      <Title>{t.search}</Title>
      <search>
        <form className="search" onSubmit={search}>
          <label className="unseen-text" htmlFor="search">
            {t.searchLabel}
          </label>
          <input
            id="search"
            type="search"
            dir="auto"
            autoCapitalize="none"
            value={text}
            placeholder={t.searchLabel}
            onChange={({ target }) => setText(target.value)}
          />
          <button type="submit">
            <Icon name="search" />
            <span className="unseen-text">{t.search}</span>
          </button>
        </form>
      </search>
      {asked.trim() === '' ? <Hints /> : <Found key={asked} text={asked.trim()} />}
    </>
  );
}

function Hints() {
  const t = useText();
  return (
    <>
      <p className="lead">{t.searchLead}</p>
      <dl className="hints">
        {t.searchHints.map(([example, about]) => (
          <div key={example}>
            <dt>
              <code>{example}</code>
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
      <p className="about">
        <Link href={ROUTES.authors}>{t.authors}</Link> · <Link href={ROUTES.topics}>{t.topics}</Link>
      </p>
    </>
  );
}

function Found({ text }: { text: string }) {
  const t = useText();
  const wanted = useMemo(() => readSearch(text), [text]);
  if (wanted.path) return <Redirect to={wanted.path} replace />;
  if (wanted.blocks || wanted.author || wanted.topic) return <FoundPosts wanted={wanted} />;
  return (
    <>
      <ul className="found">
        {wanted.height !== null && <FoundHeight height={wanted.height} />}
        {wanted.digits && <FoundDigits digits={wanted.digits} />}
        <FoundName name={text} />
        <FoundTopic topic={text} />
      </ul>
      {!(wanted.digits && wanted.digits.length > 16) && (
        <>
          <h2>{t.postsWith}</h2>
          <FoundPosts wanted={wanted} />
        </>
      )}
    </>
  );
}
