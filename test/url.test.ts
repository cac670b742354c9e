import { expect, it } from 'vitest';
import { parseUrl } from '../src/url.ts';

it('reads a URL with letters beyond ASCII however often it has read others, and nothing that is none', () => {
  let read = 0;
  for (let i = 0; i < 50_000; i++) {
    parseUrl(`http://a.example/${i % 7}`);
    if (parseUrl('http://bücher.example')?.host === 'xn--bcher-kva.example') read += 1;
  }
  expect(read).toBe(50_000);
  expect(['', 'http://', '//a.example', 'a.example'].map(parseUrl)).toEqual([null, null, null, null]);
});
