/** What the head of a page says to those who see the address only: a chat, a search engine, a reader of feeds. */
import { feedOf, pageOf, type Subject } from './address.ts';
import { beginningOf, textOf } from './feed.ts';
import type { AuthorQuery, EntryFragment } from './generated/graphql.ts';
import { element } from './xml.ts';

const LONGEST_DESCRIPTION = 200;

export interface Head {
  title: string;
  description: string;
  /** The type for OpenGraph. */
  type: 'article' | 'profile' | 'website';
  /** When a post was signed, as its author claims. */
  published?: Date;
}

export function headOfPost(post: EntryFragment): Head {
  const published = new Date(post.timestamp);
  return {
    title: `Post by ${post.author}`,
    description: beginningOf(textOf(post), LONGEST_DESCRIPTION),
    type: 'article',
    ...(Number.isNaN(published.getTime()) ? {} : { published }),
  };
}

export function headOfAuthor(name: string, network: string, author: AuthorQuery['author']): Head {
  const bound = author
    ? `, a name that belongs to the key ${author.publicKey.slice(0, 8)} since block ${author.since.height}`
    : '';
  return { title: name, description: `Posts signed by ${name}${bound}. On the board ${network}.`, type: 'profile' };
}

export const headOfTopic = (topic: string, network: string): Head => ({
  title: `#${topic}`,
  description: `Signed posts on the topic ${topic}, on the board ${network}.`,
  type: 'website',
});

/** The elements of a head, each escaped. */
export function toHead(base: string, subject: Subject, { title, description, type, published }: Head): string {
  const property = (name: string, content: string) => element('meta', { property: name, content });
  const feed = (format: 'atom' | 'json', mime: string) =>
    element('link', { rel: 'alternate', type: mime, title, href: feedOf(base, subject, format) });
  return [
    element('title', {}, `${title} · Stele`),
    element('meta', { name: 'description', content: description }),
    property('og:site_name', 'Stele'),
    property('og:type', type),
    property('og:title', title),
    property('og:description', description),
    property('og:url', pageOf(base, subject)),
    ...(published ? [property('article:published_time', published.toISOString())] : []),
    element('link', { rel: 'canonical', href: pageOf(base, subject) }),
    feed('atom', 'application/atom+xml'),
    feed('json', 'application/feed+json'),
  ].join('\n    ');
}
