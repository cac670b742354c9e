/** One field for everything: a text, a name, a topic, an id, a hash, a height. */
import { type FormEvent, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { useFeedState } from '../data/feed/useFeed.ts';
import { useLive } from '../data/useLive.ts';
import { AuthorDocument, FindDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { MasonMark } from '../post/MasonMark.tsx';
import { Answer } from '../ui/Answer.tsx';
import { Icon } from '../ui/Icon.tsx';
import { authorPath, blockPath, postPath, searchPath, topicPath } from '../ui/paths.ts';
import { Title } from '../ui/Title.tsx';
import { Name } from '../ui/text/Name.tsx';
import { FilteredPosts } from './Posts.tsx';

const HEX = /^[0-9a-f]{64}$/i;
const HEIGHT = /^\d{1,10}$/;
/** Characters that a text must have to be searched for, and may have. */
const TEXT = { least: 3, most: 200 };

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
      {asked === '' ? <p className="lead">{t.searchLead}</p> : <Found key={asked} text={asked} />}
    </>
  );
}

function Found({ text }: { text: string }) {
  const t = useText();
  if (HEX.test(text)) return <FoundHex hex={text.toLowerCase()} />;
  return (
    <>
      <ul className="found">
        {HEIGHT.test(text) && <FoundHeight height={Number(text)} />}
        <FoundName name={text} />
        <li>
          <Link href={topicPath(text)}>
            <Icon name="feed" />
            {t.topic}
            <span>
              #<Name>{text}</Name>
            </span>
          </Link>
        </li>
      </ul>
      <h2>{t.postsWith}</h2>
      {[...text].length < TEXT.least || text.length > TEXT.most ? (
        <p className="empty">{t.searchLength(TEXT.least, TEXT.most)}</p>
      ) : (
        <FilteredPosts filter={{ text }} none={t.nothingFound} />
      )}
    </>
  );
}

function FoundHeight({ height }: { height: number }) {
  const t = useText();
  const tip = useFeedState(({ node }) => node?.tip.height ?? 0);
  if (height > tip) return null;
  return (
    <li>
      <Link href={blockPath(height)}>
        <Icon name="chain" />
        {t.blockNumber(height)}
      </Link>
    </li>
  );
}

function FoundName({ name }: { name: string }) {
  const t = useText();
  const { data } = useLive(AuthorDocument, { name, publicKey: null });
  if (!data?.author) return null;
  return (
    <li>
      <Link href={authorPath(name)}>
        <MasonMark publicKey={data.author.publicKey} size={20} />
        {t.author} <Name>{name}</Name>
      </Link>
    </li>
  );
}

function FoundHex({ hex }: { hex: string }) {
  const t = useText();
  const result = useLive(FindDocument, { hex });
  return (
    <Answer result={result}>
      {({ transaction, block, author }) => (
        <ul className="found">
          {transaction && (
            <li>
              <Link href={postPath(hex)}>
                <Icon name="feed" />
                {t.post} <code>{hex}</code>
              </Link>
            </li>
          )}
          {block && (
            <li>
              <Link href={blockPath(hex)}>
                <Icon name="chain" />
                {t.block} <code>{hex}</code>
              </Link>
            </li>
          )}
          {author && (
            <li>
              <Link href={authorPath(author.name)}>
                <MasonMark publicKey={author.publicKey} size={20} />
                {t.author} <Name>{author.name}</Name>
              </Link>
            </li>
          )}
          {!transaction && !block && !author && <li className="empty">{t.nothingFound}</li>}
        </ul>
      )}
    </Answer>
  );
}
