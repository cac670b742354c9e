/** Fields of the object types, where they are not simply properties of the record. */
import { decodeCompact, targetToDifficulty } from '../../domain/compact.ts';
import { createIdMatcher, isIdStart, SHORT_ID, shortenIds } from '../../domain/compactBlock.ts';
import { headerToHex } from '../../domain/header.ts';
import { connect, positionCursor, readRange } from '../connection.ts';
import type { Context, Services } from '../context.ts';
import { problem } from '../errors.ts';
import type {
  BlockConnectionResolvers,
  BlockResolvers,
  NodeResolvers,
  PoolStatusResolvers,
  ReorganisationResolvers,
  TransactionConnectionResolvers,
  TransactionResolvers,
  TransactionStatusResolvers,
  WithholdingDecisionResolvers,
} from '../generated/resolvers.ts';
import type { Limits } from '../limits.ts';
import { inParts, pageInParts } from '../parts.ts';
import type { RefusedBranch } from '../ports.ts';
import { postsOf, receiptText } from '../proofs.ts';
import { findPost, hex256, includedStatus, mustFind, statusOf, toReason } from '../records.ts';
import { postsPage } from './posts.ts';

export const Node: NodeResolvers = {
  id: (_, __, { peers }) => peers.nodeId,
  version: (_, __, { version }) => version,
  protocol: (_, __, { peers }) => peers.protocol,
  publicUrl: (_, __, { peers }) => peers.publicUrl,
  operator: (_, __, { operator }) => operator,
  network: (_, __, { genesis }) => ({ ...genesis.network, genesis: genesis.hash }),
  tip: (_, __, { chain, loaders }) => mustFind(loaders.blockByHash.load(chain.tip.hash)),
  height: (_, __, { chain }) => chain.tip.height,
  chainWork: (_, __, { chain }) => hex256(chain.tip.chainWork),
  sync: (_, __, { sync, verification }) => ({
    state: sync.isSynced() ? 'SYNCED' : 'SYNCING',
    targetHeight: sync.targetHeight(),
    inFlight: sync.inFlight(),
    waitingFor: SYNC_WAITS[sync.wait()?.for ?? 'nothing'],
    message: sync.waitMessage() ?? unverifiedMessage(verification.progress),
    unverified: verification.progress,
    refusedBranch: refusedBranch(sync.refusedBranch()),
  }),
  peers: (_, __, { peers }) => peers.counts(),
  pool: (_, __, { pool }) => ({
    count: pool.count,
    bytes: pool.bytes,
    maxCount: pool.limits.maxCount,
    maxBytes: pool.limits.maxBytes,
  }),
  miner: (_, __, { miner }) => miner.progress(),
  uptime: (_, __, { uptime }) => uptime(),
  limits: (_, __, { limits }) => limits,
  isOperator: (_, __, { isOperator }) => isOperator,
};

function unverifiedMessage(progress: Services['verification']['progress']): string | null {
  if (progress === null) return null;
  const { height, targetHeight } = progress;
  const percent = Math.floor((100 * height) / Math.max(1, targetHeight));
  return `UNVERIFIED ${percent} %: the posts of the snapshot are checked up to block ${height} of ${targetHeight}`;
}

export const PoolStatus: PoolStatusResolvers = {
  minimumWork: (_, { kind }, { pool }) => pool.minimumWork(kind === 'NEW_NAME' ? 'new-name' : 'known-name'),
};

export const Block: BlockResolvers = {
  header: ({ header }) => headerToHex(header),
  version: ({ header }) => header.version,
  previousHash: ({ header }) => header.previousHash,
  merkleRoot: ({ header }) => header.merkleRoot,
  time: ({ header }) => new Date(header.time * 1000),
  bits: ({ header }) => header.bits,
  nonce: ({ header }) => header.nonce,
  target: ({ header }) => hex256(decodeCompact(header.bits).value),
  difficulty: ({ header }, _, { genesis }) => targetToDifficulty(decodeCompact(header.bits).value, genesis.powLimit),
  chainWork: ({ chainWork }) => hex256(chainWork),
  confirmations: ({ onBestChain, height }, _, context) => (onBestChain ? confirmations(height, context) : 0),
  isOnBestChain: ({ onBestChain }) => onBestChain,
  invalidReason: ({ invalidReason }) => (invalidReason ? toReason(invalidReason) : null),
  async transactions({ hash, transactionCount }, args, { reader, limits, signal }) {
    const range = readRange(args, positionCursor, limits);
    const slice = await reader.blockPosts(hash, range, signal);
    return connect<(typeof slice.items)[number]>(
      slice,
      range,
      ({ position }) => positionCursor.encode(position),
      () => transactionCount,
    );
  },
  previousBlock: ({ header, height }, _, { loaders }) =>
    height === 0 ? null : loaders.blockByHash.load(header.previousHash),
  async transactionIds({ hash }, { digits }, { reader, allowance, signal }) {
    const length = digits ?? 64;
    if (length < SHORT_ID || length > 64) throw problem('BAD_USER_INPUT', `digits are ${SHORT_ID} to 64`);
    const ids = shortenIds(await reader.blockIds(hash, signal), length);
    for (const id of ids) allowance.count(id.length + 3);
    return ids;
  },
  async body({ hash }, { only }, context) {
    const { reader, limits, signal } = context;
    if (only == null) return inParts(context, await postsOf(context, hash));
    const isWanted = readStarts(only, limits);
    // A full block has thousands of posts, of which mostly few are asked for.
    const ids = only.length === 0 ? [] : (await reader.blockIds(hash, signal)).filter(isWanted);
    const posts = await reader.postsById(ids);
    return inParts(
      context,
      ids.flatMap((id) => posts.get(id) ?? []),
    );
  },
};

