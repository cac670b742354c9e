/** Links to the page's own addresses: each can be shared and opened directly. */
import { decode, ROUTES } from '../../routes.ts';

const fill = (route: string, value: string) => route.replace(/:\w+\??/, encodeURIComponent(value));

/** The page of a post, by its id. */
export const postPath = (id: string) => fill(ROUTES.post, id);
/** The page of a name. */
export const authorPath = (name: string) => namePath(ROUTES.author, name);
/** The page of a topic. */
export const topicPath = (topic: string) => namePath(ROUTES.topic, topic);
/** The page of a block, by its hash or height. */
export const blockPath = (hashOrHeight: string | number) => fill(ROUTES.block, String(hashOrHeight));
/** The search page with a text. */
export const searchPath = (text: string) => `${ROUTES.search}?q=${encodeURIComponent(text)}`;

/** The feed of a page, for a reader of feeds. */
export const feedPath = (page: string) => page.replace(/\/?(\?.*)?$/, '/feed.atom$1');

/** Browsers read a last part of one or two dots as the way up the tree, so such a name stands in the query. */
const namePath = (route: string, name: string) =>
  name === '.' || name === '..' ? `${fill(route, '')}?is=${name}` : fill(route, name);

/** The name in an address made by `authorPath` or `topicPath`. @param part the part of the path, as it stands there. */
export const nameIn = (part: string | undefined, search: string): string =>
  decode(part ?? '') || (new URLSearchParams(search).get('is') ?? '');
