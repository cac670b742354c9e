/** Vectors of receipts: texts that prove a post, and texts that do not, each for one reason. */
import { canonicalText } from '../../../src/domain/canonical.ts';
import { nextBits } from '../../../src/domain/difficulty.ts';
import { type Header, hashHeader, headerToHex, hexToHeader } from '../../../src/domain/header.ts';
import { merkleTree } from '../../../src/domain/merkle.ts';
import { createGenesis, type Genesis } from '../../../src/domain/network.ts';
import { DEV } from '../../../src/domain/networks.ts';
import { buildReceipt, type Receipt, type ReceiptReason, verifyReceiptText } from '../../../src/domain/receipt.ts';
import type { Transaction } from '../../../src/domain/transaction.ts';
import { BOB, post, someHash, verify } from '../../domain/fixtures.ts';
import { mineHeader } from '../../support/chain.ts';
import { EXAMPLE } from './headers.ts';
import { exampleOf } from './transactions.ts';

const GENESIS = createGenesis(EXAMPLE);

export interface Link {
  header: Header;
  transactions: readonly Transaction[];
}

/** A chain behind genesis, a block for each body, mined; the difference of a header from what it should be is given. */
export function chainOf(
  genesis: Genesis,
  bodies: readonly (readonly Transaction[])[],
  changes: Record<number, Partial<Header>> = {},
): Link[] {
  const headers = [genesis.header];
  const links: Link[] = [];
  for (const [at, transactions] of bodies.entries()) {
    const parent = headers.at(-1) as Header;
    const context = { time: parent.time, bits: parent.bits, previousTime: headers.at(-2)?.time ?? null };
    const header = {
      version: 1,
      previousHash: hashHeader(parent),
      merkleRoot: merkleTree(transactions.map(({ id }) => id)).root,
      time: parent.time + (at % 3 === 1 ? 45 : 20),
      bits: nextBits(genesis.network, context),
      nonce: 0,
      ...changes[at],
    };
    headers.push(mineHeader(header));
    links.push({ header: headers.at(-1) as Header, transactions });
  }
  return links;
}

/** The receipt of a post in block `at`, counted from 0 behind genesis, with all headers on top or only some. */
function receiptOf(genesis: Genesis, links: readonly Link[], at: number, position: number, depth?: number): Receipt {
  const { transactions } = links[at] as Link;
  const headers = links.slice(at, depth === undefined ? undefined : at + depth + 1).map(({ header }) => header);
  const transaction = transactions[position] as Transaction;
  return buildReceipt({ genesis, transaction, ids: transactions.map(({ id }) => id), position, headers });
}

const HELLO = exampleOf();
const FULL = exampleOf(
  {
    author: 'Zoë \u{1f5ff}',
    content: 'Line one,\n"line two" \\ </script> \u2028\u007f\u{1f5ff}',
    topics: ['b', 'a', 'Grüße', '\u{1f5ff}'],
    replyTo: HELLO.id,
  },
  { signer: BOB },
);
const FIVE = ['one', 'two', 'three', 'four', 'five'].map((content) => exampleOf({ content }));
const EMPTY = (count: number): Transaction[][] => Array.from({ length: count }, () => []);

const BODIES = [[HELLO], [HELLO, FULL, FIVE[0] as Transaction], FIVE, ...EMPTY(13)];
const LINKS = chainOf(GENESIS, BODIES);
const BASE = receiptOf(GENESIS, LINKS, 0, 0, 3);
const THIRD = receiptOf(GENESIS, LINKS, 1, 2, 3);

function validCases() {
  const withheld = { ...BASE, transaction: { ...BASE.transaction, content: null, salt: null } };
  const dev = createGenesis(DEV);
  const devLinks = chainOf(dev, [[post()], [post({ content: 'again' })], ...EMPTY(2)]);
  const cases: [string, Receipt, string?][] = [
    ['the only post of block 1, nothing on top', receiptOf(GENESIS, LINKS, 0, 0, 0)],
    ['the only post of block 1, three blocks on top', BASE],
    ['the same, its content withheld', withheld],
    ['the same, ended by a line feed', BASE, '\n'],
    ['the first of three posts', receiptOf(GENESIS, LINKS, 1, 0, 1)],
    ['the second of three posts, every field used', receiptOf(GENESIS, LINKS, 1, 1, 1)],
    ['the last of three posts: an end that was doubled', THIRD],
    ['the fourth of five posts', receiptOf(GENESIS, LINKS, 2, 3, 0)],
    ['the last of five posts: doubled twice', receiptOf(GENESIS, LINKS, 2, 4, 2)],
    ['all headers up to the tip, more than a median is taken of', receiptOf(GENESIS, LINKS, 1, 0)],
    ['dev, which does not retarget', receiptOf(dev, devLinks, 1, 0)],
  ];
  return cases.map(([name, receipt, end = '']) => {
    const text = canonicalText(receipt) + end;
    const { id, statement, content, block, tip, depth, work } = verifyReceiptText(text, verify);
    const { author, publicKey, timestamp } = statement;
    const proves = { id, author, publicKey, timestamp, content, block: block.hash, time: block.header.time };
    return { name, text, proves: { ...proves, tip, depth, work: String(work) } };
  });
}

