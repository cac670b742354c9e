/** Reads what a node answers. */
import { type Hash, isHex, isIntegerIn } from '../domain/bytes.ts';
import type { BlockPlace, DecisionRecord, ReorganisationRecord } from '../store/ports.ts';
import type {
  ArchiveDecisionsQuery,
  ArchivePendingQuery,
  ArchiveReorganisationsQuery,
  ArchiveStatusQuery,
} from './generated/graphql.ts';
import type { Cursors, UpstreamState } from './ports.ts';

/** The largest whole number that is exact in JSON. */
const MOST = Number.MAX_SAFE_INTEGER;
/** The largest number of a decision that the database has room for. */
const LAST_DECISION = 2 ** 31 - 1;
/** UTF-16 units of the longest reason that a node takes. */
const LONGEST_REASON = 500;

/** @throws TypeError saying what the answer does not hold. */
export function expectThat(holds: boolean, why: string): asserts holds {
  if (!holds) throw new TypeError(why);
}

/** How a node stands. */
export interface Status extends Omit<UpstreamState, 'url'> {
  chainWork: bigint;
  pending: number;
  /** The number of the latest decision, and how many there are. */
  decisions: { head: number | null; count: number };
  /** Tells its latest reorganisation from others; null: it remembers none. */
  reorganisation: string | null;
}

/** @throws what tells that the answer is none. */
export function readStatus(
  { node, withholdings, reorganisations }: ArchiveStatusQuery,
  cursors: Pick<Cursors, 'readDecision'>,
): Status {
  const { hash, height } = node.tip;
  const { count, maxCount, maxBytes, knownName, newName } = node.pool;
  const numbers = [height, count, maxCount, maxBytes, knownName, newName, withholdings.totalCount];
  expectThat(isHex(hash, 32) && isHex(node.chainWork, 32), 'the tip is not one');
  for (const number of numbers) expectThat(isIntegerIn(number, 0, MOST), 'a number is not one');
  const head = withholdings.edges[0]?.cursor;
  return {
    tip: { hash, height },
    chainWork: BigInt(`0x${node.chainWork}`),
    pending: count,
    pool: { maxCount, maxBytes, minimumWork: { knownName, newName } },
    decisions: { head: head === undefined ? null : cursors.readDecision(head), count: withholdings.totalCount },
    reorganisation: reorganisations[0] ? `${reorganisations[0].at} ${reorganisations[0].to}` : null,
  };
}

type Told = ArchiveReorganisationsQuery['reorganisations'][number];

/** @throws TypeError */
export function readReorganisation({ at, returnedCount, returnedIds, ...told }: Told): ReorganisationRecord {
  const isGood = isIntegerIn(returnedCount, 0, MOST) && returnedIds.every((id) => isHex(id, 32));
  expectThat(isGood && Number.isFinite(Date.parse(at)), 'a reorganisation is not one');
  return {
    at: Date.parse(at),
    fork: readPlace(told.fork, told.forkHeight),
    from: readPlace(told.from, told.fromHeight),
    to: readPlace(told.to, told.toHeight),
    returnedCount,
    returnedIds: [...returnedIds],
  };
}

type ToldDecision = ArchiveDecisionsQuery['withholdings']['edges'][number]['node'];

/** @throws TypeError */
export function readDecision(
  { transactionId: id, action, reason, erased, at }: ToldDecision,
  seq: number,
): DecisionRecord {
  const time = Date.parse(at);
  expectThat(isHex(id, 32) && Number.isFinite(time) && seq <= LAST_DECISION, 'a decision is not one');
  expectThat(action === 'WITHHOLD' || action === 'RESTORE', 'the action of a decision is not one');
  const isReason = reason === null || (typeof reason === 'string' && reason.length <= LONGEST_REASON);
  expectThat(isReason, 'the reason of a decision is not one');
  const kept = action === 'WITHHOLD' ? 'withhold' : 'restore';
  return { seq, id, action: kept, reason: reason ?? '', erased: erased === true, at: time };
}

type PageInfo = ArchivePendingQuery['pendingTransactions']['pageInfo'];

/** Where the next page begins; null: there is none. @throws TypeError */
export function readNext({ hasNextPage, endCursor }: PageInfo): string | null {
  if (!hasNextPage) return null;
  expectThat(typeof endCursor === 'string', 'a page has no end');
  return endCursor;
}

function readPlace(hash: Hash, height: number): BlockPlace {
  expectThat(isHex(hash, 32) && isIntegerIn(height, 0, MOST), 'a block of a reorganisation is not one');
  return { hash, height };
}
