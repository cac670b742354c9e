/**
 * The addresses of the page, in wouter's patterns: the server answers each with the one document (`page.ts`), and the
 * page shows the component of each (`app/shell/Pages.tsx`).
 */

/** `name?` and `topic?` may be left out: names of one or two dots stand in the query instead (`app/ui/paths.ts`). */
export const ROUTES = {
  feed: '/',
  post: '/post/:id',
  author: '/author/:name?',
  topic: '/topic/:topic?',
  authors: '/authors',
  topics: '/topics',
  block: '/block/:id',
  chain: '/chain',
  pending: '/pending',
  search: '/search',
  check: '/check',
  answers: '/answers',
  node: '/node',
  keys: '/keys',
  withholdings: '/withholdings',
} as const;

const PATTERNS = Object.values(ROUTES).map((route) => {
  const parts = route.replace(/\/(:\w+\?)?$/, (_, name) => (name ? '(/[^/]*)?' : '')).replace(/:\w+/, '[^/]+');
  return new RegExp(`^${parts}/?$`);
});

/** Whether a path, without its query, is one of the page's addresses. */
export const isRoute = (path: string): boolean => PATTERNS.some((pattern) => pattern.test(path));

/** A part of a path as text; unchanged when it is not encoded as it should be. */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
