import { describe, expect, it } from 'vitest';
import { authorPath, blockPath, nameIn, postPath, searchPath, topicPath } from '../../src/web/app/ui/paths.ts';
import { isRoute, ROUTES } from '../../src/web/routes.ts';

describe('the addresses of the page', () => {
  const id = 'ab'.repeat(32);

  it.each([
    ...Object.values(ROUTES).map((route) => route.replace(/:\w+\??/, 'x')),
    '/chain/',
    '/post/x/',
    '/author/',
    '/author/..%2f',
  ])('%s is one', (path) => {
    expect(isRoute(path)).toBe(true);
  });

  it.each(['/post', '/post/', '/block', '/chain/1', '/chainx', '/assets/index.js', '//', '/graphql', '/post/a/b'])(
    '%s is none',
    (path) => {
      expect(isRoute(path)).toBe(false);
    },
  );

  it.each(['Ada', 'a/b?c#d%2F ..', '%', '%25', '.', '..', '石', '?is=x', '$&', '\u0001'])(
    'lead back to the name %j',
    (name) => {
      for (const path of [authorPath(name), topicPath(name)]) {
        const { pathname, search } = new URL(path, 'http://host');
        expect(isRoute(pathname)).toBe(true);
        expect(nameIn(pathname.split('/')[2], search)).toBe(name);
      }
    },
  );

  it('are what links lead to', () => {
    for (const path of [postPath(id), blockPath(id), blockPath(7), searchPath('a&b').split('?')[0] as string]) {
      expect(isRoute(path)).toBe(true);
    }
    expect(searchPath('a&b')).toBe('/search?q=a%26b');
  });
});
