/**
 * Compact blocks (the idea is BIP 152's): a header and the ids of its posts, of which the receiver has most at hand. An
 * id may be cut short to its first digits. What such a beginning means is a guess, and the Merkle root tells whether it
 * was right: an author who makes two ids begin alike costs others a second request, and decides nothing.
 */
import { type Block, buildBlock, checkBlockCount, checkBody } from './block.ts';
import type { Hash } from './bytes.ts';
import { RuleError } from './errors.ts';
import type { Header } from './header.ts';
import type { Transaction } from './transaction.ts';

/** Digits that tell an id from the others of a pool; fewer are not looked up. */
export const SHORT_ID = 16;
const WHOLE_ID = 64;

declare const checked: unique symbol;
/** A header and ids that may belong together. Only {@link readCompactBlock} makes one. */
export interface CompactBlock {
  readonly [checked]: true;
  header: Header;
  /** The ids in order, each whole or by its first {@link SHORT_ID} digits or more. */
  ids: readonly string[];
}

/** Where the posts of a block are taken from. */
export interface PostSources {
  /** Posts that came along with the block. */
  sent: readonly Transaction[];
  /** A post at hand, by its whole id. */
  find(id: Hash): Transaction | undefined;
  /** The posts that short ids may mean: looked through once, and only if short ids are left. */
  pending(): Iterable<Transaction>;
}

/** The block, or those of its ids, as given, whose posts must be sent. */
export type Completion = { block: Block; missing: null } | { block: null; missing: string[] };

/**
 * Checks what can be checked before any post is looked for: with whole ids, that they are the header's.
 * @throws RuleError `too-many-transactions`, `merkle-tree-mutated`, `merkle-root-mismatch`.
 */
export function readCompactBlock(header: Header, ids: readonly string[]): CompactBlock {
  checkBlockCount(ids.length);
  const wrong = ids.find((id) => !isIdStart(id));
  if (wrong !== undefined) {
    throw new RuleError('merkle-root-mismatch', `${JSON.stringify(wrong)} is not an id, nor ${SHORT_ID} digits of one`);
  }
  if (ids.every(isWhole)) checkBody(header, ids);
  return { header, ids } as CompactBlock;
}

/**
 * Puts the block together. Where the posts found do not lead to the Merkle root, the fault is with those that were
 * guessed from short ids, if there are any: they are missing then.
 * @throws RuleError `merkle-tree-mutated`, `merkle-root-mismatch`, when nothing was guessed.
 */
export function completeBlock({ header, ids }: CompactBlock, { sent, find, pending }: PostSources): Completion {
  const given = createIndex(ids, sent);
  const known = ids.map((id) => given(id) ?? (isWhole(id) ? find(id) : undefined));
  const guessed = ids.filter((id, at) => !known[at] && !isWhole(id));
  const guess = createIndex(guessed, guessed.length > 0 ? pending() : []);
  const found = ids.map((id, at) => known[at] ?? guess(id));
  const missing = ids.filter((_, at) => !found[at]);
  if (missing.length > 0) return { block: null, missing };
  const transactions = found as Transaction[];
  if (ids.every(isWhole) || isBodyOf(header, transactions, guessed.length > 0)) {
    return { block: buildBlock(header, transactions), missing: null };
  }
  return { block: null, missing: guessed };
}

/** Ids by their first digits; whole where two of them would be the same. */
export function shortenIds(ids: readonly Hash[], digits = SHORT_ID): string[] {
  const short = ids.map((id) => id.slice(0, digits));
  const seen = new Set<string>();
  const doubled = new Set(short.filter((id) => seen.size === seen.add(id).size));
  return ids.map((id, at) => (doubled.has(id.slice(0, digits)) ? id : (short[at] as string)));
}

/** Whether ids begin with one of these, each of {@link SHORT_ID} digits or more. */
export function createIdMatcher(starts: readonly string[]): (id: Hash) => boolean {
  const byHead = new Map<string, string[]>();
  for (const start of starts) byHead.set(headOf(start), [...(byHead.get(headOf(start)) ?? []), start]);
  return (id) => byHead.get(headOf(id))?.some((start) => id.startsWith(start)) ?? false;
}

/** Whether a text is an id, or enough digits of one to look it up. */
export function isIdStart(text: string): boolean {
  return /^[0-9a-f]{16,64}$/.test(text);
}

/** Whether an id is whole rather than its first digits. */
export const isWhole = (id: string): boolean => id.length === WHOLE_ID;

const headOf = (id: string): string => id.slice(0, SHORT_ID);

/** Finds, of these posts, the one that an id or its beginning means: of two that it may mean, neither. */
function createIndex(ids: readonly string[], posts: Iterable<Transaction>) {
  // Only what is asked for is kept, so that a pool of any size costs one look at each of its ids.
  const byHead = new Map<string, Map<Hash, Transaction>>(ids.map((id) => [headOf(id), new Map()]));
  for (const post of posts) byHead.get(headOf(post.id))?.set(post.id, post);
  return (id: string): Transaction | undefined => {
    const alike = [...(byHead.get(headOf(id))?.values() ?? [])].filter((post) => post.id.startsWith(id));
    return alike.length === 1 ? alike[0] : undefined;
  };
}

function isBodyOf(header: Header, transactions: readonly Transaction[], isGuess: boolean): boolean {
  try {
    checkBody(
      header,
      transactions.map(({ id }) => id),
    );
    return true;
  } catch (error) {
    if (isGuess && error instanceof RuleError) return false;
    throw error;
  }
}
