/** The blocks beside the best chain in PostgreSQL. */
import { workToHex } from '../model/rows.ts';
import { SIDE_BLOCK_COST, type SideBlock, type SideBlocks } from '../model/sideBlocks.ts';
import type { Tx } from './database.ts';

/** The side blocks within this transaction. */
export function sideBlocksIn(tx: Tx): SideBlocks {
  return {
    async used() {
      const [row] = await tx.$queryRaw<{ total: number }[]>`
        SELECT coalesce(sum("size" + ${SIDE_BLOCK_COST}::int8), 0)::int8 AS "total" FROM "Block" WHERE "bestHeight" IS NULL`;
      return row?.total ?? 0;
    },
    async lightestEnd(weight, kept, leaving) {
      const [block] = await tx.$queryRaw<SideBlock[]>`
        SELECT "seq", "hash", "size" FROM "Block" b
        WHERE "bestHeight" IS NULL AND "chainWork" < ${workToHex(weight)} AND "hash" <> ALL(${[...kept, ...leaving]}::text[])
          AND NOT EXISTS (SELECT 1 FROM "Block" c WHERE c."previousHash" = b."hash" AND c."hash" <> ALL(${[...leaving]}::text[]))
        ORDER BY "chainWork", "seq" DESC LIMIT 1`;
      return block;
    },
    async remove({ seq }) {
      const posts = await tx.$queryRaw<{ postSeq: number }[]>`
        DELETE FROM "BlockPost" WHERE "blockSeq" = ${seq} RETURNING "postSeq"`;
      await tx.$executeRaw`DELETE FROM "Block" WHERE "seq" = ${seq}`;
      await tx.$executeRaw`
        DELETE FROM "Post" p WHERE "seq" = ANY(${posts.map(({ postSeq }) => postSeq)}::int4[]) AND NOT "withheld"
          AND NOT EXISTS (SELECT 1 FROM "BlockPost" b WHERE b."postSeq" = p."seq")
          AND NOT EXISTS (SELECT 1 FROM "Pending" e WHERE e."postSeq" = p."seq")`;
    },
  };
}
