import { isHex } from '../../domain/bytes.ts';
import { isName } from '../../domain/statement.ts';
import { postWork, type Transaction, transactionSize } from '../../domain/transaction.ts';
import type { KeyRange, Order } from '../../store/ports.ts';
import { type AsOf, cutRange, readAsOf } from '../asOf.ts';
import { blockCursor, connect, decisionCursor, pendingCursor, readRange, sliceList } from '../connection.ts';
import { type Context, note } from '../context.ts';
import { problem } from '../errors.ts';
import type { QueryResolvers } from '../generated/resolvers.ts';
import type { PoolPort } from '../ports.ts';
import { headerTexts, listingText } from '../proofs.ts';
import {
  findPost,
  includedStatus,
  pendingRecord,
  pendingStatus,
  rejectedStatus,
  type StatusRecord,
  statusOf,
} from '../records.ts';
import { readInput } from './input.ts';
import { authorsOf, nameQueries } from './names.ts';
import { postsPage } from './posts.ts';

/** The order of the schema as the store names it. */
const toOrder = (order: 'NEWEST_FIRST' | 'OLDEST_FIRST'): Order =>
  order === 'NEWEST_FIRST' ? 'newest-first' : 'oldest-first';

/** The most posts, blocks and authors that are listed for the same first digits. */
const FOUND = 10;

/** As many reorganisations as a node remembers. */
const MAX_REORGANISATIONS = 50;

/** Ids in one answer of `missingContents`: as many as nodes hand over posts in one call. */
const MAX_MISSING = 100;

