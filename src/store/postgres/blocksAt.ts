/** Blocks of the best chain by their heights, for readers of blocks and of posts alike. */
import { BLOCK_COLUMNS, type BlockRow, rowToBlock } from '../model/rows.ts';
import type { BlockRecord } from '../ports.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';

export async function readBlocksAt(reader: SqlReader, heights: readonly number[]): Promise<Map<number, BlockRecord>> {
  const rows = await reader.rows<BlockRow>(Prisma.sql`
    SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" = ANY(${heights}::int8[])`);
  return new Map(rows.map((row) => [row.height, rowToBlock(row)]));
}
