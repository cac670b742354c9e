/** Tells processes that serve the database of changes: rows in order, and a signal for new ones. */
import type { Hash } from '../../domain/bytes.ts';
import type { Change } from '../../serve/ports.ts';
import type { Tx } from './database.ts';

/** The channel of the signal, whose payload is the highest `seq`. */
export const CHANNEL = 'stele';

/** Changes that are kept for those who were not connected; who has missed more reads everything anew. */
const KEPT = 20_000;

/** One change of this kind for each post, in their order. */
export const changesOf = (kind: Change['kind'], ids: readonly Hash[]): Change[] =>
  ids.map((postId) => ({ kind, postId }));

/** Notes changes within the transaction that makes them, and signals them when it commits. */
export async function noteChanges(tx: Tx, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const kinds = changes.map(({ kind }) => kind);
  const ids = changes.map(({ postId }) => postId);
  await tx.$executeRaw`
    WITH noted AS (
      INSERT INTO "Change" ("kind", "postId") SELECT * FROM unnest(${kinds}::text[], ${ids}::text[]) RETURNING "seq"),
    last AS (SELECT max("seq") AS seq FROM noted),
    forgotten AS (DELETE FROM "Change" WHERE "seq" <= (SELECT seq FROM last) - ${KEPT})
    SELECT pg_notify(${CHANNEL}, seq::text) FROM last`;
}
