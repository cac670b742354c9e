import { buildBlock, checkBody, MAX_BLOCK_TRANSACTIONS } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { Refusal } from '../../domain/errors.ts';
import { checkProofOfWork, type Header, hashHeader, hexToHeader } from '../../domain/header.ts';
import { signTransaction } from '../../domain/sign.ts';
import { checkDisclosure, SALT_BYTES, type Transaction } from '../../domain/transaction.ts';
import type { Context } from '../context.ts';
import { problem } from '../errors.ts';
import type {
  AddBlockInput,
  AddBlockOutcome,
  MutationResolvers,
  PostInput,
  Reason,
  RestoreInput,
} from '../generated/resolvers.ts';
import type { AcceptResult, BlockRecord, PostRecord } from '../ports.ts';
import { findPost, includedStatus, pendingStatus, rejectedStatus, toReason } from '../records.ts';
import { readInput } from './query.ts';

export const Mutation: MutationResolvers = {
  async post(_, { input }, context) {
    operatorOnly(context);
    return takePost(context, () => signAndKeep(input, context));
  },

  submitTransaction: (_, { input }, context) => takePost(context, async () => readInput(input, context)),

  async mine(_, { input }, context) {
    operatorOnly(context);
    context.allowance.liftTimeLimit();
    const { blocks, timeoutMs, allowEmpty } = input ?? {};
    const request = { blocks: blocks ?? 1, timeoutMs: timeoutMs ?? 60_000, allowEmpty: allowEmpty ?? false };
    if (request.blocks > 1_000) throw problem('BAD_USER_INPUT', 'at most 1,000 blocks at once');
    if (request.timeoutMs > 3_600_000) throw problem('BAD_USER_INPUT', 'timeoutMs is at most 3,600,000');
    const { outcome, hashes } = await context.miner.mine(request);
    const found = await context.reader.blocksByHash(hashes);
    return { outcome: MINE_OUTCOMES[outcome], blocks: hashes.flatMap((hash) => found.get(hash) ?? []) };
  },

  async addBlock(_, { input }, context) {
    try {
      return await offerBlock(input, context);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return addBlockPayload({ outcome: 'REJECTED', reason: toReason(error.reason), message: error.message });
    }
  },

  async withhold(_, { input }, context) {
    operatorOnly(context);
    const { id, reason, erase } = input;
    if (reason.length === 0 || reason.length > 500) throw problem('BAD_USER_INPUT', 'a reason has 1 to 500 characters');
    const held = await context.withholder.withhold(id, reason, erase ?? false, context.now());
    if (!held) throw problem('NOT_FOUND', `this node does not hold ${id}`);
    context.feed.changed(`post:${id}`);
    await context.pool.drop(id, 'withheld');
    return { transaction: await mustHold(id, context) };
  },

  async restore(_, { input }, context) {
    operatorOnly(context);
    const post = await mustHold(input.id, context);
    const restored = await context.withholder.restore(input.id, readDisclosure(input, post), context.now());
    if (!restored) throw problem('CONTENT_NEEDED', 'the content was erased here: give content and salt');
    context.feed.changed(`post:${input.id}`);
    return { transaction: await readmit(await mustHold(input.id, context), context) };
  },
};

/** What can be read again can be mined again, if it is not on the chain. */
async function readmit(post: PostRecord, context: Context): Promise<PostRecord> {
  if (post.place) return post;
  // Another post may have its name by now: then it is served and not mined.
  await context.pool.add(post.transaction).catch((error: unknown) => rejectedStatus(error, post.transaction.id));
  return mustHold(post.transaction.id, context);
}

const MINE_OUTCOMES = {
  mined: 'MINED',
  'nothing-to-mine': 'NOTHING_TO_MINE',
  'timed-out': 'TIMED_OUT',
  syncing: 'SYNCING',
  stopped: 'STOPPED',
} as const;

const ACCEPT_OUTCOMES = { accepted: 'ACCEPTED', 'side-branch': 'SIDE_BRANCH', duplicate: 'DUPLICATE' } as const;

function operatorOnly({ isOperator }: Context): void {
  if (isOperator) return;
  throw problem(
    'OPERATOR_ONLY',
    'only the operator may do this: call from the same machine, or send the operator token',
  );
}

