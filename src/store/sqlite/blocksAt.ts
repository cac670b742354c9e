/** Blocks of the best chain by their heights, for readers of blocks and of posts alike. */

import { BLOCK_COLUMNS, type BlockRow, rowToBlock } from '../model/rows.ts';
import type { BlockRecord } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';
import { listOf } from './storePosts.ts';

export function readBlocksAt(reader: SqlReader, heights: Iterable<number>): Map<number, BlockRecord> {
  const rows = reader.readNow<BlockRow>(Prisma.sql`
    SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" IN (${listOf([...heights])})`);
  return new Map(rows.map((row) => [row.height, rowToBlock(row)]));
}
