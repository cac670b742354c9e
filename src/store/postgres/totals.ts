/** How many posts of the best chain each author and topic has: kept with each move of the tip, and read in pages. */
import type { Hash } from '../../domain/bytes.ts';
import { rowsToSlice } from '../model/pages.ts';
import { COUNTED_NAMES, rowToTotal, TOTAL_TABLES, type TotalRow, totalKey } from '../model/totals.ts';
import type { Reader, TotalKind } from '../ports.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { pageSql } from './keyset.ts';
import type { SqlReader } from './sqlReader.ts';

/** Counts the posts of blocks that have joined the best chain, or no longer counts those of blocks that have left it. */
export async function countPosts(tx: Tx, blocks: readonly Hash[], change: 'joined' | 'left'): Promise<void> {
  const sign = Prisma.raw(change === 'joined' ? '-' : '');
  const from = Prisma.sql`FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"`;
  const isOne = Prisma.sql`WHERE b."hash" = ANY(${blocks}::text[])`;
  const authors = tx.$executeRaw`
    INSERT INTO "AuthorTotal" AS old ("name", "rank")
    SELECT p."author", ${sign}count(*)::int4 ${from} JOIN "Post" p ON p."seq" = bp."postSeq" ${isOne} GROUP BY p."author"
    ON CONFLICT ("name") DO UPDATE SET "rank" = old."rank" + excluded."rank"`;
  const topics = tx.$executeRaw`
    INSERT INTO "TopicTotal" AS old ("name", "rank")
    SELECT t."topic", ${sign}count(*)::int4 ${from} JOIN "PostTopic" t ON t."postSeq" = bp."postSeq" ${isOne} GROUP BY t."topic"
    ON CONFLICT ("name") DO UPDATE SET "rank" = old."rank" + excluded."rank"`;
  await Promise.all([authors, topics]);
  if (change === 'joined') return;
  await tx.$executeRaw`DELETE FROM "AuthorTotal" WHERE "rank" = 0`;
  await tx.$executeRaw`DELETE FROM "TopicTotal" WHERE "rank" = 0`;
}

export function createTotalReader(reader: SqlReader): Pick<Reader, 'totals' | 'countTotals' | 'totalsOf'> {
  return {
    async totals(kind, range, order) {
      const { columns, values } = totalKey(order);
      const page = pageSql(columns, true, range, values);
      const rows = await reader.rows<TotalRow>(Prisma.sql`
        SELECT "name", "rank" FROM ${tableOf(kind)} WHERE true ${page.bounds} ${page.order}`);
      return rowsToSlice(rows, range, rowToTotal);
    },
    async countTotals(kind) {
      const [row] = await reader.rows<{ count: number }>(Prisma.sql`
        SELECT count(*) AS count FROM (SELECT 1 FROM ${tableOf(kind)} LIMIT ${COUNTED_NAMES}) counted`);
      return row?.count ?? 0;
    },
    async totalsOf(kind, names) {
      const rows = await reader.rows<TotalRow>(Prisma.sql`
        SELECT "name", "rank" FROM ${tableOf(kind)} WHERE "name" = ANY(${[...names]}::text[])`);
      return new Map(rows.map((row) => [row.name, -row.rank]));
    },
  };
}

/** One row with the count of an author or a topic, up to a bound; no row where there are none. */
export function totalSql(kind: TotalKind, name: string, most: number): Prisma.Sql {
  return Prisma.sql`SELECT least(-"rank", ${most}::int4) AS count FROM ${tableOf(kind)} WHERE "name" = ${name}`;
}

const tableOf = (kind: TotalKind) => Prisma.raw(`"${TOTAL_TABLES[kind]}"`);
