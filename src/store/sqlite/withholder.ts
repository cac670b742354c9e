/** The operator's decisions about contents. */
import type { Hash } from '../../domain/bytes.ts';
import { bytesToHex, utf8ToBytes } from '../../domain/bytes.ts';
import type { Opening } from '../../domain/transaction.ts';
import type { AdoptedDecision, TextSearch, Withholder } from '../ports.ts';
import type { Database, Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { applyDecisions, listOf } from './storePosts.ts';

/** @param texts null where nothing is written. */
export function createWithholder(database: Database, texts: TextSearch | null): Withholder {
  return {
    async withhold(id, reason, erase, at) {
      const isHeld = await database.write(async (tx) => {
        const isHeld = await hide(tx, id, erase, at);
        if (isHeld) await record(tx, { postId: id, action: 'withhold', reason, at });
        return isHeld;
      });
      texts?.hurry();
      return isHeld;
    },
    async purge() {
      let emptied = false;
      const gone = await texts?.erase(async () => {
        emptied = await database.flushLog();
      });
      return emptied && gone === true;
    },
    adopt: (decisions) => database.write((tx) => adopt(tx, decisions)),
    restore: (id, reason, opening, at) =>
      database.write(async (tx) => {
        const post = await tx.post.findUnique({ where: { id }, select: { withheld: true } });
        const served = await show(tx, id, opening);
        if (served && post?.withheld) await record(tx, { postId: id, action: 'restore', reason, at });
        return served;
      }),
  };
}

async function hide(tx: Tx, id: Hash, erase: boolean, at: number): Promise<boolean> {
  // The salt goes with the content: with it a guess at the content could be checked against the commitment.
  const erased = erase ? { content: null, salt: null } : {};
  const { count } = await tx.post.updateMany({ where: { id }, data: { withheld: true, ...erased } });
  // A post whose text is not served cannot be mined either. The reason is noted in the same transaction: the process may end
  // before the pool follows, and the post was acknowledged.
  await tx.$executeRaw`
    INSERT OR REPLACE INTO "Dropped" ("id", "reason", "at")
    SELECT p."id", 'withheld', ${at} FROM "Pending" e CROSS JOIN "Post" p ON p."seq" = e."postSeq" WHERE p."id" = ${id}`;
  await tx.$executeRaw`DELETE FROM "Pending" WHERE "postSeq" = (SELECT "seq" FROM "Post" WHERE "id" = ${id})`;
  return count > 0;
}

async function show(tx: Tx, id: Hash, opening: Opening | null): Promise<boolean> {
  const content = opening && bytesToHex(utf8ToBytes(opening.content));
  const count = await tx.$executeRaw`
    UPDATE "Post" SET "withheld" = false, "content" = coalesce("content", unhex(${content})),
      "salt" = coalesce("salt", ${opening?.salt ?? null})
    WHERE "id" = ${id} AND ("content" IS NOT NULL OR ${content} IS NOT NULL)`;
  return count > 0;
}

async function adopt(tx: Tx, decisions: readonly AdoptedDecision[]): Promise<number> {
  const json = JSON.stringify(decisions);
  const news = Prisma.sql`SELECT d.value FROM json_each(${json}) d
    WHERE NOT EXISTS (SELECT 1 FROM "Withholding" w WHERE w."postId" = d.value ->> 'id')`;
  const rows = await tx.$queryRaw<{ id: Hash }[]>`SELECT DISTINCT value ->> 'id' AS "id" FROM (${news})`;
  const count = await tx.$executeRaw`
    INSERT INTO "Withholding" ("postId", "action", "reason", "erased", "at")
    SELECT value ->> 'id', value ->> 'action', value ->> 'reason', value ->> 'erased', value ->> 'at' FROM (${news})`;
  const ids = rows.map(({ id }) => id);
  applyDecisions(tx, ids);
  void tx.$executeRaw`DELETE FROM "Pending" WHERE "postSeq" IN (
    SELECT "seq" FROM "Post" WHERE "id" IN (${listOf(ids)}) AND "withheld")`;
  return count;
}

interface Decision {
  postId: Hash;
  action: 'withhold' | 'restore';
  reason: string;
  at: number;
}

/** Keeps the decision, with whether the content is gone now: by this decision or by one before it. */
async function record(tx: Tx, { postId, action, reason, at }: Decision): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Withholding" ("postId", "action", "reason", "erased", "at")
    SELECT "id", ${action}, ${reason}, "content" IS NULL, ${at} FROM "Post" WHERE "id" = ${postId}`;
}
