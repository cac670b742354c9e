import { expect, it } from 'vitest';
import { en } from '../../../../src/web/app/i18n/en.ts';

it('one of a thing is spoken of as one', () => {
  expect(en.checkHeaders(1, 'main')).toBe('The one header since the first block of main follows the rules.');
  expect(en.checkHeaders(2, 'main')).toBe('All 2 headers since the first block of main follow the rules.');
  expect(en.lookedThrough('1', 1, true)).toBe('The only post was looked through: 1 match.');
  expect(en.lookedThrough('2', 2, true)).toBe('All 2 posts were looked through: 2 matches.');
  expect(en.spacing(1)).toBe('a block every second');
  expect(en.spacing(30)).toBe('a block every 30 seconds');
  expect(en.about.spacing(1)).toBe('The difficulty follows block by block: 1 second of delay halves it.');
});
