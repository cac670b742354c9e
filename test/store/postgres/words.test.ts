import { describe, expect, it } from 'vitest';
import { readMigrationFiles } from '../../../src/store/model/migrationFiles.ts';
import { foldText } from '../../../src/store/model/text.ts';
import { erasOf } from '../../../src/store/postgres/eras.ts';
import { applyMigrations, POSTGRES_MIGRATIONS } from '../../../src/store/postgres/migrations.ts';
import { namesOfPost, wordsOfText, wordsWith } from '../../../src/store/postgres/words.ts';
import { GENESIS, makePost } from '../../support/chain.ts';
import { openDatabase } from './database.ts';

/** A sentence without spaces, some of its characters outside of the basic plane. */
const SENTENCE = [
  ...'日本語の文には空白がないので長い言葉になる𠮷野家で牛丼を食べたあと図書館へ行き夕方まで本を読んだそして帰った𠀋',
];

it('whatever part of a long word is looked for, one piece of it has the start', () => {
  expect(SENTENCE.length).toBeGreaterThan(50);
  for (let length = SENTENCE.length - 12; length <= SENTENCE.length; length++) {
    const pieces = wordsOfText(SENTENCE.slice(0, length).join('')).split(' ');
    expect(Math.max(...pieces.map((piece) => [...piece].length))).toBe(Math.min(length, 40));
    for (let from = 0; from < length; from++)
      for (let to = from + 1; to <= length; to++) {
        const { part, isWhole } = wordsWith(SENTENCE.slice(from, to).join(''));
        expect(isWhole).toBe(to - from <= 21);
        expect(pieces.some((piece) => piece.includes(part))).toBe(true);
      }
  }
});

describe('in the database', () => {
  it('eras are numbered alike', async () => {
    const client = await openDatabase();
    await applyMigrations(client);
    const isIn = async (ordinals: number[], eras: readonly number[]) => {
      const { rows } = await client.query('SELECT "stele_eras"(n) && $2::int4[] AS "isIn" FROM unnest($1::int4[]) n', [
        ordinals,
        eras,
      ]);
      return rows.map((row) => row.isIn);
    };
    for (const from of [0, 1, 1023, 1024, 5_000, 999_999])
      for (const length of [1, 2, 1_000, 1_025, 9_000, 70_000, 400_000]) {
        const to = from + length;
        const eras = erasOf({ from, to }) ?? [];
        expect(eras.length).toBeLessThan(10);
        expect(await isIn([from, Math.floor((from + to) / 2), to - 1], eras)).toEqual([true, true, true]);
        // Not much more than was asked for.
        const beyond = Math.max(4 * length, 1_024);
        expect(await isIn([from - beyond, to + beyond], eras)).toEqual([false, false]);
      }
    expect(erasOf({ from: 0, to: 2 ** 30 })).toBeNull();
  });

  it('the words of grams are as the texts that come later have them', async () => {
    const client = await openDatabase();
    const migrations = readMigrationFiles(POSTGRES_MIGRATIONS);
    const last = migrations.findIndex(({ name }) => name.endsWith('_words'));
    for (const { sql } of migrations.slice(0, last)) await client.query(sql);
    const contents = [
      'hello  hello\tworld',
      SENTENCE.join(''),
      `a\u3000b\u2028c\ufeffd ${SENTENCE.join('')}e`,
      ' ',
      'x',
    ];
    const posts = contents.map((content, i) =>
      makePost({ author: `ann ${i}`, content, topics: i === 0 ? ['t', 'ü'] : [] }),
    );
    for (const [i, { id, statement, opening }] of posts.entries()) {
      const row = [i + 1, id, statement.author, statement.publicKey, i];
      await client.query(
        `INSERT INTO "Post" ("seq", "id", "author", "publicKey", "timestamp", "commitment", "size", "topics", "stamp", "signature",
           "work", "content", "height", "position") VALUES ($1, $2, $3, $4, 0, '', 0, '[]', 0, '', 0, '', 3, $5)`,
        row,
      );
      for (const topic of statement.topics)
        await client.query(
          `INSERT INTO "PostTopic" ("topic", "postSeq", "author", "height", "position") VALUES ($1, $2, $3, 3, $4)`,
          [topic, i + 1, statement.author, i],
        );
      await client.query(`INSERT INTO "PostText" ("postSeq", "folded") VALUES ($1, $2)`, [
        i + 1,
        foldText(opening?.content ?? ''),
      ]);
    }
    await client.query(
      `INSERT INTO "Block" ("hash", "previousHash", "height", "header", "chainWork", "bestHeight", "transactionCount", "size", "chainPosts")
       VALUES ($1, '', 3, '', '', 3, 5, 0, 12)`,
      [GENESIS.hash],
    );
    await client.query(migrations[last]?.sql ?? '');
    const { rows } = await client.query('SELECT "ordinal", "words", "names" FROM "PostText" ORDER BY "postSeq"');
    const listed = (words: string) => words.split(' ').filter((word) => word !== '');
    expect(
      rows.map(({ ordinal, words, names }) => ({ ordinal, words: [...new Set(words)].sort(), names: names.sort() })),
    ).toEqual(
      posts.map(({ statement, opening }, i) => ({
        ordinal: 7 + i,
        words: listed(wordsOfText(foldText(opening?.content ?? ''))).sort(),
        names: listed(namesOfPost(statement)).sort(),
      })),
    );
    const known = await client.query('SELECT "word" FROM "Word"');
    expect(known.rows.map(({ word }) => word).sort()).toEqual([...new Set(rows.flatMap(({ words }) => words))].sort());
  });
});
