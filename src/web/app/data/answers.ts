/**
 * What others wrote to the names of this browser: answers to their posts, and posts that name them. Asked for once, and then
 * noticed as it arrives. Which of them were seen is kept in the browser; there is no account.
 */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { AnswersToDocument, MentionsDocument } from '../generated/graphql.ts';
import { browser, keep, readKept } from '../lib/keep.ts';
import { isNamedIn } from '../lib/mentions.ts';
import { ask } from './api/client.ts';
import type { Post } from './feed/board.ts';
import type { Feed } from './feed/feed.ts';
import { identities } from './keys/identities.ts';

/** Posts that are kept, and ids of those that were seen. */
const MOST = 100;
const MOST_SEEN = 500;
/** Names of one browser that are asked for. */
const MOST_NAMES = 5;
const KEY = 'stele.answers';

interface Answers {
  /** The latest first. */
  posts: readonly Post[];
  seen: ReadonlySet<string>;
  /** Names that were asked for. */
  names: readonly string[];
}

/** Answers to the names of this browser, and which of them were seen. */
export const answers = createStore<Answers>(() => ({ posts: [], seen: readSeen(), names: [] }));

/** Begins: asks for what the names of this browser were told, and listens to what arrives. */
export function startAnswers(feed: Feed): void {
  feed.onArrival = (post) => {
    if (isToOneOf(answers.getState().names, post)) add([post]);
  };
  const readNames = () => {
    const mine = identities.getState().all.filter(({ isTaken }) => isTaken);
    for (const { name } of mine.slice(0, MOST_NAMES)) void readFor(name);
  };
  identities.subscribe(readNames);
  readNames();
}

/** A read that fails is not repeated in this visit. Answers that arrive by themselves are still noticed. */
async function readFor(name: string): Promise<void> {
  const { names } = answers.getState();
  if (names.includes(name)) return;
  answers.setState({ names: [...names, name] });
  const replies = await ask(AnswersToDocument, { author: name }).catch(() => null);
  add(replies?.transactions.nodes.flatMap((post) => post.replies.nodes) ?? []);
  const found = await ask(MentionsDocument, { text: `@${name}` }).catch(() => null);
  add(found?.transactions.nodes ?? []);
}

function isToOneOf(names: readonly string[], { author, parent, content }: Post): boolean {
  if (names.includes(author)) return false;
  return names.some((name) => parent?.author === name || (content !== null && isNamedIn(content, name)));
}

function add(posts: readonly Post[]): void {
  const { posts: known, names } = answers.getState();
  const fresh = posts.filter((post) => isToOneOf(names, post) && !known.some(({ id }) => id === post.id));
  if (fresh.length === 0) return;
  const all = [...known, ...fresh].sort((one, other) => other.timestamp - one.timestamp);
  answers.setState({ posts: all.slice(0, MOST) });
}

/** Marks all known answers as seen. */
export function markSeen(): void {
  const { posts, seen } = answers.getState();
  if (posts.every(({ id }) => seen.has(id))) return;
  const all = [...seen, ...posts.map(({ id }) => id)].slice(-MOST_SEEN);
  answers.setState({ seen: new Set(all) });
  keep(browser, KEY, JSON.stringify(all));
}

function readSeen(): Set<string> {
  try {
    const kept = JSON.parse(readKept(browser, KEY) ?? '[]');
    return new Set(Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : []);
  } catch {
    return new Set();
  }
}

/** The number of answers that were not seen yet. */
export const useUnseen = (): number =>
  useStore(answers, ({ posts, seen }) => posts.filter(({ id }) => !seen.has(id)).length);

/** The answers, rendered again when they change. */
export const useAnswers = () => useStore(answers);
