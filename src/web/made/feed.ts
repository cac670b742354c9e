/** A feed before it has a format: what it says of itself, and an entry for each post. */
import type { FeedFormat, Subject } from './address.ts';
import { feedOf, pageOf } from './address.ts';
import type { EntryFragment } from './generated/graphql.ts';

/** A feed of posts, before it is written as Atom or JSON. */
export interface Feed {
  title: string;
  /** The URLs of the feed's page and of the feed itself, on this node. */
  page: string;
  self: string;
  updated: Date;
  entries: readonly Entry[];
}

/** A post in a feed. */
export interface Entry {
  /** The same on every node. */
  id: string;
  title: string;
  text: string;
  author: { name: string; page: string };
  topics: readonly string[];
  page: string;
  /** Proves the post to somebody who trusts no node. */
  receipt: string;
  /** The time that the author claims. */
  published: Date;
  /** The time of the post's block, or of the decision to withhold its text. */
  updated: Date;
  inReplyTo: { id: string; page: string } | null;
}

interface FeedRequest {
  base: string;
  subject: Subject;
  format: FeedFormat;
}

/** The last moment that RFC 3339 can spell. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59);
const LONGEST_TITLE = 80;
const SEGMENTER = new Intl.Segmenter();

/** @param network its time, seconds since 1970, stands for a feed without posts. */
export function feedFrom(
  { base, subject, format }: FeedRequest,
  network: { name: string; time: number },
  posts: readonly EntryFragment[],
): Feed {
  const entries = posts.map((post) => entryFrom(base, post));
  const updated = entries.reduce((latest, entry) => Math.max(latest, entry.updated.getTime()), 0);
  return {
    title: `${titleOf(subject)} · Stele, ${network.name}`,
    page: pageOf(base, subject),
    self: feedOf(base, subject, format),
    updated: momentOf(updated || network.time * 1000),
    entries,
  };
}

function titleOf(subject: Subject): string {
  if (subject.kind === 'board') return 'All posts';
  if (subject.kind === 'author') return `Posts by ${subject.name}`;
  return subject.kind === 'topic' ? `#${subject.name}` : `A post and its answers`;
}

function entryFrom(base: string, post: EntryFragment): Entry {
  const { id, author, topics, timestamp, withheld, block, replyTo } = post;
  const page = pageOf(base, { kind: 'post', id });
  const text = textOf(post);
  return {
    id: urnOf(id),
    title: `${author}: ${beginningOf(text, LONGEST_TITLE)}`,
    text,
    author: { name: author, page: pageOf(base, { kind: 'author', name: author }) },
    topics,
    page,
    receipt: `${page}/receipt.json`,
    published: momentOf(timestamp),
    updated: momentOf(Math.max(Date.parse(block?.time ?? '') || 0, Date.parse(withheld?.at ?? '') || 0)),
    inReplyTo: replyTo === null ? null : { id: urnOf(replyTo), page: pageOf(base, { kind: 'post', id: replyTo }) },
  };
}

const urnOf = (id: string) => `urn:stele:${id}`;
const momentOf = (milliseconds: number) => new Date(Math.min(milliseconds, LATEST));

/** The text, or what stands in its place. */
export function textOf({ content, contentState, withheld, size }: EntryFragment): string {
  if (content !== null) return content;
  if (!withheld) return `Sealed: ${size} bytes that were signed, and that nobody has given to this node yet.`;
  const what = contentState === 'ERASED' ? 'Withheld and erased' : 'Withheld';
  return `${what} by the operator of this node. The reason given: ${withheld.reason}`;
}

/** The first words of a text in one line, cut between two characters as people count them. */
export function beginningOf(text: string, most: number): string {
  // A few code units make up a character that is seen; a thousand, a trick.
  const line = text
    .slice(0, 20 * most)
    .replace(/\s+/g, ' ')
    .trim();
  let characters = 0;
  let end = line.length;
  // No further than needed: a character takes the segmenter a microsecond.
  for (const { index } of SEGMENTER.segment(line)) {
    characters += 1;
    if (characters === most) end = index;
    else if (characters > most) break;
  }
  if (characters <= most && line.length >= text.trim().replace(/\s+/g, ' ').length) return line;
  return `${line.slice(0, end).trimEnd()}…`;
}
