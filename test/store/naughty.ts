/** Texts that have broken databases, parsers and search languages before. */
export const NAUGHTY = [
  '\0',
  'before\0after',
  '\uFEFFa byte order mark is a character',
  '"', // the quotation marks of JSON, SQL and full-text queries
  "'; DROP TABLE Post; --",
  '") OR ("1"="1',
  'NEAR(a b) AND NOT c* ^d : {e}',
  '%_\\%',
  '\\u0000 \\x00',
  '\u2028\u2029',
  '𝒜 👩‍👩‍👧‍👦 \u{10FFFF}',
  'e\u0301 is not \u00e9',
  '\uFFFD\uFFFE',
  'line\nline\r\ntab\t',
  '$1 ? ?1 :name @name',
  '{"$ne":null}',
  '__proto__',
  'null',
  '0',
];
