/** Rows of the database as domain objects, in the one place where that is done. */
import { raw } from '@prisma/client/runtime/client';
import type { IndexEntry } from '../../chain/ports.ts';
import type { Hash } from '../../domain/bytes.ts';
import type { RuleReason } from '../../domain/errors.ts';
import type { Statement } from '../../domain/statement.ts';
import { type Opening, postWork, type Transaction } from '../../domain/transaction.ts';
import type { BlockRecord, PostRecord } from '../ports.ts';
import { isSoundContent, type OnDamage } from './damage.ts';
import { blobToHeader } from './headerBlob.ts';
import { StoredBlock, StoredTransaction } from './onDemand.ts';

/** A row of `Block` without its posts. */
export interface BlockRow {
  hash: Hash;
  header: Uint8Array;
  height: number;
  chainWork: string;
  fault: string | null;
  bestHeight: number | null;
  transactionCount: number;
  size: number;
}

/** Columns of a table or alias `b`, for a {@link BlockRow}. The same in every database. */
export const BLOCK_COLUMNS = raw(
  ['hash', 'header', 'height', 'chainWork', 'fault', 'bestHeight', 'transactionCount', 'size']
    .map((column) => `b."${column}"`)
    .join(', '),
);

/** A row of `Post`: statement, signature and, where it is stored, content and salt. */
export interface PostRow {
  id: Hash;
  author: string;
  publicKey: string;
  successor: string | null;
  timestamp: number;
  commitment: string;
  size: number;
  topics: string;
  replyTo: string | null;
  supersedes: string | null;
  stamp: number;
  signature: string;
  content: string | null;
  salt: string | null;
  work: number;
  /** SQLite's truth: 0 or 1. */
  withheld: number;
  height: number | null;
  position: number | null;
}

/** The operator's last decision about a post, beside its row. */
export interface WithholdingRow {
  withheldAt: number | null;
  withheldReason: string | null;
  withheldErased: number | null;
}

/** @throws RuleError `header-malformed` when the stored header is damaged. */
export function rowToEntry(row: BlockRow): IndexEntry {
  const { hash, height } = row;
  const invalidReason = row.fault as RuleReason | null;
  return { hash, header: blobToHeader(row.header), height, chainWork: hexToWork(row.chainWork), invalidReason };
}

export function rowToBlock(row: BlockRow): BlockRecord {
  const { hash, height, transactionCount, size } = row;
  const chainWork = hexToWork(row.chainWork);
  const invalidReason = row.fault as RuleReason | null;
  const onBestChain = row.bestHeight !== null;
  return new StoredBlock({ hash, height, chainWork, invalidReason, onBestChain, transactionCount, size }, row.header);
}

/** Decodes a post with its content, even a withheld one: for the node's own use, never to be served. */
export function rowToTransaction(row: PostRow, network: Hash): Transaction {
  return readRow(row, network, rowToOpening);
}

function readRow(row: PostRow, network: Hash, read: (row: PostRow) => Opening | null): Transaction {
  const statement: Statement = {
    version: 1,
    network,
    author: row.author,
    publicKey: row.publicKey,
    successor: row.successor,
    timestamp: row.timestamp,
    commitment: row.commitment,
    size: row.size,
    topics: readTopics(row.topics),
    replyTo: row.replyTo,
    supersedes: row.supersedes,
    stamp: row.stamp,
  };
  return new StoredTransaction(row.id, statement, row.signature, () => read(row));
}

/** The text itself when the row is damaged, so that the post's id does not hold. */
function readTopics(json: string): string[] {
  if (json === '[]') return [];
  try {
    return JSON.parse(json) as string[];
  } catch {
    return [json];
  }
}

/** What a reader of the store needs beside the rows. */
export interface RowContext {
  /** Genesis hash. */
  network: Hash;
  onDamage: OnDamage;
}

/**
 * As the node serves it: without the content when the operator withholds that, or when it is not the one that was stored any
 * more. The second is looked at when somebody asks for the content, and costs its hash.
 */
export function rowToPost(
  row: PostRow & WithholdingRow,
  { network, onDamage }: RowContext,
  blockAt: (height: number) => ReturnType<PostRecord['block']>,
): PostRecord {
  const { work, withheld, height, position } = row;
  return {
    transaction: readRow(row, network, withheld === 1 ? () => null : (read) => soundOpening(read, onDamage)),
    work,
    withheld: withheld ? rowToWithholding(row) : null,
    place: height === null || position === null ? null : { height, position },
    block: () => (height === null ? null : blockAt(height)),
  };
}

function soundOpening(row: PostRow, onDamage: OnDamage): Opening | null {
  const opening = rowToOpening(row);
  if (opening === null || isSoundContent(opening, row.commitment)) return opening;
  onDamage({ id: row.id, part: 'content' });
  return null;
}

function rowToWithholding({ withheldAt, withheldReason, withheldErased }: WithholdingRow) {
  return { at: withheldAt ?? 0, reason: withheldReason ?? '', erased: withheldErased === 1 };
}

function rowToOpening({ content, salt }: PostRow): Opening | null {
  return content === null || salt === null ? null : { content, salt };
}

/** A post with what is known of it already, so that it is not computed again. */
export interface PostToStore {
  transaction: Transaction;
  /** Leading zero bits of its statement's hash; computed when it is not known. */
  work?: number;
  /** The post's place on the best chain, for a new post. */
  place?: { height: number; position: number };
}

/** The values of a post's columns, by their names; `withheld` is not among them. */
export function postToColumns({ transaction, work, place }: PostToStore): Omit<PostRow, 'withheld' | 'content'> & {
  content: Uint8Array | null;
} {
  const { id, statement, bytes, signature, opening } = transaction;
  const { version: _version, network: _network, topics, ...columns } = statement;
  return {
    ...columns,
    id,
    topics: JSON.stringify(topics),
    signature,
    content: opening && Buffer.from(opening.content),
    salt: opening?.salt ?? null,
    work: work ?? postWork(bytes),
    height: place?.height ?? null,
    position: place?.position ?? null,
  };
}

/** 64 hex digits, so that the order of the texts is the order of the numbers. */
export function workToHex(work: bigint): string {
  return work.toString(16).padStart(64, '0');
}

/** The inverse of {@link workToHex}. */
export function hexToWork(hex: string): bigint {
  return BigInt(`0x${hex}`);
}
