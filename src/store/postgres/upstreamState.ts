/** The state of the archive's node as last heard, for processes that serve the database. */
import type { UpstreamState } from '../../archive/ports.ts';
import type { Heard } from '../../serve/ports.ts';
import type { ReorganisationRecord } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';

/** Keys of the facts in `Meta`. */
export const UPSTREAM = 'upstream';
/** Written when the copy is as new as the node: its time tells the age of the copy. */
export const CAUGHT_UP = 'caughtUp';
/** The node's reorganisations, newest first. */
export const REORGANISATIONS = 'reorganisations';

/** What the archive noted last of the node that it follows. */
export async function readUpstreamState(reader: SqlReader): Promise<Heard> {
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
