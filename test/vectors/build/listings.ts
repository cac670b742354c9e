/** Vectors of listings: texts that prove which posts some blocks hold, and texts that do not, each for one reason. */
import { canonicalText } from '../../../src/domain/canonical.ts';
import { hashHeader, hexToHeader } from '../../../src/domain/header.ts';
import { type ListingQuery, listingPieces, verifyListingText } from '../../../src/domain/listing.ts';
import { createGenesis } from '../../../src/domain/network.ts';
import type { ReceiptReason } from '../../../src/domain/receipt.ts';
import { buildTransaction, type Transaction } from '../../../src/domain/transaction.ts';
import { ALICE, BOB, verify } from '../../domain/fixtures.ts';
import { EXAMPLE } from './headers.ts';
import { chainOf } from './receipts.ts';
import { exampleOf } from './transactions.ts';

const GENESIS = createGenesis(EXAMPLE);
const HELLO = exampleOf({ topics: ['greetings'] });
const BOBS = exampleOf({ author: 'bob', content: 'hello, alice', topics: ['greetings', 'answers'] }, { signer: BOB });
const MORE = exampleOf({ content: 'more' });
const BODIES = [
  [HELLO, BOBS, MORE],
  [],
  [exampleOf({ author: 'bob', content: 'again' }, { signer: BOB }), BOBS],
  [],
  [],
];
const LINKS = chainOf(GENESIS, BODIES);
const ALICES = { publicKey: ALICE.publicKey };

function textOf(query: ListingQuery, from: number, to: number, top: number, links = LINKS): string {
  const headers = links.slice(from, top + 1).map(({ header }) => header);
  const blocks = links.slice(from, to + 1).map(({ transactions }) => transactions);
  const last = headers.at(-1);
  return [...listingPieces({ genesis: GENESIS, query, blocks, headers, tip: last ? hashHeader(last) : '' })].join('');
}

const BASE = textOf(ALICES, 0, 2, 3);

function validCases() {
  const withheld = LINKS.map(({ header, transactions }) => ({
    header,
    transactions: transactions.map((transaction): Transaction => ({ ...transaction, opening: null })),
  }));
  const cases: [string, string][] = [
    ['the posts of a key in three blocks, one block on top', BASE],
    ['the same, ended by a line feed', `${BASE}\n`],
    ['the same, their contents withheld', textOf(ALICES, 0, 2, 3, withheld)],
    ['the posts on a topic', textOf({ topic: 'greetings' }, 0, 2, 4)],
    ['none on a topic', textOf({ topic: 'greeting' }, 0, 0, 0)],
    ['none in a block without posts', textOf(ALICES, 1, 1, 1)],
  ];
  return cases.map(([name, text]) => {
    const { posts, looked, blocks, first, last, tip, depth, work } = verifyListingText(text, verify);
    const shown = posts.map(({ id, content, block: { hash, position } }) => ({ id, content, block: hash, position }));
    const row = { looked, blocks, first: first.hash, last: last.hash, tip, depth, work: String(work) };
    return { name, text, proves: { posts: shown, ...row } };
  });
}

export function listingVectors() {
  const base = JSON.parse(BASE);
  const [first, ...rest] = base.blocks;
  const [hello, bobs, more] = first;
  const wrong = (reason: ReceiptReason, name: string, change: object, from = base) => ({
    name,
    text: canonicalText({ ...from, ...change }),
    reason,
  });
  const block = (...transactions: unknown[]) => ({ blocks: [transactions, ...rest] });
  const forged = chainOf(GENESIS, [[buildTransaction(HELLO.statement, BOBS.signature, HELLO.opening)]]);
  const twice = chainOf(GENESIS, [[HELLO, HELLO]]);
  return {
    about:
      'Texts of listings. Those that are valid prove what stands beside them (`work` is a number in digits); the others ' +
      'are refused for the reason given.',
    valid: validCases(),
    invalid: [
      wrong('proof-malformed', 'a receipt', { format: 'stele-receipt' }),
      wrong('proof-version-unknown', 'version 2', { version: 2 }),
      wrong('proof-malformed', 'a field too many', { colour: 'red' }),
      wrong('proof-malformed', 'no query', { query: {} }),
      wrong('proof-malformed', 'a query for two things', { query: { ...ALICES, topic: 'greetings' } }),
      wrong('proof-malformed', 'a topic that is no name', { query: { topic: '' } }),
      wrong('proof-malformed', 'a key in capitals', { query: { publicKey: ALICE.publicKey.toUpperCase() } }),
      wrong('proof-malformed', 'no blocks', { blocks: [] }),
      wrong('proof-malformed', 'more blocks than headers', { blocks: [...base.blocks, [], []] }),
      wrong(
        'proof-malformed',
        'a post that matches, without its content',
        block({ statement: hello.statement, signature: hello.signature }, bobs, more),
      ),
      wrong(
        'proof-malformed',
        'a post that does not match, with a content',
        block(hello, { ...bobs, content: null, salt: null }, more),
      ),
      wrong('proof-malformed', 'another key, which would match others', { query: { publicKey: BOB.publicKey } }),
      { name: 'spaces', text: JSON.stringify(base, null, 1), reason: 'proof-not-canonical' as const },
      wrong('merkle-root-mismatch', 'a post left out', block(hello, bobs)),
      wrong('merkle-root-mismatch', 'the posts in another order', block(bobs, hello, more)),
      wrong(
        'merkle-root-mismatch',
        'a post of another signature',
        block(hello, { ...bobs, signature: more.signature }, more),
      ),
      wrong('merkle-root-mismatch', 'a block left out', { blocks: [first, rest[1]] }),
      wrong('merkle-tree-mutated', 'the last of three posts doubled', block(hello, bobs, more, more)),
      { name: 'a post twice', text: textOf(ALICES, 0, 0, 0, twice), reason: 'merkle-tree-mutated' as const },
      {
        name: 'a signature of another post',
        text: textOf(ALICES, 0, 0, 0, forged),
        reason: 'signature-invalid' as const,
      },
      wrong('content-mismatch', 'another content', block({ ...hello, content: 'hallo' }, bobs, more)),
      wrong('headers-unlinked', 'a header left out', {
        headers: [base.headers[0], ...base.headers.slice(2)],
        blocks: [first],
      }),
      wrong('tip-mismatch', 'the last header missing', { headers: base.headers.slice(0, -1) }),
      wrong('tip-mismatch', 'the hash of another header', { tip: hashHeader(hexToHeader(base.headers[0])) }),
    ],
  };
}
