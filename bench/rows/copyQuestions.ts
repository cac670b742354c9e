/** What is asked of a copy: each kind of page, search and count, as the reader behind the API takes it. */
import type { KeyRange, Order, Place, PostFilter, Reader } from '../../src/store/ports.ts';
import { STEADY } from '../support/posts.ts';

/** The items of a page, unless fewer are wanted. */
export const PAGE_SIZE = 20;

/** Asks once, for a page of so many items; gives how many were found or counted. */
export type Ask = (pageSize: number) => Promise<number>;

/** A kind of question. */
export interface CopyQuestion {
  name: string;
  /** The same for one word or another: what a word costs depends on where the posts stand that hold it. */
  asks: Ask[];
  /** Whether it is asked among posts of which a longer chain has more, while a short one has less than a page. */
  isGrowing: boolean;
}

/** Words, and pairs of words, that are asked for. */
const WORDS = 5;

const PAGE: KeyRange<never> = { limit: PAGE_SIZE, fromEnd: false, after: null, before: null };

/** The same questions in the same order for any chain. */
export async function copyQuestions(reader: Reader): Promise<CopyQuestion[]> {
  const page = (filter: PostFilter, order: Order = 'newest-first', range: KeyRange<Place> = PAGE) => {
    return async (limit: number) =>
      (await reader.posts(filter, { ...range, limit }, order, new AbortController().signal)).items.length;
  };
  const count = (filter: PostFilter) => () => reader.countPosts(filter);
  const { height, header } = await reader.tip();
  const firstPosts = async (filter: PostFilter) => {
    const { items } = await reader.posts(filter, { ...PAGE, limit: 100 }, 'oldest-first');
    return items.map(({ transaction }) => transaction);
  };
  const { author } = STEADY;
  const [topic] = STEADY.topics;
  const steady = (await firstPosts({ author })).slice(0, WORDS);
  const publicKey = steady[0]?.statement.publicKey;
  const wordsOf = (content = '') => [...new Set(content.split(' '))].sort((a, b) => b.length - a.length);
  const pairs = steady.map(({ opening }) => wordsOf(opening?.content).slice(0, 2));
  const about = (make: (word: string, two: string) => Ask) =>
    pairs.map(([word = '', other]) => make(word, `${word} ${other}`));
  const posts = await firstPosts({});
  // These have a hundred times as many posts in a chain that is a hundred times as long.
  const busy = posts.find(({ statement }) => statement.topics.length > 0 && statement.author !== author)?.statement;
  const byBusy = { author: busy?.author };
  const aboutBusy = { topic: busy?.topics[0] };
  const replyTo = posts.find(({ statement }) => statement.replyTo !== null)?.statement.replyTo;
  const [first, last] = [(posts[0]?.statement.timestamp ?? 0) + 1, header.time * 1_000];
  const [middle, after] = [Math.round((first + last) / 2), { height: Math.round(height / 2), position: 0 }];
  const starts = Math.max(height - PAGE_SIZE, 1);
  let asked = 0;
  const alike: Record<string, Ask | Ask[]> = {
    // Each call reads another page, since pages that were read before are in memory.
    'page of blocks': async (limit) =>
      (await reader.blocks({ ...PAGE, limit, after: asked++ % starts }, 'oldest-first')).items.length,
    'page of all posts': page({}),
    'page of all posts, from the middle': page({}, 'newest-first', { ...PAGE, after }),
    'page by an author': page({ author }),
    'page by an author, from the middle': page({ author }, 'newest-first', { ...PAGE, after }),
    'page about a topic': page({ topic }),
    'page by an author about a topic': page({ author, topic }),
    'page by an author of many posts': page(byBusy),
    'page about a topic of many posts': page(aboutBusy),
    'page of replies': page({ replyTo }),
    'page of latest versions': page({ latestOnly: true }),
    'page since the last block': page({ since: last }),
    'page since the last block, oldest first': page({ since: last }, 'oldest-first'),
    'page since later than that: none': page({ since: last + 1 }),
    'page until after the first block': page({ until: first }),
    'page until before that: none': page({ until: first - 1 }),
    'page of a second in the middle': page({ since: middle, until: middle + 1_000 }),
    'page by an author since the middle': page({ author, since: middle }),
    'page about a topic since the last block': page({ topic, since: last }),
    'search for letters that many words hold': page({ text: 'ren' }),
    'search for two letters': page({ text: 'ka' }),
    'search for a word': about((word) => page({ text: word })),
    'search for two words': about((_, two) => page({ text: two })),
    'search for three groups that many posts hold': page({ text: 'ren tas bovel' }),
    'search for a word that stands nowhere': page({ text: 'nowhere' }),
    'search for two letters that stand nowhere': page({ text: 'zz' }),
    'search by an author for letters that many words hold': page({ author, text: 'ren' }),
    'search for a word about a topic': about((word) => page({ topic, text: word })),
    'search for a word by an author': about((word) => page({ author, text: word })),
    'search for a word by an author about a topic': about((word) => page({ author, topic, text: word })),
    'search for two words by an author': about((_, two) => page({ author, text: two })),
    'search for a word by a key': about((word) => page({ publicKey, text: word })),
    'search for a word among replies': about((word) => page({ replyTo, text: word })),
    'search for a word among latest versions': about((word) => page({ latestOnly: true, text: word })),
    'search for a word, from the middle': about((word) => page({ text: word }, 'newest-first', { ...PAGE, after })),
    'search for a word, oldest first': about((word) => page({ text: word }, 'oldest-first')),
    'search for a word since the last block': about((word) => page({ since: last, text: word })),
    'search for two words until the middle': about((_, two) => page({ until: middle, text: two })),
    'search for a word of a second in the middle': about((word) =>
      page({ since: middle, until: middle + 1_000, text: word }),
    ),
    'search for a part of a word': about((word) => page({ text: word.slice(1, -1) })),
    'count of all posts': count({}),
    'count by an author': count({ author }),
    'count about a topic': count({ topic }),
    'count by an author about a topic': count({ author, topic }),
    'count of replies': count({ replyTo }),
    'count since the last block': count({ since: last }),
    'count until the middle': count({ until: middle }),
    'count of letters that many words hold': count({ text: 'ren' }),
    'count of a word': about((word) => count({ text: word })),
    'count of a word that stands nowhere': count({ text: 'nowhere' }),
    'count of a word by an author': about((word) => count({ author, text: word })),
    'count of a word about a topic': about((word) => count({ topic, text: word })),
    'count of a word by an author about a topic': about((word) => count({ author, topic, text: word })),
    'count of two words': about((_, two) => count({ text: two })),
    'count of a word until the middle': about((word) => count({ until: middle, text: word })),
    'count of a word up to the middle': about((word) => count({ upTo: after.height, text: word })),
    'count of latest versions that hold a word': about((word) => count({ latestOnly: true, text: word })),
  };
  const growing: Record<string, Ask | Ask[]> = {
    'page by an author of many posts about a topic of many': page({ ...byBusy, ...aboutBusy }),
    'search for a word by an author of many posts': about((word) => page({ ...byBusy, text: word })),
    'search for two words by an author of many posts': about((_, two) => page({ ...byBusy, text: two })),
    'search for a word about a topic of many posts': about((word) => page({ ...aboutBusy, text: word })),
    'count of a word by an author of many posts': about((word) => count({ ...byBusy, text: word })),
    'count of a word about a topic of many posts': about((word) => count({ ...aboutBusy, text: word })),
  };
  const marked = (questions: Record<string, Ask | Ask[]>, isGrowing: boolean) =>
    Object.entries(questions).map(([name, asks]) => ({ name, asks: [asks].flat(), isGrowing }));
  return [...marked(alike, false), ...marked(growing, true)];
}
