/** Vectors of compact blocks: how ids are cut short, and what a receiver makes of them. */
import type { Hash } from '../../../src/domain/bytes.ts';
import { completeBlock, readCompactBlock, SHORT_ID, shortenIds } from '../../../src/domain/compactBlock.ts';
import { RuleError } from '../../../src/domain/errors.ts';
import type { Header } from '../../../src/domain/header.ts';
import { merkleTree } from '../../../src/domain/merkle.ts';
import type { Transaction } from '../../../src/domain/transaction.ts';
import { mineBlock, post } from '../../domain/fixtures.ts';

const POSTS = ['one', 'two', 'three', 'four'].map((content) => post({ content }));
const [ONE, TWO, THREE, FOUR] = POSTS as [Transaction, Transaction, Transaction, Transaction];
const { header: HEADER } = mineBlock(POSTS);
const short = ({ id }: Transaction, digits = SHORT_ID) => id.slice(0, digits);
const SHORT = POSTS.map((each) => short(each));
const idsOf = (posts: readonly Transaction[]) => posts.map(({ id }) => id);

/** A post whose id begins like this one's: what somebody might grind. */
const TWIN: Transaction = { ...FOUR, id: short(FOUR).padEnd(64, 'f') };
const BUT_FOUR = [ONE, TWO, THREE];

type Case = [name: string, ids: string[], atHand: Transaction[], sent: Transaction[], header?: Header];

const CASES: Case[] = [
  ['whole ids of pending posts', idsOf(POSTS), POSTS, []],
  ['short ids of pending posts', SHORT, POSTS, []],
  ['short ids of any length', [ONE.id, short(TWO, 17), short(THREE, 63), short(FOUR)], POSTS, []],
  ['posts that are sent along, in any order', SHORT, [], [FOUR, TWO, THREE, ONE]],
  ['a post that is sent twice', SHORT, BUT_FOUR, [FOUR, FOUR]],
  ['what is nowhere is missing, as given', [...SHORT.slice(0, 3), FOUR.id], [ONE], [THREE]],
  ['a short id that two pending posts begin with is missing', SHORT, [...POSTS, TWIN], []],
  ['a short id that two posts begin with that are sent is missing', SHORT, [], [...POSTS, TWIN]],
  ['one that is sent counts before one that is pending', SHORT, [...BUT_FOUR, TWIN], [FOUR]],
  ['a longer id tells two apart', [...SHORT.slice(0, 3), short(FOUR, 20)], [...POSTS, TWIN], []],
  ['a wrong guess: every id that was looked up in the pool is missing', SHORT, [...BUT_FOUR, TWIN], []],
  ['a wrong guess beside posts that are sent', SHORT, [ONE, TWIN], [TWO, THREE]],
  ['a wrong post that is sent', SHORT, [], [...BUT_FOUR, TWIN]],
  ['whole ids that do not lead to the root, though the posts are here', idsOf([ONE, TWO, FOUR, THREE]), POSTS, []],
  ['whole ids, the last two said twice: the root is the same', ...mutated(idsOf)],
  ['short ids, the last two said twice', ...mutated((posts) => posts.map((each) => short(each)))],
];

/** Three posts, the last of them twice, which leads to the root of the three. */
function mutated(spell: (posts: readonly Transaction[]) => string[]): [string[], Transaction[], Transaction[], Header] {
  const header = { ...HEADER, merkleRoot: merkleTree(idsOf(BUT_FOUR)).root };
  return [spell([...BUT_FOUR, THREE]), [], BUT_FOUR, header];
}

/** The ids of the block, the ids that are missing, or the reason of a refusal: the two others are null. */
function outcomeOf([, ids, atHand, sent, header = HEADER]: Case) {
  const byId = new Map<Hash, Transaction>(atHand.map((each) => [each.id, each]));
  try {
    const sources = { sent, find: (id: Hash) => byId.get(id), pending: () => atHand };
    const { block, missing } = completeBlock(readCompactBlock(header, ids), sources);
    return { transactionIds: block && idsOf(block.transactions), missing, reason: null };
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    return { transactionIds: null, missing: null, reason: error.reason };
  }
}

export function compactBlockVectors() {
  return {
    about:
      '`shorten`: ids of one block, cut to so many digits. `blocks`: a header with `merkleRoot` comes with `ids` and with the posts ' +
      '`sent`; the posts `pending` are in the receiver’s pool. Then the block has `transactionIds`, or ids are `missing`, or it ' +
      'is refused for `reason`. The id that ends with many f is no hash of anything.',
    shorten: [
      { name: 'ids that begin differently', ids: idsOf(POSTS), digits: SHORT_ID },
      { name: 'two that begin alike stay whole', ids: idsOf([ONE, FOUR, TWIN]), digits: SHORT_ID },
      { name: 'more digits', ids: idsOf([ONE, FOUR, TWIN]), digits: 20 },
    ].map(({ ids, digits, ...given }) => ({ ...given, ids, digits, short: shortenIds(ids, digits) })),
    blocks: CASES.map((each) => {
      const [name, ids, atHand, sent, { merkleRoot } = HEADER] = each;
      return { name, merkleRoot, ids, pending: idsOf(atHand), sent: idsOf(sent), ...outcomeOf(each) };
    }),
  };
}
