/** A block that a caller offers, whole or compact. */
import { MAX_BLOCK_TRANSACTIONS } from '../../domain/block.ts';
import type { Hash } from '../../domain/bytes.ts';
import { completeBlock, isWhole, type PostSources, readCompactBlock } from '../../domain/compactBlock.ts';
import { isPassing, Refusal } from '../../domain/errors.ts';
import { checkProofOfWork, hashHeader, hexToHeader } from '../../domain/header.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { BlockRecord, PostRecord } from '../../store/ports.ts';
import type { Context } from '../context.ts';
import type { AddBlockInput, AddBlockOutcome, MutationResolvers, Reason } from '../generated/resolvers.ts';
import type { AcceptResult } from '../ports.ts';
import { toReason } from '../records.ts';
import { welcomeOnly } from './callers.ts';
import { readInput } from './input.ts';

/** Takes a block from anyone. The work of its header is checked before its posts are looked for. */
export const addBlock: NonNullable<MutationResolvers['addBlock']> = async (_, { input }, context) => {
  welcomeOnly(context);
  try {
    return await offer(input, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Anyone may write nonsense at no cost, behind the same address as others: the rate of writing holds it down.
    return payload({ outcome: 'REJECTED', reason: error.code as Reason, message: error.message });
  }
};

async function offer(input: AddBlockInput, context: Context): Promise<AddBlockResult> {
  const header = hexToHeader(input.header);
  const hash = hashHeader(header);
  const known = await context.loaders.blockByHash.load(hash);
  if (known && !known.invalidReason) return payload({ outcome: 'DUPLICATE', block: known });
  // The header's work is checked first, so that an attacker must pay before this node does.
  checkProofOfWork(header, hash, context.genesis.powLimit);
  try {
    const compact = readCompactBlock(header, input.transactionIds);
    const sources = await gather(input, context);
    await context.pace();
    const { block, missing } = completeBlock(compact, sources);
    if (!block) return payload({ outcome: 'MISSING_TRANSACTIONS', missing });
    await context.pace();
    return await describe(await context.chain.accept(block), context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return rejected(error, context);
  }
}

/** Transactions read between two turns of others: a block may have thousands. */
const SENT_A_PART = 25;

/** The block's transactions: as sent, from the pool, or (by whole ids) from another branch. */
async function gather({ transactionIds, transactions }: AddBlockInput, context: Context): Promise<PostSources> {
  const { pool, reader } = context;
  if ((transactions?.length ?? 0) > MAX_BLOCK_TRANSACTIONS) {
    throw new Refusal('too-many-transactions', `at most ${MAX_BLOCK_TRANSACTIONS} transactions`);
  }
  const sent: Transaction[] = [];
  for (const input of transactions ?? []) {
    if (sent.length % SENT_A_PART === 0) await context.pace();
    sent.push(readInput(input, context));
  }
  await context.pace();
  const sentIds = new Set(sent.map(({ id }) => id));
  const absent = transactionIds.filter((id) => isWhole(id) && !sentIds.has(id) && !pool.get(id));
  const stored = absent.length > 0 ? await reader.postsById(absent) : new Map<Hash, PostRecord>();
  return {
    sent,
    find: (id) => pool.get(id)?.transaction ?? stored.get(id)?.transaction,
    *pending() {
      for (const { transaction } of pool.ranked()) yield transaction;
    },
  };
}

async function describe(result: AcceptResult, context: Context): Promise<AddBlockResult> {
  if (result.outcome === 'orphan') return payload({ outcome: 'ORPHAN' });
  if (result.outcome === 'rejected') return rejected(result, context);
  // A block that only our policy refuses is no offence of its caller.
  if (result.outcome === 'refused') {
    return payload({ outcome: 'REJECTED', reason: toReason(result.reason), message: result.message });
  }
  const block = await context.loaders.blockByHash.load(result.entry.hash);
  return payload({ outcome: ACCEPT_OUTCOMES[result.outcome], block });
}

const ACCEPT_OUTCOMES = { accepted: 'ACCEPTED', 'side-branch': 'SIDE_BRANCH', duplicate: 'DUPLICATE' } as const;

/** A block with work behind it that breaks a rule: the caller who offers it has misbehaved. */
function rejected({ reason, message }: { reason: string; message: string }, context: Context): AddBlockResult {
  const { isOperator, inbound, client, observer } = context;
  // Honest nodes may send such a block: their clocks differ from ours.
  if (!isOperator && !isPassing(reason)) inbound.misbehaved(client.address, reason);
  observer.refused(toReason(reason));
  return payload({ outcome: 'REJECTED', reason: toReason(reason), message });
}

interface AddBlockResult {
  outcome: AddBlockOutcome;
  reason: Reason | null;
  message: string | null;
  missing: string[];
  block: BlockRecord | null;
}

function payload(fields: Partial<AddBlockResult> & Pick<AddBlockResult, 'outcome'>): AddBlockResult {
  return { reason: null, message: null, missing: [], block: null, ...fields };
}
