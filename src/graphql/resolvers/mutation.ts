import { type Hash, hexToBytes, isHex } from '../../domain/bytes.ts';
import { Refusal } from '../../domain/errors.ts';
import { signTransaction } from '../../domain/sign.ts';
import { checkOpening, type Opening, SALT_BYTES, type Transaction } from '../../domain/transaction.ts';
import type { Source } from '../../mempool/ports.ts';
import type { PostRecord } from '../../store/ports.ts';
import type { Context } from '../context.ts';
import { problem } from '../errors.ts';
import type { ErrorCode, MutationResolvers, PostInput, Reason } from '../generated/resolvers.ts';
import type { NameKey } from '../ports.ts';
import { findPost, includedStatus, pendingStatus, rejectedStatus, type StatusRecord } from '../records.ts';
import { addBlock } from './addBlock.ts';
import { operatorOnly, welcomeOnly } from './callers.ts';
import { readInput } from './input.ts';
import { acceptBranch, addPeer, removePeer, resync } from './peers.ts';

export const Mutation: MutationResolvers = {
  async post(_, { input }, context) {
    operatorOnly(context);
    const status = await takePost(context, () => withKeys(() => signAndKeep(input, context)), OWN);
    const key = await withKeys(() => context.keyring.signerFor(input.author));
    return { ...(await withPost(status, context)), isRecoveryHere: key?.isRecoveryHere ?? false };
  },

  async submitTransaction(_, { input }, context) {
    const status = await takePost(context, async () => readInput(input, context));
    return withPost(status, context);
  },

  async submitTransactions(_, { input: { transactions } }, context) {
    welcomeOnly(context);
    const { maxPage } = context.limits;
    if (transactions.length > maxPage) throw problem('PAGE_TOO_LARGE', `at most ${maxPage} posts at once`);
    const statuses: Promise<StatusRecord>[] = [];
    for (const input of transactions) {
      // One post begins after the other, when the time of those before is known; none waits for the commit of another.
      await context.pace();
      statuses.push(takePost(context, async () => readInput(input, context)));
    }
    return { statuses: await Promise.all(statuses) };
  },

  async reveal(_, { input }, context) {
    welcomeOnly(context);
    const { transaction } = await mustHold(input.id, context);
    const opening = readOpening(input, transaction);
    const states = await context.chain.reveal([{ ...transaction, opening }]);
    const outcome = states.get(transaction.id);
    if (!outcome) throw problem('NOT_FOUND', `this node does not hold ${input.id}`);
    return { outcome: REVEAL_OUTCOMES[outcome], transaction: await mustHold(transaction.id, context) };
  },

  async mine(_, { input }, context) {
    operatorOnly(context);
    context.allowance.setTimeLimit(null);
    const { blocks, timeoutMs, allowEmpty } = input ?? {};
    const request = { blocks: blocks ?? 1, timeoutMs: timeoutMs ?? 60_000, allowEmpty: allowEmpty ?? false };
    if (request.blocks > 1_000) throw problem('BAD_USER_INPUT', 'at most 1,000 blocks at once');
    if (request.timeoutMs > 3_600_000) throw problem('BAD_USER_INPUT', 'timeoutMs is at most 3,600,000');
    const { outcome, hashes, message, waitSeconds } = await context.miner.mine(request);
    const found = await context.reader.blocksByHash(hashes);
    const blocksFound = hashes.flatMap((hash) => found.get(hash) ?? []);
    return {
      outcome: MINE_OUTCOMES[outcome],
      message: message ?? null,
      waitSeconds: waitSeconds ?? null,
      blocks: blocksFound,
    };
  },

  addBlock,
  addPeer,
  removePeer,
  resync,
  acceptBranch,

  async withhold(_, { input }, context) {
    operatorOnly(context);
    const { reason, erase } = input;
    const id = input.id.toLowerCase();
    checkReason(reason);
    const held = await context.withholder.withhold(id, reason, erase ?? false, context.now());
    if (!held) throw problem('NOT_FOUND', `this node does not hold ${id}`);
    context.feed.changed(`post:${id}`);
    await context.pool.drop(id, 'withheld');
    if (erase && !(await context.withholder.purge()))
      throw problem(
        'ERASURE_INCOMPLETE',
        'the content is withheld, and erased but for bytes in the log, which another program reads: withhold again later',
      );
    return { transaction: await mustHold(id, context) };
  },

  async restore(_, { input }, context) {
    operatorOnly(context);
    const { reason } = input;
    const id = input.id.toLowerCase();
    if (reason != null) checkReason(reason);
    const opening = isGiven(input) ? readOpening(input, (await mustHold(id, context)).transaction) : null;
    const restored = await context.withholder.restore(id, reason ?? '', opening, context.now());
    if (!restored) throw problem('CONTENT_NEEDED', 'the content was erased here: give content and salt');
    context.feed.changed(`post:${id}`);
    return { transaction: await readmit(await mustHold(id, context), context) };
  },
};

