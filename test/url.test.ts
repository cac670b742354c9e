import { expect, it } from 'vitest';
import { completeNodeUrl, parseUrl } from '../src/url.ts';

it('a URL with letters beyond ASCII is read the same each time, and what is not a URL is refused', () => {
  let read = 0;
  for (let i = 0; i < 50_000; i++) {
    parseUrl(`http://a.example/${i % 7}`);
    if (parseUrl('http://bücher.example')?.host === 'xn--bcher-kva.example') read += 1;
  }
  expect(read).toBe(50_000);
  expect(['', 'http://', '//a.example', 'a.example'].map(parseUrl)).toEqual([null, null, null, null]);
});

it.each([
  ['10.0.0.7:4000', 'http://10.0.0.7:4000'],
  ['[::1]:4000', 'http://[::1]:4000'],
  [' stele.example ', 'http://stele.example'],
  ['http://10.0.0.7:4000/', 'http://10.0.0.7:4000'],
  ['https://stele.example/graphql', 'https://stele.example'],
  ['https://stele.example/graphql/', 'https://stele.example'],
  ['https://stele.example/village//', 'https://stele.example/village'],
  ['https://stele.example/graphql2', 'https://stele.example/graphql2'],
  ['HTTPS://stele.example', 'HTTPS://stele.example'],
])('completes what an operator types: %j is %s', (text, url) => {
  expect(completeNodeUrl(text)).toBe(url);
});