export const Query: QueryResolvers = {
  node: () => ({}),

  async chain(_, args, context) {
    const range = readRange(args, blockCursor, context.limits);
    // Reading the tip first ensures that everything read afterwards lies at or below it.
    const isFromTip = range.after === null && range.before === null;
    const heights = isFromTip ? { ...range, after: null, before: null } : await heightsOf(range, args.asOf, context);
    const order = toOrder(args.order);
    const { slice, count } = await readAsOf(context, args.asOf, async (upTo) => ({
      slice: await context.reader.blocks(cutRange(heights, order, upTo), order),
      count: () => (upTo ?? context.chain.tip.height) + 1,
    }));
    return connect(slice, range, ({ hash }) => blockCursor.encode(hash), count);
  },

  async block(_, { hash, height, asOf }, context) {
    const { loaders } = context;
    if ((hash == null) === (height == null)) throw problem('BAD_USER_INPUT', 'give exactly one of hash and height');
    const found = await readAsOf(context, asOf, async (upTo) => {
      const block = await (hash == null
        ? loaders.blockByHeight.load(height as number)
        : loaders.blockByHash.load(hash.toLowerCase()));
      const isThere = upTo === null || (block?.onBestChain && block.height <= upTo);
      return isThere ? block : null;
    });
    // An answer as of a block is none any more when that block leaves the chain.
    note(context, asOf == null ? found : null);
    return found;
  },

  pendingTransactions(_, args, { pool, limits }) {
    const range = readRange(args, pendingCursor, limits);
    const [after, before] = [rankIn(pool, range.after), rankIn(pool, range.before)];
    const ranked = { length: pool.count, slice: (from: number, to: number) => pool.slice(from, to) };
    const slice = sliceList(ranked, { ...range, after, before });
    const items = slice.items.map(pendingRecord);
    return connect(
      { ...slice, items },
      range,
      ({ transaction }) => pendingCursor.encode(transaction.id),
      () => pool.count,
    );
  },

  transactions: (_, { filter, order, ...args }, context) => postsPage(context, filter ?? {}, args, toOrder(order)),

  transaction: async (_, { id }, context) => note(context, await findPost(context, id.toLowerCase())),

  transactionsById(_, { ids }, context) {
    const { maxPage } = context.limits;
    if (ids.length > maxPage) throw problem('PAGE_TOO_LARGE', `at most ${maxPage} posts at once`);
    return Promise.all(ids.map(async (id) => note(context, await findPost(context, id.toLowerCase()))));
  },

  transactionStatus: (_, { id }, context) => statusOf(context, id.toLowerCase()),

  author(_, { name, publicKey, asOf }, context) {
    const { reader } = context;
    if ((name == null) === (publicKey == null))
      throw problem('BAD_USER_INPUT', 'give exactly one of name and publicKey');
    return readAsOf(context, asOf, async (given) => {
      const upTo = given ?? undefined;
      const key = publicKey?.toLowerCase() ?? '';
      const author = await (name == null ? reader.authorByKey(key, upTo) : reader.authorByName(name, upTo));
      return author && { ...author, asOf };
    });
  },

  async find(_, { digits }, context) {
    const least = 8;
    if (digits.length < least || digits.length > 64) {
      throw problem('BAD_USER_INPUT', `give ${least} to 64 digits`);
    }
    const lower = digits.toLowerCase();
    const found = await context.reader.findByDigits(lower, FOUND);
    const [transactions, blocks, authors] = await Promise.all([
      // Pending posts are among them: they are stored before they are in the pool.
      Promise.all(found.posts.map((id) => findPost(context, id))),
      Promise.all(found.blocks.map((hash) => context.loaders.blockByHash.load(hash))),
      authorsOf(context, found.names),
    ]);
    const isThere = <Item>(item: Item | null): item is Item => item !== null;
    return {
      transactions: transactions.filter(isThere),
      blocks: blocks.filter(isThere),
      authors,
    };
  },

  async withholdings(_, args, { reader, limits }) {
    const range = readRange(args, decisionCursor, limits);
    return connect(
      await reader.decisions(range),
      range,
      ({ seq }) => decisionCursor.encode(seq),
      () => reader.countDecisions(),
    );
  },

  async reorganisations(_, { first }, { reader }) {
    if (first < 1 || first > MAX_REORGANISATIONS)
      throw problem('BAD_USER_INPUT', `first is 1 to ${MAX_REORGANISATIONS}`);
    return reader.reorganisations(first);
  },

  missingContents: async (_, __, { contents }) => (await contents.missing(null, MAX_MISSING)).ids,

  async headers(_, { locator, first }, context) {
    const { loaders, limits } = context;
    if (locator.length > limits.maxLocator) {
      throw problem('LOCATOR_TOO_LONG', `a locator has at most ${limits.maxLocator} hashes`);
    }
    const limit = first ?? limits.maxHeaders;
    if (limit > limits.maxHeaders) throw problem('PAGE_TOO_LARGE', `at most ${limits.maxHeaders} headers at once`);
    const known = await loaders.blockByHash.loadMany(locator);
    const common = known.find((block) => block && !(block instanceof Error) && block.onBestChain);
    const height = common && !(common instanceof Error) ? common.height : 0;
    return headerTexts(context, height + 1, limit);
  },

  listing(_, { publicKey, topic, from, to, depth }, context) {
    if ((publicKey == null) === (topic == null))
      throw problem('BAD_USER_INPUT', 'give exactly one of publicKey and topic');
    const key = publicKey?.toLowerCase();
    if (key === undefined ? !isName(topic) : !isHex(key, 32))
      throw problem('BAD_USER_INPUT', 'a key is 64 hex digits, a topic 1 to 64 bytes');
    const query = key === undefined ? { topic: topic as string } : { publicKey: key };
    return listingText(context, { query, from, to, depth: depth ?? null });
  },

  ...nameQueries,

  peers: (_, __, { peers }) => peers.list(),

  async checkTransaction(_, { input }, context) {
    let transaction: Transaction | null = null;
    try {
      transaction = readInput(input, context);
      const status = await checkedStatus(transaction, context);
      return { valid: true, status, ...measures(transaction) };
    } catch (error) {
      const status = rejectedStatus(error, transaction?.id ?? null);
      return { valid: false, status, ...measures(transaction) };
    }
  },
};

async function checkedStatus(transaction: Transaction, { pool }: Context): Promise<StatusRecord> {
  const result = await pool.check(transaction);
  return result?.state === 'included' ? includedStatus(transaction.id, result.height) : pendingStatus(transaction.id);
}

function measures(transaction: Transaction | null) {
  if (!transaction) return { transactionId: null, work: null, size: null };
  return { transactionId: transaction.id, work: postWork(transaction.bytes), size: transactionSize(transaction) };
}

/**
 * Cursors name blocks; pages go by height. A block that has left the best chain still has one, but is no place on the chain
 * below a block that was named.
 */
async function heightsOf(range: KeyRange<string>, asOf: AsOf, { loaders }: Context): Promise<KeyRange<number>> {
  const height = async (hash: string | null) => {
    if (hash === null) return null;
    const block = await loaders.blockByHash.load(hash);
    if (!block) throw problem('CURSOR_UNKNOWN', `this node does not know block ${hash}`);
    if (asOf != null && !block.onBestChain)
      throw problem('CURSOR_DETACHED', 'the block at this cursor has left the best chain: begin again');
    return block.height;
  };
  return { ...range, after: await height(range.after), before: await height(range.before) };
}

function rankIn(pool: PoolPort, id: string | null): number | null {
  if (id === null) return null;
  const rank = pool.rankOf(id);
  if (rank === null) throw problem('CURSOR_UNKNOWN', 'the post at this cursor is not pending any more: start again');
  return rank;
}
