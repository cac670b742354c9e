/** The node's decisions about contents, as the archive takes them over: with their numbers, and with what follows of them. */
import type { Hash } from '../../domain/bytes.ts';
import { rowToTransaction } from '../model/rows.ts';
import type { DecisionRecord } from '../ports.ts';
import { changesOf, noteChanges } from './changes.ts';
import { POST_COLUMNS, type StoredPostRow, toPostRow } from './columns.ts';
import type { Database, Tx } from './database.ts';
import { Prisma } from './generated/client.ts';
import { dropPending } from './pool.ts';
import { applyDecisions, storeTexts } from './storePosts.ts';

/** The decisions of the node's operator, taken over: what is withheld there is withheld here. */
export class ArchiveDecisions {
  readonly #database: Database;
  readonly #network: Hash;

  constructor(database: Database, network: Hash) {
    this.#database = database;
    this.#network = network;
  }

  /** Adds decisions that are newer than all there are. @param decisions oldest first. */
  add(decisions: readonly DecisionRecord[]): Promise<void> {
    return this.#database.write((tx) => this.#take(tx, decisions));
  }

  /** Makes these the decisions, in place of those of another node. @param decisions oldest first. */
  replace(decisions: readonly DecisionRecord[]): Promise<void> {
    return this.#database.write(async (tx) => {
      const before = await tx.withholding.findMany({ select: { postId: true }, distinct: ['postId'] });
      await tx.withholding.deleteMany();
      const ids = before.map(({ postId }) => postId);
      await this.#show(tx, ids);
      await this.#take(tx, decisions);
    });
  }

  async #take(tx: Tx, decisions: readonly DecisionRecord[]): Promise<void> {
    if (decisions.length === 0) return;
    const rows = decisions.map(({ id, reason, at, ...row }) => ({
      ...row,
      postId: id,
      reason: Buffer.from(reason),
      at: BigInt(at),
    }));
    await tx.withholding.createMany({ data: rows });
    const last = new Map(decisions.map((decision) => [decision.id, decision]));
    const idsOf = (action: DecisionRecord['action']) =>
      [...last.values()].filter((decision) => decision.action === action).map(({ id }) => id);
    const withheld = idsOf('withhold');
    await applyDecisions(tx, withheld);
    const pending = await tx.pending.findMany({
      where: { post: { id: { in: withheld } } },
      select: { post: { select: { id: true } } },
    });
    const left = pending.map(({ post }) => post.id);
    const drops = left.map((id) => ({ id, reason: 'withheld' }));
    if (drops.length > 0) await dropPending(tx, drops, Math.max(...decisions.map(({ at }) => at)));
    await this.#show(tx, idsOf('restore'));
    await noteChanges(tx, [...changesOf('changed', [...last.keys()]), ...changesOf('left', left)]);
  }

  /** Serves posts again that were withheld; a content that was erased is fetched again, as one that is missing. */
  async #show(tx: Tx, ids: readonly Hash[]): Promise<void> {
    if (ids.length === 0) return;
    await tx.post.updateMany({ where: { id: { in: [...ids] }, withheld: true }, data: { withheld: false } });
    const rows = await tx.$queryRaw<StoredPostRow[]>`
      SELECT ${POST_COLUMNS} FROM "Post" p WHERE p."id" = ANY(${ids}::text[]) AND p."content" IS NOT NULL`;
    const posts = rows.map((row) => rowToTransaction(toPostRow(row), this.#network));
    await storeTexts(tx, posts);
  }
}

/** Posts whose contents are missing, on the best chain or pending: a page of them, newest first, and where the next begins. */
export async function missingContents(
  reader: { rows: Database['reader']['rows'] },
  before: number | null,
  limit: number,
): Promise<{ ids: Hash[]; next: number | null }> {
  const rows = await reader.rows<{ seq: number; id: Hash }>(Prisma.sql`
    SELECT p."seq", p."id" FROM "MissingContent" m JOIN "Post" p ON p."seq" = m."postSeq"
    WHERE m."postSeq" < ${before ?? Number.MAX_SAFE_INTEGER}::int8
      AND (p."height" IS NOT NULL OR EXISTS (SELECT 1 FROM "Pending" e WHERE e."postSeq" = p."seq"))
    ORDER BY m."postSeq" DESC LIMIT ${limit}`);
  return { ids: rows.map(({ id }) => id), next: rows.length < limit ? null : (rows.at(-1)?.seq ?? null) };
}
