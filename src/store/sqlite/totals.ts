/** How many posts of the best chain each author and topic has: kept with each move of the tip, and read in pages. */
import type { Hash } from '../../domain/bytes.ts';
import { pageSql } from '../model/pageSql.ts';
import { rowsToSlice } from '../model/pages.ts';
import { COUNTED_NAMES, rowToTotal, TOTAL_TABLES, type TotalRow, totalKey } from '../model/totals.ts';
import type { KeyRange, Reader, TotalKind, TotalOrder, TotalRecord } from '../ports.ts';
import type { Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';
import { listOf } from './storePosts.ts';

/** Counts the posts of blocks that have joined the best chain, or no longer counts those of blocks that have left it. */
export function countPosts(tx: Tx, blocks: readonly Hash[], change: 'joined' | 'left'): void {
  const sign = Prisma.raw(change === 'joined' ? '-' : '+');
  const from = Prisma.sql`FROM json_each(${JSON.stringify(blocks)}) h CROSS JOIN "Block" b ON b."hash" = h.value
    CROSS JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"`;
  void tx.$executeRaw`
    INSERT INTO "AuthorTotal" ("name", "rank")
    SELECT p."author", ${sign}count(*) ${from} CROSS JOIN "Post" p ON p."seq" = bp."postSeq" GROUP BY p."author"
    ON CONFLICT ("name") DO UPDATE SET "rank" = "rank" + excluded."rank"`;
  void tx.$executeRaw`
    INSERT INTO "TopicTotal" ("name", "rank")
    SELECT t."topic", ${sign}count(*) ${from} CROSS JOIN "PostTopic" t ON t."postSeq" = bp."postSeq" GROUP BY t."topic"
    ON CONFLICT ("name") DO UPDATE SET "rank" = "rank" + excluded."rank"`;
  if (change === 'joined') return;
  void tx.$executeRaw`DELETE FROM "AuthorTotal" WHERE "rank" = 0`;
  void tx.$executeRaw`DELETE FROM "TopicTotal" WHERE "rank" = 0`;
}

export function createTotalReader(reader: SqlReader): Pick<Reader, 'totals' | 'countTotals' | 'totalsOf'> {
  return {
    async totals(kind, range, order) {
      return rowsToSlice(reader.readNow<TotalRow>(totalsSql(kind, range, order)), range, rowToTotal);
    },
    async countTotals(kind) {
      const [row] = reader.readNow<{ count: number }>(Prisma.sql`
        SELECT count(*) AS count FROM (SELECT 1 FROM ${tableOf(kind)} LIMIT ${COUNTED_NAMES})`);
      return row?.count ?? 0;
    },
    async totalsOf(kind, names) {
      const rows = reader.readNow<TotalRow>(Prisma.sql`
        SELECT "name", "rank" FROM ${tableOf(kind)} WHERE "name" IN (${listOf(names)})`);
      return new Map(rows.map((row) => [row.name, -row.rank]));
    },
  };
}

/** A page of authors or topics. */
export function totalsSql(kind: TotalKind, range: KeyRange<TotalRecord>, order: TotalOrder): Prisma.Sql {
  const { columns, values } = totalKey(order);
  const page = pageSql(columns, true, range, values);
  return Prisma.sql`SELECT "name", "rank" FROM ${tableOf(kind)} WHERE true ${page.bounds} ${page.order}`;
}

/** One row with the count of an author or a topic, up to a bound; no row where there are none. */
export function totalSql(kind: TotalKind, name: string, most: number): Prisma.Sql {
  return Prisma.sql`SELECT min(-"rank", ${most}) AS count FROM ${tableOf(kind)} WHERE "name" = ${name}`;
}

const tableOf = (kind: TotalKind) => Prisma.raw(`"${TOTAL_TABLES[kind]}"`);
