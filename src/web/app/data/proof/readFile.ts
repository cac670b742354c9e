/** What a file is that somebody hands to the page. Runs in the worker, which has no way to send it anywhere. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, type Hash } from '../../../../domain/bytes.ts';
import { Refusal } from '../../../../domain/errors.ts';
import type { Header } from '../../../../domain/header.ts';
import { LISTING_FORMAT, type ListingQuery } from '../../../../domain/listing.ts';
import { MAX_PROOF_BYTES } from '../../../../domain/proofFormat.ts';
import { RECEIPT_FORMAT } from '../../../../domain/receipt.ts';
import { verifyListing, verifyReceipt } from '../../../../verify/index.ts';

/** The position of the block that a proof ends with. */
export type ProofStanding =
  | { state: 'on-chain'; height: number; depth: number; work: bigint }
  | { state: 'removed' }
  /** Above or beside all that this page has followed so far. */
  | { state: 'unknown' }
  /** The proof is of another network than the one that is followed. */
  | { state: 'foreign' };

/** A post that a file proves. */
export interface ProvedPost {
  id: string;
  author: string;
  publicKey: string;
  /** Milliseconds since 1970, as the author claims. */
  timestamp: number;
  /** Null: the proof withholds it. */
  content: string | null;
}

interface Proved {
  network: string;
  genesis: string;
  /** The time of the last block, in seconds since 1970. */
  time: number;
  /** Blocks on top of the last one, and hashes expected behind it and those. */
  depth: number;
  work: bigint;
  standing: ProofStanding;
}

/** What a file proves, or its hash when it is no proof. */
export type FileReport =
  | ({ kind: 'receipt'; post: ProvedPost } & Proved)
  | ({ kind: 'listing'; query: ListingQuery; posts: ProvedPost[]; looked: number; blocks: number } & Proved)
  /** The file claims to be a receipt or a listing, but proves nothing. */
  | { kind: 'invalid'; reason: string; message: string }
  | { kind: 'file'; sha256: string; name: string; size: number };

/** Finds the position of a proof's last block on the chain that is followed. */
export type Standing = (genesis: Hash, block: { hash: Hash; header: Header }) => ProofStanding;

/** @param onProgress told of the bytes that were read. */
export async function readFile(
  file: File,
  standing: Standing,
  onProgress: (bytes: number) => void,
): Promise<FileReport> {
  const text = await textOfProof(file);
  if (text === null) return { kind: 'file', name: file.name, size: file.size, sha256: await hashOf(file, onProgress) };
  try {
    return await checkProof(text, standing);
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'invalid', reason: error.reason, message: error.message };
    throw error;
  }
}

/** The text of a file that calls itself a receipt or listing; null when it is any other. */
async function textOfProof(file: File): Promise<string | null> {
  if (file.size > MAX_PROOF_BYTES || !/^\s*\{/.test(await file.slice(0, 64).text())) return null;
  const text = await file.text();
  return formatOf(text) === null ? null : text;
}

function formatOf(text: string): string | null {
  try {
    const { format } = JSON.parse(text) as { format?: unknown };
    return format === RECEIPT_FORMAT || format === LISTING_FORMAT ? format : null;
  } catch {
    return null;
  }
}

async function checkProof(text: string, standing: Standing): Promise<FileReport> {
  if (formatOf(text) === RECEIPT_FORMAT) {
    const { network, block, depth, work, ...post } = await verifyReceipt(text);
    const of = { network: network.name, genesis: network.genesis, time: block.header.time, depth, work };
    return { kind: 'receipt', post: provedPost(post), ...of, standing: standing(network.genesis, block) };
  }
  const { network, query, posts, looked, blocks, last, depth, work } = await verifyListing(text);
  const of = { network: network.name, genesis: network.genesis, time: last.header.time, depth, work };
  const found = { query, posts: posts.map(provedPost), looked, blocks };
  return { kind: 'listing', ...found, ...of, standing: standing(network.genesis, last) };
}

type Post = Pick<Awaited<ReturnType<typeof verifyReceipt>>, 'id' | 'statement' | 'content'>;

const provedPost = ({ id, statement: { author, publicKey, timestamp }, content }: Post): ProvedPost => ({
  id,
  author,
  publicKey,
  timestamp,
  content,
});

/** Read in the pieces that the browser hands over, so that a file may be larger than the memory. */
async function hashOf(file: File, onProgress: (bytes: number) => void): Promise<string> {
  const hash = sha256.create();
  const reader = file.stream().getReader();
  let bytes = 0;
  for (let told = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return bytesToHex(hash.digest());
    hash.update(value);
    bytes += value.length;
    if (bytes - told < PROGRESS) continue;
    told = bytes;
    onProgress(bytes);
  }
}

/** Bytes between two words about how far it is. */
const PROGRESS = 8 * 1_048_576;