interface Wrong {
  reason: ReceiptReason;
  name: string;
  text: string;
}

/** A receipt in canonical JSON that differs from a valid one in some fields. */
function differing(reason: ReceiptReason, name: string, change: object, base: Receipt = BASE): Wrong {
  return { reason, name, text: canonicalText({ ...base, ...change }) };
}

function badSpellings(): Wrong[] {
  const text = canonicalText(BASE);
  const spelled = (name: string, spelling: string): Wrong => ({
    reason: 'proof-not-canonical',
    name,
    text: spelling,
  });
  return [
    spelled('spaces', JSON.stringify(BASE, null, 1)),
    spelled('keys in another order', JSON.stringify(BASE)),
    spelled('a key twice', text.replace('"version":1}', '"version":1,"version":1}')),
    spelled('a key twice, another value first', text.replace('"position":0', '"position":1,"position":0')),
    spelled('a key twice within', text.replace('"retarget":true', '"retarget":false,"retarget":true')),
    spelled('a number with a fraction of zero', text.replace('"position":0', '"position":0.0')),
    spelled('a number with an exponent', text.replace('"spacing":30', '"spacing":3e1')),
    spelled('an escape that need not be', text.replace('"hello"', '"h\\u0065llo"')),
    spelled('two line feeds at the end', `${text}\n\n`),
    spelled('a carriage return at the end', `${text}\r\n`),
  ];
}

function badForms(): Wrong[] {
  const malformed = (name: string, change: object) => differing('proof-malformed', name, change);
  const { tip: _, ...tipless } = BASE;
  const { salt: __, ...saltless } = BASE.transaction;
  const [first = '', ...rest] = BASE.headers;
  const text = canonicalText(BASE);
  return [
    { reason: 'proof-malformed', name: 'nothing', text: '' },
    { reason: 'proof-malformed', name: 'no JSON', text: text.slice(0, -1) },
    { reason: 'proof-malformed', name: 'a byte order mark', text: `\ufeff${text}` },
    { reason: 'proof-malformed', name: 'no object', text: canonicalText([BASE]) },
    { reason: 'proof-malformed', name: 'a field missing', text: canonicalText(tipless) },
    { reason: 'proof-malformed', name: 'lists in lists', text: '['.repeat(1_000) },
    malformed('a field too many', { colour: 'red' }),
    malformed('another format', { format: 'stele-network' }),
    differing('proof-version-unknown', 'version 2', { version: 2 }),
    differing('proof-version-unknown', 'version as text', { version: '1' }),
    differing('proof-version-unknown', 'version 2, with other fields', { version: 2, colour: 'red' }),
    malformed('a position below 0', { position: -1 }),
    malformed('a position of 5,000', { position: 5_000 }),
    malformed('a position in halves', { position: 0.5 }),
    malformed('a position as text', { position: '0' }),
    malformed('a branch that is no list', { branch: {} }),
    malformed('a branch of 14', { branch: Array.from({ length: 14 }, (_, n) => someHash(n)) }),
    malformed('a step of 31 bytes', { branch: ['00'.repeat(31)] }),
    malformed('no headers', { headers: [] }),
    malformed('a header of 79 bytes', { headers: [first.slice(2), ...rest] }),
    malformed('a header in capitals', { headers: [first.toUpperCase(), ...rest] }),
    malformed('a header that is no text', { headers: [first, null] }),
    malformed('a tip of 31 bytes', { tip: BASE.tip.slice(2) }),
    malformed('no transaction', { transaction: null }),
    malformed('a field of the transaction missing', { transaction: saltless }),
    malformed('a field of the transaction too many', { transaction: { ...BASE.transaction, id: HELLO.id } }),
  ];
}

function badPosts(): Wrong[] {
  const { transaction } = BASE;
  const { statement } = transaction;
  const wrong = (reason: ReceiptReason, name: string, change: object) =>
    differing(reason, name, { transaction: { ...transaction, ...change } });
  const foreign = exampleOf({}, { network: someHash(0) });
  const foreignReceipt = receiptOf(GENESIS, chainOf(GENESIS, [[foreign]]), 0, 0);
  const late = exampleOf({}, { timestamp: (EXAMPLE.time + 20 + 600) * 1000 + 1 });
  const lateReceipt = receiptOf(GENESIS, chainOf(GENESIS, [[late]]), 0, 0);
  return [
    wrong('statement-malformed', 'a field of the statement too many', { statement: { ...statement, id: HELLO.id } }),
    wrong('author-invalid', 'another type of author', { statement: { ...statement, author: 1 } }),
    differing('wrong-network', 'a post for another network', {}, foreignReceipt),
    wrong('signature-malformed', 'a signature of 63 bytes', { signature: transaction.signature.slice(2) }),
    wrong('signature-invalid', 'another author', { statement: { ...statement, author: 'mallory' } }),
    wrong('signature-invalid', 'another key', { statement: { ...statement, publicKey: BOB.publicKey } }),
    wrong('signature-invalid', 'another post’s signature', { signature: FULL.signature }),
    wrong('content-mismatch', 'another content', { content: 'hallo' }),
    wrong('content-mismatch', 'another salt', { salt: '00'.repeat(16) }),
    wrong('content-malformed', 'a salt without its content', { content: null }),
    differing('transaction-too-new', 'a post over 10 minutes after its block', {}, lateReceipt),
  ];
}

