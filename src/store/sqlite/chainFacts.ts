/** What the pool asks of the best chain. */
import type { ChainStore } from '../../chain/ports.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { ChainFacts } from '../../mempool/ports.ts';
import type { Database } from './database.ts';
import { namesWithSkeletonSql } from './reader.ts';

/** Names with one skeleton that are looked at. */
const MOST_ALIKE = 100;

interface ContentRow {
  id: Hash;
  author: string;
}

/** What the pool asks of the best chain, read from committed state. */
export function createChainFacts(chain: ChainStore, { reader }: Database): ChainFacts {
  return {
    heights: (ids) => chain.heights(ids),
    bindings: (names) => chain.bindings(names),
    async namesWithSkeleton(skeleton) {
      // Hardly any new name looks like one that is there, and to group none takes four times as long as to find none.
      const [any] = await reader.$queryRaw<unknown[]>`SELECT 1 FROM "Binding" WHERE "skeleton" = ${skeleton} LIMIT 1`;
      if (!any) return [];
      const rows = await reader.$queryRaw<{ name: string }[]>(namesWithSkeletonSql(skeleton, MOST_ALIKE));
      return rows.map(({ name }) => name);
    },
    async isWithheld(id) {
      const rows = await reader.$queryRaw<unknown[]>`SELECT 1 FROM "Post" WHERE "id" = ${id} AND "withheld"`;
      return rows.length > 0;
    },
    contents: (hash) =>
      reader.$queryRaw<ContentRow[]>`
      SELECT p."id", p."author" FROM "Block" b JOIN "BlockPost" bp ON bp."blockSeq" = b."seq"
      JOIN "Post" p ON p."seq" = bp."postSeq" WHERE b."hash" = ${hash} ORDER BY bp."position"`,
  };
}