function readStarts(starts: readonly string[], { maxBlockTransactions: most }: Limits) {
  if (starts.length > most || !starts.every(isIdStart))
    throw problem(
      'BAD_USER_INPUT',
      `only has at most ${most} ids, each whole or by its first ${SHORT_ID} digits or more`,
    );
  return createIdMatcher(starts);
}

export const Transaction: TransactionResolvers = {
  id: ({ transaction }) => transaction.id,
  version: ({ transaction }) => transaction.statement.version,
  author: ({ transaction }) => transaction.statement.author,
  publicKey: ({ transaction }) => transaction.statement.publicKey,
  successor: ({ transaction }) => transaction.statement.successor,
  timestamp: ({ transaction }) => transaction.statement.timestamp,
  commitment: ({ transaction }) => transaction.statement.commitment,
  size: ({ transaction }) => transaction.statement.size,
  topics: ({ transaction }) => transaction.statement.topics,
  replyTo: ({ transaction }) => transaction.statement.replyTo,
  supersedes: ({ transaction }) => transaction.statement.supersedes,
  stamp: ({ transaction }) => transaction.statement.stamp,
  signature: ({ transaction }) => transaction.signature,
  statement: ({ transaction }, _, { allowance }) => allowance.spend(new TextDecoder().decode(transaction.bytes)),
  content: ({ transaction }, _, { allowance }) =>
    transaction.opening ? allowance.spend(transaction.opening.content) : null,
  salt: ({ transaction }) => transaction.opening?.salt ?? null,
  contentState: ({ transaction, withheld }) =>
    withheld ? (withheld.erased ? 'ERASED' : 'WITHHELD') : transaction.opening ? 'HERE' : 'SEALED',
  withheld: ({ withheld }) => withheld && { ...withheld, at: new Date(withheld.at) },
  status: ({ transaction, place }, _, context) =>
    place ? includedStatus(transaction.id, place.height) : statusOf(context, transaction.id),
  block: (post) => post.block(),
  position: ({ place }) => place?.position ?? null,
  receipt: ({ transaction }, { depth }, context) => receiptText(context, transaction.id, depth ?? null),
  parent: ({ transaction }, _, context) => {
    const { replyTo } = transaction.statement;
    return replyTo === null ? null : findPost(context, replyTo);
  },
  replies: ({ transaction }, args, context) => postsPage(context, { replyTo: transaction.id }, args, 'oldest-first'),
  supersededBy: ({ transaction }, _, { loaders }) => loaders.supersededBy.load(transaction.id),
  async versions(post, _, { reader, limits }) {
    const versions = await reader.versions(post.transaction.id, limits.maxPage);
    return versions.length > 0 ? versions : [post];
  },
};

export const TransactionStatus: TransactionStatusResolvers = {
  block: ({ height }, _, { loaders }) => (height === null ? null : loaders.blockByHeight.load(height)),
  confirmations: ({ height }, _, context) => (height === null ? 0 : confirmations(height, context)),
};

export const BlockConnection: BlockConnectionResolvers = pageInParts;
export const TransactionConnection: TransactionConnectionResolvers = pageInParts;

export const WithholdingDecision: WithholdingDecisionResolvers = {
  transactionId: ({ id }) => id,
  action: ({ action }) => (action === 'withhold' ? 'WITHHOLD' : 'RESTORE'),
  reason: ({ reason }) => reason || null,
  at: ({ at }) => new Date(at),
};

export const Reorganisation: ReorganisationResolvers = {
  at: ({ at }) => new Date(at),
  fork: ({ fork }) => fork.hash,
  forkHeight: ({ fork }) => fork.height,
  from: ({ from }) => from.hash,
  fromHeight: ({ from }) => from.height,
  to: ({ to }) => to.hash,
  toHeight: ({ to }) => to.height,
  detached: ({ fork, from }) => from.height - fork.height,
  attached: ({ fork, to }) => to.height - fork.height,
  returned: ({ returnedIds }, _, context) => Promise.all(returnedIds.map((id) => findPost(context, id))),
};

function confirmations(height: number, { chain }: Context): number {
  return Math.max(chain.tip.height - height + 1, 0);
}

function refusedBranch(branch: RefusedBranch | null) {
  if (!branch) return null;
  const { reason, message, fork, first, tip, url } = branch;
  return {
    reason: toReason(reason),
    message,
    fork: fork.hash,
    forkHeight: fork.height,
    first,
    tip: tip.hash,
    tipHeight: tip.height,
    chainWork: hex256(tip.chainWork),
    url,
  };
}

const SYNC_WAITS = { peers: 'PEERS', blocks: 'BLOCKS', bodies: 'BODIES', clock: 'CLOCK', nothing: null } as const;
