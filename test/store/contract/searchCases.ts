/** What a search for a text finds, for every database: one table of cases. */

/** Posts, each with one of these texts. */
export const SEARCH_TEXTS = [
  'Hello World',
  'hell',
  'O hello',
  'Привет, мир',
  'Ärger im Büro',
  'A\u0308rger, zerlegt geschrieben',
  'straße',
  '日本語のテキスト',
  'ｶﾀｶﾅ and ＦＵＬＬ width',
  '한국어 문장',
  '우리는 한국어를',
  '中文分词',
  'a-b_c d',
  'ΟΔΟΣ',
  'before\0behind',
  'torn \ufffd\ufffd\ufffd',
  'abca cabd',
] as const;

/** A text, and the beginnings of all those that it finds. */
export const SEARCH_CASES: readonly [text: string, found: readonly string[]][] = [
  ['hello', ['Hello World', 'O hello']],
  ['HELLO', ['Hello World', 'O hello']],
  ['hell', ['Hello World', 'hell', 'O hello']],
  ['ПРИВЕТ', ['Привет, мир']],
  ['本語の', ['日本語のテキスト']],
  ['a-b', ['a-b_c d']],
  ['nothing like it', []],
  // All words, in any order, wherever they stand.
  ['world hello', ['Hello World']],
  ['lo wo', ['Hello World']],
  ['hello hello', ['Hello World', 'O hello']],
  ['  hello\t', ['Hello World', 'O hello']],
  ['hello nowhere', []],
  ['日本 テキ', ['日本語のテキスト']],
  // Two characters, in any script.
  ['he', ['Hello World', 'hell', 'O hello']],
  ['НР', []],
  ['МИ', ['Привет, мир']],
  ['日本', ['日本語のテキスト']],
  ['スト', ['日本語のテキスト']],
  ['語本', []],
  ['한국', ['한국어 문장', '우리는 한국어를']],
  ['한국 문장', ['한국어 문장']],
  ['分词', ['中文分词']],
  ['-B', ['a-b_c d']],
  ['%%', []],
  // A short word beside a long one.
  ['hello wo', ['Hello World']],
  ['o hello', ['Hello World', 'O hello']],
  ['b_c d', ['a-b_c d']],
  // Whose groups of characters all stand in a post, but not in a row.
  ['abcabd', []],
  ['abca cabd', ['abca cabd']],
  // Composed and decomposed, wide and narrow, large and small.
  ['ärger', ['Ärger im Büro', 'A\u0308rger, zerlegt geschrieben']],
  ['A\u0308RGER', ['Ärger im Büro', 'A\u0308rger, zerlegt geschrieben']],
  ['ÄR', ['Ärger im Büro', 'A\u0308rger, zerlegt geschrieben']],
  ['カタ', ['ｶﾀｶﾅ and ＦＵＬＬ width']],
  ['full', ['ｶﾀｶﾅ and ＦＵＬＬ width']],
  ['STRASSE', ['straße']],
  ['\u1112\u1161\u11ab\u1100\u116e\u11a8', ['한국어 문장', '우리는 한국어를']],
  ['οδος', ['ΟΔΟΣ']],
  ['οδοσ', ['ΟΔΟΣ']],
  // U+0000 is no letter, and ends nothing.
  ['behind', ['before\0behind']],
  ['fore\0hind', ['before\0behind']],
  // Half of a pair is no letter either, and not the one that stands for it in UTF-8.
  ['\ufffd\ufffd\ufffd', ['torn \ufffd\ufffd\ufffd']],
  ['torn \ud800\ud800\ud800', ['torn \ufffd\ufffd\ufffd']],
  ['hell \udc00\ud83d\ud800', ['Hello World', 'hell', 'O hello']],
];

/** Texts that are too short to be looked for in all posts. */
export const TOO_SHORT = ['', ' ', 'a', ' a ', '\0', 'a\0', '\0\0a', '\ud800\ud800a', '語', 'a b', 'A\u0308'];
/** Texts that are not, in spite of what is around them. */
export const LONG_ENOUGH = ['ab', 'a\0bc', ' ab ', '日本', 'a bc'];
