/** Reads what a node answers. */
import { type Hash, isHex, isIntegerIn } from '../domain/bytes.ts';
import type { BlockPlace, ReorganisationRecord } from '../store/ports.ts';
import type { ArchiveReorganisationsQuery } from './generated/graphql.ts';

/** The largest whole number that is exact in JSON. */
export const MOST = Number.MAX_SAFE_INTEGER;

/** @throws TypeError saying what the answer does not hold. */
export function expectThat(holds: boolean, why: string): asserts holds {
  if (!holds) throw new TypeError(why);
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

function readPlace(hash: Hash, height: number): BlockPlace {
  expectThat(isHex(hash, 32) && isIntegerIn(height, 0, MOST), 'a block of a reorganisation is not one');
  return { hash, height };
}