function checkReason({ length }: string): void {
  if (length === 0 || length > 500) throw problem('BAD_USER_INPUT', 'a reason has 1 to 500 characters');
}

/** Posts by the operator, new or restored, take precedence over those of others. */
const OWN: Source = { address: null, isOwn: true };

/** A restored post that is not on the chain returns to the pool. */
async function readmit(post: PostRecord, context: Context): Promise<PostRecord> {
  if (post.place) return post;
  // Another post may have taken the name meanwhile: then the restored post is served but not mined.
  await context.pool.add(post.transaction, OWN).catch((error: unknown) => rejectedStatus(error, post.transaction.id));
  return mustHold(post.transaction.id, context);
}

const REVEAL_OUTCOMES = { revealed: 'REVEALED', here: 'ALREADY_HERE', withheld: 'WITHHELD' } as const;

const MINE_OUTCOMES = {
  mined: 'MINED',
  'nothing-to-mine': 'NOTHING_TO_MINE',
  'timed-out': 'TIMED_OUT',
  syncing: 'SYNCING',
  stopped: 'STOPPED',
  'clock-wrong': 'CLOCK_WRONG',
} as const;

async function takePost(
  { pool, isOperator, client, observer }: Context,
  make: () => Promise<Transaction>,
  source: Source = { address: isOperator ? null : client.address, isOwn: false },
): Promise<StatusRecord> {
  let transaction: Transaction | null = null;
  try {
    transaction = await make();
    const { id } = transaction;
    const result = await pool.add(transaction, source);
    return result.state === 'included' ? includedStatus(id, result.height) : pendingStatus(id);
  } catch (error) {
    const status = rejectedStatus(error, transaction?.id ?? null);
    observer.refused(String(status.reason));
    return status;
  }
}

async function withPost(status: StatusRecord, context: Context) {
  const isTaken = status.transactionId !== null && status.state !== 'REJECTED';
  return { transaction: isTaken ? await findPost(context, status.transactionId as Hash) : null, status };
}

/** Bits of own work that a full pool makes us do for our operator's posts: some 4,000 hashes, too few for a delay that is felt. */
const MOST_WORK = 12;

/** Why the operator's keys cannot be used, such as a lock that is damaged, is for the operator to read and to mend. */
async function withKeys<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === 'KeyringError') throw problem('KEYS_UNAVAILABLE', error.message);
    throw error;
  }
}

/** A sealed post leaves content and salt with its author: without the two it cannot be opened. */
async function signAndKeep(input: PostInput, context: Context): Promise<Transaction> {
  const { sealWith } = input;
  if (sealWith != null && !isHex(sealWith, SALT_BYTES)) {
    throw new Refusal('content-malformed', 'sealWith must be 32 lower-case hex digits');
  }
  const transaction = await signWithName(input, context, sealWith ? hexToBytes(sealWith) : null);
  return sealWith == null ? transaction : { ...transaction, opening: null };
}

/** Signs with the name's own key. A new key is kept only when its first post would be taken, and before it is. */
async function signWithName(input: PostInput, context: Context, salt: Uint8Array | null): Promise<Transaction> {
  const { keyring, genesis, now, random, pool } = context;
  const work = Math.min(pool.minimumWork(), MOST_WORK);
  const signing = { network: genesis.hash, timestamp: now(), salt: salt ?? random(SALT_BYTES), work };
  // Named in every post of the key: whichever of them is the first on the chain decides who inherits the name.
  const sign = (key: NameKey) => {
    const { topics, replyTo = null, supersedes = null } = input;
    return signTransaction(
      { ...input, topics: topics ?? [], replyTo, supersedes, successor: key.successor },
      key,
      signing,
    );
  };
  const key = await keyring.signerFor(input.author);
  if (key) return sign(key);
  const proposal = keyring.propose(input.author);
  const transaction = sign(proposal.signer);
  await pool.check(transaction, OWN);
  await proposal.keep();
  return transaction;
}

async function mustHold(id: Hash, context: Context): Promise<PostRecord> {
  const post = await findPost(context, id);
  if (!post) throw problem('NOT_FOUND', `this node does not hold ${id}`);
  return post;
}

interface OpeningInput {
  content?: string | null;
  salt?: string | null;
}

const isGiven = ({ content, salt }: OpeningInput) => content != null || salt != null;

/** Reasons to refuse an opening: reasons of the protocol that are error codes as well. */
type OpeningFault = Extract<Reason, ErrorCode>;

/** @throws GraphQLError when the content and salt do not open the post's commitment. */
function readOpening({ content, salt }: OpeningInput, { statement }: Transaction): Opening {
  const opening = { content: content ?? '', salt: salt ?? '' };
  try {
    if (!isHex(opening.salt, SALT_BYTES))
      throw new Refusal('content-malformed', 'salt must be 32 lower-case hex digits');
    checkOpening(statement, opening);
  } catch (error) {
    throw error instanceof Refusal ? problem(error.code as OpeningFault, error.message) : error;
  }
  return opening;
}
