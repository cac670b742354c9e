import { describe, expect, it } from 'vitest';
import { foldText } from '../../../../src/store/model/text.ts';
import { holdsAll, readSearch, type Wanted } from '../../../../src/web/app/lib/search.ts';

const NOTHING: Wanted = { words: [], author: null, topic: null, blocks: null, digits: null, height: null, path: null };
const ID = 'ab12'.repeat(16);

describe('the kind of a search', () => {
  it.each<[string, Partial<Wanted>]>([
    ['', {}],
    ['  stone  water ', { words: ['stone', 'water'] }],
    ['"cut in stone" today', { words: ['cut in stone', 'today'] }],
    ['“刻在 石头上”', { words: ['刻在 石头上'] }],
    ['石头', { words: ['石头'] }],
    ['from:Ada', { author: 'Ada' }],
    ['FROM:"Ada Lovelace" stone', { author: 'Ada Lovelace', words: ['stone'] }],
    ['topic:#stones', { topic: 'stones' }],
    ['#stones', { topic: 'stones' }],
    ['blocks:10-20 x', { blocks: { from: 10, to: 20 }, words: ['x'] }],
    ['blocks:20..10', { blocks: { from: 10, to: 20 } }],
    ['block:7', { blocks: { from: 7, to: 7 } }],
    ['blocks:all', { words: ['blocks:all'] }],
    ['http:x', { words: ['http:x'] }],
    ['7', { height: 7, words: ['7'] }],
    ['12345678', { height: 12_345_678, digits: '12345678', words: ['12345678'] }],
    [` ${ID.toUpperCase()}\n`, { digits: ID, words: [ID.toUpperCase()] }],
    ['0xAB12AB12', { digits: 'ab12ab12', words: ['0xAB12AB12'] }],
    ['ab12ab12…', { digits: 'ab12ab12', words: ['ab12ab12…'] }],
    [`https://stele.example/post/${ID}/`, { path: `/post/${ID}`, words: [`https://stele.example/post/${ID}/`] }],
    ['/author/a%2Fb?is=x#y', { path: '/author/a%2Fb?is=x', words: ['/author/a%2Fb?is=x#y'] }],
    ['https://stele.example/', { words: ['https://stele.example/'] }],
    ['https://stele.example/other', { words: ['https://stele.example/other'] }],
    ['javascript:alert(1)', { words: ['javascript:alert(1)'] }],
    ['from:', { words: ['from:'] }],
    ['"', {}],
  ])('in %j', (typed, wanted) => {
    const read = readSearch(typed);
    expect(read).toEqual({ ...NOTHING, ...wanted });
  });
});

it.each<[string | null, string[], boolean]>([
  ['Cut in STONE, im Straßenbau', ['stone', 'cut in', 'STRASSE'], true],
  ['Cut in STONE', ['stone', 'cut on'], false],
  ['cut\nin  stone', ['cut in stone'], true],
  ['ｆｕｌｌ width', ['full WIDTH'], true],
  ['caf\u0065\u0301', ['caf\u00e9'], true],
  ['ΟΔΟΣ', ['οδος'], true],
  ['石头会说话', ['石头'], true],
  ['cut\0in stone', ['cut in'], true],
  ['cut \uD800in stone', ['cut in', 'cut\uDC00in'], true],
  [null, [], false],
])('whether %j holds %j, as the node compares', (text, words, holds) => {
  expect(holdsAll(text, words)).toBe(holds);
  if (text !== null)
    expect(words.every((word) => foldText(text).replace(/\s+/gu, ' ').includes(foldText(word)))).toBe(holds);
});