function badNetworks(): Wrong[] {
  const { network } = BASE;
  const wrong = (reason: ReceiptReason, name: string, change: object) =>
    differing(reason, name, { network: { ...network, ...change } });
  const dev = createGenesis(DEV);
  return [
    wrong('network-malformed', 'another genesis hash', { genesis: dev.hash }),
    wrong('network-malformed', 'a field of the network too many', { colour: 'red' }),
    wrong('network-malformed', 'another type of parameter', { retarget: 'true' }),
    differing('wrong-network', 'another network’s parameters', { network: { ...dev.network, genesis: dev.hash } }),
  ];
}

function badBranches(): Wrong[] {
  const wrong = (reason: ReceiptReason, name: string, change: object) => differing(reason, name, change, THIRD);
  const [self = '', below = ''] = THIRD.branch;
  const twice = [HELLO, HELLO, FIVE[0] as Transaction];
  const mutated = chainOf(GENESIS, [twice]);
  const first = receiptOf(GENESIS, LINKS, 1, 0, 1);
  return [
    wrong('merkle-root-mismatch', 'a branch of another post', { branch: receiptOf(GENESIS, LINKS, 1, 0).branch }),
    wrong('merkle-root-mismatch', 'a step missing', { branch: [self] }),
    differing('merkle-root-mismatch', 'a step too many', { branch: [...first.branch, below] }, first),
    wrong('merkle-root-mismatch', 'a position beyond the branch', { position: 6 }),
    wrong('merkle-root-mismatch', 'another header', { headers: BASE.headers, tip: BASE.tip }),
    wrong('merkle-tree-mutated', 'the position of the end’s copy', { position: 3 }),
    wrong('merkle-tree-mutated', 'an end with something on its right', { position: 0 }),
    differing('merkle-tree-mutated', 'a post twice, the first', {}, receiptOf(GENESIS, mutated, 0, 0)),
    differing('merkle-tree-mutated', 'a post twice, the second', {}, receiptOf(GENESIS, mutated, 0, 1)),
  ];
}

function badHeaders(): Wrong[] {
  const last = hexToHeader(BASE.headers.at(-1) as string);
  const changed = (header: Header) => [...BASE.headers.slice(0, -1), headerToHex(header)];
  const missed = mineHeader({ ...last, nonce: 0 }, false);
  const other = mineHeader({ ...last, nonce: last.nonce + 1 });
  const [one = '', two = '', three = '', four = ''] = BASE.headers;
  /** The receipt of block 2 (or 1) where a header, counted from block 1, is another; for all headers on top. */
  const built = (reason: ReceiptReason, name: string, at: number, change: Partial<Header>, from = 1) =>
    differing(reason, name, {}, receiptOf(GENESIS, chainOf(GENESIS, BODIES, { [at]: change }), from, 0));
  const start = (LINKS[1] as Link).header.time;
  return [
    differing('proof-of-work-insufficient', 'a hash above its target', { headers: changed(missed) }),
    differing('tip-mismatch', 'another last header, mined', { headers: changed(other) }),
    differing('tip-mismatch', 'the last header missing', { headers: [one, two, three] }),
    differing('tip-mismatch', 'the hash of another header', { tip: hashHeader(hexToHeader(one)) }),
    differing('headers-unlinked', 'a header left out', { headers: [one, three, four] }),
    differing('headers-unlinked', 'a header twice', { headers: [one, two, two, three, four] }),
    differing('headers-unlinked', 'headers in another order', { headers: [one, three, two, four] }),
    built('bits-invalid', 'bits above the limit, of the last header', BODIES.length - 1, { bits: 0x2100ffff }),
    built('bits-wrong', 'block 1 with bits of its own', 0, { bits: 0x207ffffe }, 0),
    built('bits-wrong', 'block 2 with bits of its own', 1, { bits: 0x207ffffe }, 0),
    built('bits-wrong', 'the third header with bits of its own', 3, { bits: 0x207ffffe }),
    built('time-too-old', 'block 2 at the time of genesis', 1, { time: EXAMPLE.time }, 0),
    built('time-too-old', 'the twelfth header at the time of the first', 12, { time: start }),
  ];
}

export function receiptVectors() {
  const wrong = [badSpellings, badForms, badNetworks, badPosts, badBranches, badHeaders].flatMap((make) => make());
  return {
    about:
      'Texts of receipts. Those that are valid prove what stands beside them (`work` is a number in digits); the others ' +
      'are refused for the reason given. The network is not one that is expected beforehand.',
    valid: validCases(),
    invalid: wrong.map(({ name, text, reason }) => ({ name, text, reason })),
  };
}
