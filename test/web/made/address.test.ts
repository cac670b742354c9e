import { describe, expect, it } from 'vitest';
import { authorPath, feedPath, topicPath } from '../../../src/web/app/ui/paths.ts';
import { feedOf, pageOf, readAddress } from '../../../src/web/made/address.ts';

const ID = 'ab'.repeat(32);

describe('readAddress', () => {
  it.each([
    ['/feed.atom', { what: 'feed', format: 'atom', subject: { kind: 'board' } }],
    ['/feed.json?x=1', { what: 'feed', format: 'json', subject: { kind: 'board' } }],
    ['/author/Ada', { what: 'page', subject: { kind: 'author', name: 'Ada' } }],
    ['/author/Ada/', { what: 'page', subject: { kind: 'author', name: 'Ada' } }],
    ['/author/%E6%9D%8E%2F/feed.json', { what: 'feed', format: 'json', subject: { kind: 'author', name: '李/' } }],
    ['/topic/sky/feed.atom', { what: 'feed', format: 'atom', subject: { kind: 'topic', name: 'sky' } }],
    ['/topic/?is=..', { what: 'page', subject: { kind: 'topic', name: '..' } }],
    ['/topic/feed.atom?is=..', { what: 'feed', format: 'atom', subject: { kind: 'topic', name: '..' } }],
    // An author may have any name.
    ['/author/feed.atom', { what: 'page', subject: { kind: 'author', name: 'feed.atom' } }],
    ['/author/100%', { what: 'page', subject: { kind: 'author', name: '100%' } }],
    [`/post/${ID.toUpperCase()}`, { what: 'page', subject: { kind: 'post', id: ID } }],
    [`/post/${ID}/feed.atom`, { what: 'feed', format: 'atom', subject: { kind: 'post', id: ID } }],
    [`/post/${ID}/receipt.json`, { what: 'receipt', id: ID }],
  ])('reads %s', (address, wanted) => expect(readAddress(address)).toEqual(wanted));

  it.each([
    '/',
    '/chain',
    '/post/12',
    '/post/12/feed.atom',
    '/author/',
    '/author/Ada/receipt.json',
    '/block/2/feed.atom',
  ])('leaves %s to others', (address) => expect(readAddress(address)).toBeNull());

  it.each(['Ada', '.', '..', 'a/b?c#d%2F ..', '李', 'feed.atom', '"<&>'])(
    'leads back to %s from its addresses',
    (name) => {
      const read = (url: string) => readAddress(url.slice('http://h'.length));
      for (const kind of ['author', 'topic'] as const) {
        const subject = { kind, name };
        expect(read(pageOf('http://h', subject))).toEqual({ what: 'page', subject });
        for (const format of ['atom', 'json'] as const)
          expect(read(feedOf('http://h', subject, format))).toEqual({ what: 'feed', format, subject });
      }
      // The page links the same.
      expect(feedPath(authorPath(name))).toBe(feedOf('', { kind: 'author', name }, 'atom'));
      expect(feedPath(topicPath(name))).toBe(feedOf('', { kind: 'topic', name }, 'atom'));
    },
  );
});
