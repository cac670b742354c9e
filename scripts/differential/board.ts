/** A board with something of everything: forks, takeovers of names, versions, replies, topics, contents that are not served. */

import { blockToWire } from '../../src/domain/block.ts';
import { bytesToHex, utf8ToBytes } from '../../src/domain/bytes.ts';
import { sha256 } from '../../src/domain/hash.ts';
import { successorOf } from '../../src/domain/names.ts';
import { transactionToWire, type VerifiedTransaction } from '../../src/domain/transaction.ts';
import { SEARCH_CASES, SEARCH_TEXTS } from '../../test/store/contract/searchCases.ts';
import { GENESIS_ENTRY, type Mined, makeKey, makePost, mineChain, POST_TIME } from '../../test/support/chain.ts';
import { ask } from '../../test/support/nodeProcess.ts';
import type { Vocabulary } from './queries.ts';

const NAMES = ['ann', 'bob', 'Bo', 'cleo', 'дора', '猫'];
const TOPICS = ['news', 'chess', 'новости'];

export interface Board {
  /** Blocks from genesis, and those that replace all of them but the first two. */
  first: Mined[];
  second: Mined[];
  /** Posts that stay pending. */
  pending: VerifiedTransaction[];
  words: Vocabulary;
}

export function makeBoard(): Board {
  const posts = [...texts(), ...conversation(), ...takeover()];
  const bodies = Array.from({ length: 8 }, (_, i) => posts.filter((_, at) => at % 8 === i));
  const first = mineChain(GENESIS_ENTRY, bodies);
  const fork = (first[1] as Mined).entry;
  const rest = [
    ...bodies.slice(2, 5),
    [],
    ...bodies.slice(5, 7),
    [],
    [makePost({ author: 'late', content: 'only here' })],
  ];
  const second = mineChain(fork, rest, { version: 2 });
  const pending = ['ann', 'new name', 'cleo'].map((author) => makePost({ author, content: `waits, says ${author}` }));
  return { first, second, pending, words: vocabulary({ first, second, pending }) };
}

function texts(): VerifiedTransaction[] {
  return SEARCH_TEXTS.map((content, i) =>
    makePost({
      author: NAMES[i % NAMES.length] as string,
      content,
      topics: TOPICS.slice(0, i % 4),
      timestamp: POST_TIME + i * 1_000,
    }),
  );
}

function conversation(): VerifiedTransaction[] {
  const posts: VerifiedTransaction[] = [];
  for (let i = 0; i < 30; i++) {
    const author = NAMES[i % 4] as string;
    const replyTo = i > 0 && i % 3 !== 0 ? (posts[Math.floor(i / 2)] as VerifiedTransaction).id : null;
    const own = posts.filter(({ statement }) => statement.author === author);
    const supersedes = i % 5 === 4 ? (own.at(-1)?.id ?? null) : null;
    const content = `line ${i} of ${author}, ${i % 2 ? 'hello again' : 'and good-bye'}`;
    posts.push(makePost({ author, content, replyTo, supersedes, topics: [TOPICS[i % 3] as string] }));
  }
  return posts;
}

/** A name whose key is lost. */
function takeover(): VerifiedTransaction[] {
  const next = makeKey('heir');
  const successor = successorOf(next.publicKey);
  return [
    makePost({ author: 'lost', content: 'the first key', successor }),
    ...Array.from({ length: 7 }, (_, i) => makePost({ author: 'ann', content: `filler ${i}` })),
    makePost({ author: 'lost', content: 'the key of the heir', key: next }),
  ];
}

function vocabulary({ first, second, pending }: Omit<Board, 'words'>): Vocabulary {
  const blocks = [...first, ...second];
  const posts = [...blocks.flatMap(({ block }) => block.transactions), ...pending];
  const none = '0'.repeat(64);
  const ids = [...posts.map(({ id }) => id), none, 'FF'];
  const hashes = [...blocks.map(({ block }) => block.hash), GENESIS_ENTRY.hash, none];
  const keys = [...new Set(posts.map(({ statement }) => statement.publicKey)), none];
  return {
    first: [1, 2, 3, 5, 7, 10, 20, 100, 101, 0],
    last: [1, 2, 3, 5, 10],
    height: [0, 1, 2, 5, 8, 9, 10, 11, 999_999, 4_000_000_000],
    hash: hashes,
    asOf: hashes,
    id: ids,
    ids,
    locator: hashes,
    name: [...NAMES, 'lost', 'nobody', '', 'a\0b'],
    author: [...NAMES, 'lost', 'nobody', 'a\0b'],
    publicKey: [...keys, (keys[0] as string).toUpperCase()],
    topic: [...TOPICS, 'none', 'x\0'],
    replyTo: ids,
    since: [0, POST_TIME, POST_TIME + 5_000],
    until: [POST_TIME + 1, POST_TIME + 7_000, 9_000_000_000_000_000],
    text: [
      ...SEARCH_CASES.map(([text]) => text),
      'hello line',
      'a',
      '%',
      '_',
      '\\',
      '',
      'good-bye',
      bytesToHex(sha256(utf8ToBytes('x'))),
    ],
    latestOnly: [true, false],
    prefix: ['a', 'b', 'B', 'д', '猫', 'zz', 'a\0', 'x'.repeat(65)],
    digits: [...ids, ...hashes, ...keys].flatMap((hex) => [
      hex.slice(0, 8),
      hex.slice(0, 20),
      hex.slice(0, 3).toUpperCase(),
    ]),
    depth: [0, 1, 3, 100_000],
    skip: [0, 1, 5],
    from: [0, 1, 3],
    to: [2, 5, 10],
    only: ids.map((id) => id.slice(0, 12)),
  };
}

const ADD = `mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome reason message } }`;

/** Offers blocks to a node, one after the other. */
export async function addBlocks(url: string, mined: readonly Mined[]): Promise<void> {
  for (const { block } of mined) {
    const { header, transactions } = blockToWire(block);
    const input = { header, transactions, transactionIds: block.transactions.map(({ id }) => id) };
    const { data, errors } = await ask(url, ADD, { input });
    const outcome = data?.addBlock?.outcome;
    if (outcome !== 'ACCEPTED' && outcome !== 'SIDE_BRANCH') throw new Error(JSON.stringify({ data, errors }));
  }
}

export async function submitAll(url: string, posts: readonly VerifiedTransaction[]): Promise<void> {
  for (const post of posts) {
    const query =
      'mutation ($input: TransactionInput!) { submitTransaction(input: $input) { status { state message } } }';
    const { data } = await ask(url, query, { input: transactionToWire(post) });
    const { state, message } = data.submitTransaction.status;
    if (state !== 'PENDING') throw new Error(message);
  }
}
