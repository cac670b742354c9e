/** The reorganisations of this node: noted with the move of the tip, in its transaction. */
import type { TipMove } from '../../chain/ports.ts';
import type { Hash } from '../../domain/bytes.ts';
import { KEPT_REORGANISATIONS, NAMED_RETURNED } from '../model/reorganisations.ts';
import type { Reader } from '../ports.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';
import { listOf } from './storePosts.ts';

interface ReorganisationRow {
  at: number;
  forkHash: Hash;
  forkHeight: number;
  fromHash: Hash;
  fromHeight: number;
  toHash: Hash;
  toHeight: number;
  returnedCount: number;
  returnedIds: string;
}

/** Notes a move that took blocks off the best chain, once their posts are back in the pool. */
export async function noteReorganisation(tx: Tx, { detached, attached }: TipMove): Promise<void> {
  const [from, to, lowest] = [detached[0], attached.at(-1), detached.at(-1)];
  if (!from || !to || !lowest) return;
  const hashes = detached.map(({ hash }) => hash);
  const returned = Prisma.sql`FROM "Block" b CROSS JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
    CROSS JOIN "Pending" e ON e."postSeq" = bp."postSeq" WHERE b."hash" IN (${listOf(hashes)})`;
  await tx.$executeRaw`
    INSERT INTO "Reorganisation" ("at", "forkHash", "forkHeight", "fromHash", "fromHeight", "toHash", "toHeight",
      "returnedCount", "returnedIds")
    VALUES (${Date.now()}, ${lowest.header.previousHash}, ${lowest.height - 1}, ${from.hash}, ${from.height}, ${to.hash},
      ${to.height}, (SELECT count(*) ${returned}),
      (SELECT coalesce(json_group_array("id"), '[]') FROM (
        SELECT p."id" FROM (SELECT bp."postSeq", b."height", bp."position" ${returned}
          ORDER BY b."height", bp."position" LIMIT ${NAMED_RETURNED}) r
        CROSS JOIN "Post" p ON p."seq" = r."postSeq" ORDER BY r."height", r."position")))`;
  await tx.$executeRaw`
    DELETE FROM "Reorganisation" WHERE "seq" <= (SELECT max("seq") FROM "Reorganisation") - ${KEPT_REORGANISATIONS}`;
}

/** Reads the reorganisations that the node remembers, newest first. */
export function createReorganisationReader(reader: SqlReader): Pick<Reader, 'reorganisations'> {
  return {
    async reorganisations(limit) {
      const rows = reader.readNow<ReorganisationRow>(Prisma.sql`
        SELECT "at", "forkHash", "forkHeight", "fromHash", "fromHeight", "toHash", "toHeight", "returnedCount",
          "returnedIds" FROM "Reorganisation" ORDER BY "seq" DESC LIMIT ${limit}`);
      return rows.map((row) => ({
        at: row.at,
        fork: { hash: row.forkHash, height: row.forkHeight },
        from: { hash: row.fromHash, height: row.fromHeight },
        to: { hash: row.toHash, height: row.toHeight },
        returnedCount: row.returnedCount,
        returnedIds: JSON.parse(row.returnedIds) as Hash[],
      }));
    },
  };
}
