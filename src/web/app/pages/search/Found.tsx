/** What is found by more than the words of its text: one line for each. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useFeedState } from '../../data/feed/useFeed.ts';
import { useLive } from '../../data/useLive.ts';
import { AuthorDocument, FindDocument, TopicExistsDocument } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { MasonMark } from '../../post/MasonMark.tsx';
import { Answer } from '../../ui/Answer.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { authorPath, blockPath, postPath, topicPath } from '../../ui/paths.ts';
import { Name } from '../../ui/text/Name.tsx';

function Line({ to, children }: { to: string; children: ReactNode }) {
  return (
    <li>
      <Link href={to}>{children}</Link>
    </li>
  );
}

export function FoundHeight({ height }: { height: number }) {
  const t = useText();
  const tip = useFeedState(({ node }) => node?.tip.height ?? 0);
  if (height > tip) return null;
  return (
    <Line to={blockPath(height)}>
      <Icon name="chain" />
      {t.blockNumber(height)}
    </Line>
  );
}

export function FoundName({ name }: { name: string }) {
  const { data } = useLive(AuthorDocument, { name, publicKey: null });
  return data?.author ? <AuthorLine author={data.author} /> : null;
}

function AuthorLine({ author: { name, publicKey } }: { author: { name: string; publicKey: string } }) {
  const t = useText();
  return (
    <Line to={authorPath(name)}>
      <MasonMark publicKey={publicKey} size={20} />
      {t.author} <Name>{name}</Name>
    </Line>
  );
}

export function FoundTopic({ topic }: { topic: string }) {
  const t = useText();
  const name = topic.replace(/^#/, '');
  const { data } = useLive(TopicExistsDocument, { topic: name });
  if (!data || data.transactions.nodes.length === 0) return null;
  return (
    <Line to={topicPath(name)}>
      <Icon name="feed" />
      {t.topic}
      <span>
        #<Name>{name}</Name>
      </span>
    </Line>
  );
}

/** Ids, hashes and keys as the page prints them: their first digits. */
export function FoundDigits({ digits }: { digits: string }) {
  const t = useText();
  const result = useLive(FindDocument, { digits });
  return (
    <Answer result={result}>
      {({ find: { transactions, blocks, authors } }) => (
        <>
          {transactions.map(({ id, author }) => (
            <Line key={id} to={postPath(id)}>
              <Icon name="feed" />
              {t.post} <code>{id}</code> <Name>{author}</Name>
            </Line>
          ))}
          {blocks.map(({ hash, height }) => (
            <Line key={hash} to={blockPath(hash)}>
              <Icon name="chain" />
              {t.blockNumber(height)} <code>{hash}</code>
            </Line>
          ))}
          {authors.map((author) => (
            <AuthorLine key={author.name} author={author} />
          ))}
          {transactions.length + blocks.length + authors.length === 0 && digits.length > 16 && (
            <li className="empty">{t.nothingFound}</li>
          )}
        </>
      )}
    </Answer>
  );
}
