/** The API's reads of blocks and names; those of posts stand in `postReader.ts`. */
import type { Hash } from '../domain/bytes.ts';
import { decodeHeader, type Header } from '../domain/header.ts';
import type { AuthorRecord, BlockRecord, DecisionRecord, KeyRange, Order, Reader, Slice } from '../graphql/ports.ts';
import { Prisma, type PrismaClient } from './generated/client.ts';
import { pageSql, rowsToSlice } from './keyset.ts';
import { createPostReader, type PostReader } from './postReader.ts';
import { BLOCK_COLUMNS, type BlockRow, rowToBlock } from './rows.ts';
import { listOf } from './storePosts.ts';

export function createReader(reader: PrismaClient, network: Hash): Reader {
  return {
    ...createBlockReader(reader),
    ...createPostReader(reader, network),
    ...createNameReader(reader),
    ...createDecisionReader(reader),
  };
}

function createBlockReader(
  reader: PrismaClient,
): Omit<Reader, keyof PostReader | keyof NameReader | keyof DecisionReader> {
  return {
    async tip() {
      const [row] = await reader.$queryRaw<[BlockRow]>`
        SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" IS NOT NULL ORDER BY b."bestHeight" DESC LIMIT 1`;
      return rowToBlock(row);
    },
    async blocksByHash(hashes) {
      const rows = await reader.$queryRaw<BlockRow[]>`
        SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."hash" IN (${listOf(hashes)})`;
      return new Map(rows.map((row) => [row.hash, rowToBlock(row)]));
    },
    async blocksByHeight(heights) {
      const rows = await reader.$queryRaw<BlockRow[]>`
        SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" IN (${listOf(heights)})`;
      return new Map(rows.map((row) => [row.height, rowToBlock(row)]));
    },
    blocks: (range, order) => readBlocks(reader, range, order),
    headers: (fromHeight, limit) => readHeaders(reader, fromHeight, limit),
  };
}

async function readBlocks(reader: PrismaClient, range: KeyRange<number>, order: Order): Promise<Slice<BlockRecord>> {
  const rows = await reader.$queryRaw<BlockRow[]>(blocksSql(range, order));
  return rowsToSlice(rows, range, rowToBlock);
}

/** A page of the blocks of the best chain. */
export function blocksSql(range: KeyRange<number>, order: Order): Prisma.Sql {
  const page = pageSql(['b."bestHeight"'], order === 'oldest-first', range, (height) => [height]);
  return Prisma.sql`
    SELECT ${BLOCK_COLUMNS} FROM "Block" b WHERE b."bestHeight" IS NOT NULL ${page.bounds} ${page.order}`;
}

async function readHeaders(reader: PrismaClient, fromHeight: number, limit: number): Promise<Header[]> {
  const rows = await reader.$queryRaw<Pick<BlockRow, 'header'>[]>`
    SELECT "header" FROM "Block" WHERE "bestHeight" >= ${fromHeight} ORDER BY "bestHeight" LIMIT ${limit}`;
  return rows.map(({ header }) => decodeHeader(header));
}

type NameReader = Pick<Reader, 'authorByName' | 'authorByKey' | 'dropReason'>;

const AUTHOR = { name: true, publicKey: true, height: true } as const;

function createNameReader(reader: PrismaClient): NameReader {
  return {
    authorByName: (name): Promise<AuthorRecord | null> => reader.name.findUnique({ where: { name }, select: AUTHOR }),
    // Of the names that a key took in one block, the first in byte order stands for all.
    authorByKey: (publicKey) =>
      reader.name.findFirst({ where: { publicKey }, orderBy: [{ height: 'asc' }, { name: 'asc' }], select: AUTHOR }),
    async dropReason(id) {
      const dropped = await reader.dropped.findUnique({ where: { id } });
      return dropped?.reason ?? null;
    },
  };
}

type DecisionReader = Pick<Reader, 'decisions' | 'countDecisions'>;

type DecisionRow = Omit<DecisionRecord, 'at'> & { at: bigint };

function createDecisionReader(reader: PrismaClient): DecisionReader {
  return {
    async decisions(range) {
      const page = pageSql(['"seq"'], false, range, (seq) => [seq]);
      const rows = await reader.$queryRaw<DecisionRow[]>`
        SELECT "seq", "postId" AS "id", "action", "reason", "erased", "at" FROM "Withholding"
        WHERE true ${page.bounds} ${page.order}`;
      return rowsToSlice(rows, range, (row) => ({ ...row, at: Number(row.at) }));
    },
    countDecisions: () => reader.withholding.count(),
  };
}