async function takePost(context: Context, make: () => Promise<Transaction>) {
  let transaction: Transaction | null = null;
  try {
    transaction = await make();
    const { id } = transaction;
    const result = await context.pool.add(transaction);
    const status = result.state === 'included' ? includedStatus(id, result.height) : pendingStatus(id);
    return { transaction: await findPost(context, id), status };
  } catch (error) {
    return { transaction: null, status: rejectedStatus(error, transaction?.id ?? null) };
  }
}

/** Signs with the name's own key. A new key is kept only when its first post would be taken, and before it is. */
async function signAndKeep(input: PostInput, context: Context): Promise<Transaction> {
  const { keyring, genesis, now, random, pool } = context;
  const signing = { network: genesis.hash, timestamp: now(), salt: random(SALT_BYTES) };
  const draft = { ...input, topics: input.topics ?? [], replyTo: input.replyTo ?? null };
  const signer = await keyring.signerFor(input.author);
  if (signer) return signTransaction(draft, signer, signing);
  const proposal = keyring.propose(input.author);
  const transaction = signTransaction(draft, proposal.signer, signing);
  await pool.check(transaction);
  await proposal.keep();
  return transaction;
}

async function offerBlock(input: AddBlockInput, context: Context) {
  const header = hexToHeader(input.header);
  const hash = hashHeader(header);
  const known = await context.loaders.blockByHash.load(hash);
  if (known && !known.fault) return addBlockPayload({ outcome: 'DUPLICATE', block: known });
  // Before anything is gathered: only work earns ours.
  checkProofOfWork(header, hash, context.genesis.powLimit);
  checkBody(header, input.transactionIds);
  const { found, missing } = await gather(input, context);
  if (missing.length > 0) return addBlockPayload({ outcome: 'MISSING_TRANSACTIONS', missing });
  return describe(await context.chain.accept(buildBlock(header as Header, found)), context);
}

/** The block's transactions: as sent, from the pool, or from another branch. */
async function gather({ transactionIds, transactions }: AddBlockInput, context: Context) {
  if ((transactions?.length ?? 0) > MAX_BLOCK_TRANSACTIONS) {
    throw new Refusal('too-many-transactions', `at most ${MAX_BLOCK_TRANSACTIONS} transactions`);
  }
  const sent = new Map(transactions?.map((input) => readInput(input, context)).map((sent) => [sent.id, sent]));
  const absent = transactionIds.filter((id) => !sent.has(id) && !context.pool.get(id));
  const stored = await context.reader.postsById(absent);
  const found: Transaction[] = [];
  const missing: Hash[] = [];
  for (const id of transactionIds) {
    const own = context.pool.get(id)?.transaction ?? stored.get(id)?.transaction;
    const transaction = sent.get(id) ?? (own?.disclosure ? own : undefined);
    if (transaction) found.push(transaction);
    else missing.push(id);
  }
  return { found, missing };
}

async function describe(result: AcceptResult, context: Context) {
  if (result.outcome === 'orphan') return addBlockPayload({ outcome: 'ORPHAN' });
  if (result.outcome === 'rejected') {
    return addBlockPayload({ outcome: 'REJECTED', reason: toReason(result.reason), message: result.message });
  }
  const block = await context.loaders.blockByHash.load(result.entry.hash);
  return addBlockPayload({ outcome: ACCEPT_OUTCOMES[result.outcome], block });
}

interface AddBlockResult {
  outcome: AddBlockOutcome;
  reason: Reason | null;
  message: string | null;
  missing: Hash[];
  block: BlockRecord | null;
}

function addBlockPayload(fields: Partial<AddBlockResult> & Pick<AddBlockResult, 'outcome'>): AddBlockResult {
  return { reason: null, message: null, missing: [], block: null, ...fields };
}

async function mustHold(id: Hash, context: Context): Promise<PostRecord> {
  const post = await findPost(context, id);
  if (!post) throw problem('NOT_FOUND', `this node does not hold ${id}`);
  return post;
}

function readDisclosure({ content, salt }: RestoreInput, { transaction }: PostRecord) {
  if (content == null && salt == null) return null;
  const disclosure = { content: content ?? '', salt: salt ?? '' };
  try {
    if (!/^[0-9a-f]{32}$/.test(disclosure.salt)) throw new Refusal('content-malformed', 'salt must be 32 hex digits');
    checkDisclosure(transaction.statement, disclosure);
  } catch (error) {
    throw error instanceof Refusal ? problem(toReason(error.reason), error.message) : error;
  }
  return disclosure;
}
