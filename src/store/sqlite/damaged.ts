/** Sets damaged posts aside, so that they are neither mined nor served, and can be stored again in full. */
import type { Damage } from '../model/damage.ts';
import type { Tx } from './database.ts';
import { listOf, removeUnheld } from './storePosts.ts';

/**
 * Takes damaged posts out of the pool, with the reason noted, and lets go of damaged contents. A row that no block holds goes
 * as a whole: whoever sends the post again is believed anew.
 */
export async function setAside(tx: Tx, damages: readonly Damage[], at: number): Promise<void> {
  const ids = listOf(damages.map(({ id }) => id));
  const contents = listOf(damages.filter(({ part }) => part === 'content').map(({ id }) => id));
  await tx.$executeRaw`
    INSERT OR REPLACE INTO "Dropped" ("id", "reason", "at") SELECT p."id", 'content-missing', ${at}
    FROM "Pending" e CROSS JOIN "Post" p ON p."seq" = e."postSeq" WHERE p."id" IN (${ids})`;
  await tx.$executeRaw`
    DELETE FROM "Pending" WHERE "postSeq" IN (SELECT "seq" FROM "Post" WHERE "id" IN (${ids}))`;
  await tx.$executeRaw`UPDATE "Post" SET "content" = NULL, "salt" = NULL WHERE "id" IN (${contents})`;
  await removeUnheld(tx, ids);
}
