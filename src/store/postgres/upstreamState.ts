/** The state of the archive's node as last heard, for processes that serve the database. */
import type { ReorganisationRecord } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';

/** Keys of the facts in `Meta`. */
export const UPSTREAM = 'upstream';
export const CAUGHT_UP = 'caughtUp';
export const REORGANISATIONS = 'reorganisations';

export interface UpstreamState {
  /** The URL of the node's GraphQL. */
  url: string;
  tip: { hash: string; height: number };
  /** Limits of the node's pool; `minimumWork` in bits, by the kind of the post's name. */
  pool: { maxCount: number; maxBytes: number; minimumWork: { knownName: number; newName: number } };
}

export interface HeardState {
  /** Null while nothing was heard. */
  state: UpstreamState | null;
  /** Seconds, by the database's clock, since the chain here was last seen to be as new as that of the node. */
  lag: number;
}

export async function readUpstreamState(reader: SqlReader): Promise<HeardState> {
  const rows = await reader.rows<{ key: string; value: string; age: number }>(Prisma.sql`
    SELECT "key", "value", extract(epoch FROM now() - "changedAt")::float8 AS "age" FROM "Meta"
    WHERE "key" IN (${UPSTREAM}, ${CAUGHT_UP})`);
  const heard = rows.find(({ key }) => key === UPSTREAM);
  const caughtUp = rows.find(({ key }) => key === CAUGHT_UP);
  return {
    state: heard ? (JSON.parse(heard.value) as UpstreamState) : null,
    lag: Math.max(caughtUp?.age ?? Number.POSITIVE_INFINITY, 0),
  };
}

/** The reorganisations that the node remembers, as the archive last read them. */
export async function readReorganisations(reader: SqlReader, limit: number): Promise<ReorganisationRecord[]> {
  const [row] = await reader.rows<{ value: string }>(Prisma.sql`
    SELECT "value" FROM "Meta" WHERE "key" = ${REORGANISATIONS}`);
  return (JSON.parse(row?.value ?? '[]') as ReorganisationRecord[]).slice(0, limit);
}
