/** The blocks beside the best chain in SQLite. */
import type { Hash } from '../../domain/bytes.ts';
import { workToHex } from '../model/rows.ts';
import { SIDE_BLOCK_COST, type SideBlock, type SideBlocks } from '../model/sideBlocks.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { removeUnheld } from './storePosts.ts';

/** The side blocks within this transaction. */
export function sideBlocksIn(tx: Tx): SideBlocks {
  return {
    async used() {
      const [{ total }] = await tx.$queryRaw<[{ total: number | bigint }]>`
        SELECT coalesce(sum("size" + ${SIDE_BLOCK_COST}), 0) AS "total" FROM "Block" WHERE "bestHeight" IS NULL`;
      return Number(total);
    },
    async lightestEnd(weight, kept, leaving) {
      const gone = JSON.stringify(leaving);
      const [block] = await tx.$queryRaw<SideBlock[]>`
        SELECT "seq", "hash", "size" FROM "Block" b
        WHERE "bestHeight" IS NULL AND "chainWork" < ${workToHex(weight)}
          AND "hash" NOT IN (SELECT value FROM json_each(${JSON.stringify(kept)}))
          AND "hash" NOT IN (SELECT value FROM json_each(${gone}))
          AND NOT EXISTS (SELECT 1 FROM "Block" c WHERE c."previousHash" = b."hash"
            AND c."hash" NOT IN (SELECT value FROM json_each(${gone})))
        ORDER BY "chainWork", "seq" DESC LIMIT 1`;
      return block && { ...block, size: Number(block.size) };
    },
    async remove({ seq }) {
      const posts = await tx.$queryRaw<{ id: Hash }[]>`
        SELECT p."id" FROM "BlockPost" bp CROSS JOIN "Post" p ON p."seq" = bp."postSeq" WHERE bp."blockSeq" = ${seq}`;
      void tx.$executeRaw`DELETE FROM "BlockPost" WHERE "blockSeq" = ${seq}`;
      void tx.$executeRaw`DELETE FROM "Block" WHERE "seq" = ${seq}`;
      const ids = JSON.stringify(posts.map(({ id }) => id));
      removeUnheld(tx, Prisma.sql`SELECT value FROM json_each(${ids})`);
    },
  };
}
