/** Posts and blocks of the `dev` network in a line each, for every suite. The same words give the same bytes each time. */
import type { Binding, IndexEntry } from '../../src/chain/ports.ts';
import { type Block, buildBlock, readBlockForm } from '../../src/domain/block.ts';
import { type Hash, utf8ToBytes } from '../../src/domain/bytes.ts';
import { decodeCompact, targetToWork } from '../../src/domain/compact.ts';
import { sha256 } from '../../src/domain/hash.ts';
import { type Header, hashHeader, meetsTarget } from '../../src/domain/header.ts';
import { merkleTree } from '../../src/domain/merkle.ts';
import { type KeyBinding, successorOf } from '../../src/domain/names.ts';
import { createGenesis, type Genesis } from '../../src/domain/network.ts';
import { DEV } from '../../src/domain/networks.ts';
import { type Draft, type Signer, signTransaction } from '../../src/domain/sign.ts';
import { readTransaction, type VerifiedTransaction, verifyTransaction } from '../../src/domain/transaction.ts';
import { keyFromSeed, verifySignature } from '../../src/keyring/sodium.ts';

export const GENESIS = createGenesis(DEV);

export const GENESIS_ENTRY = entryOfGenesis(GENESIS);

export function entryOfGenesis({ hash, header, powLimit }: Genesis): IndexEntry {
  return { hash, header, height: 0, chainWork: targetToWork(powLimit), invalidReason: null };
}

/** Milliseconds; the claimed time of a post that gives no other. */
export const POST_TIME = DEV.time * 1000;

const keys = new Map<string, Signer>();

/** The key that belongs to a label. */
export function makeKey(label: string): Signer {
  const key = keys.get(label) ?? keyFromSeed(sha256(utf8ToBytes(`key of ${label}`)));
  keys.set(label, key);
  return key;
}

/** A block from outside, read at once. */
export function readBlock(wire: unknown, network: Hash): Block {
  const { header, transactions } = readBlockForm(wire);
  return buildBlock(
    header,
    transactions.map((one) => readTransaction(one ?? {}, network)),
  );
}

export interface PostOptions extends Partial<Draft> {
  /** Default: the key labelled with the author's name. */
  key?: Signer;
  /** Milliseconds since 1970. */
  timestamp?: number;
  /** 16 bytes. */
  salt?: Uint8Array;
  /** Leading zero bits of its own work. */
  work?: number;
  network?: Hash;
}

/** A signed post: by alice and saying "hello", but for what the options change. */
export function makePost(options: PostOptions = {}): VerifiedTransaction {
  const { key, timestamp = POST_TIME, salt = new Uint8Array(16), work = 0, network = GENESIS.hash, ...draft } = options;
  const whole = { author: 'alice', content: 'hello', ...draft };
  const context = { network, timestamp, salt, work };
  return verifyTransaction(signTransaction(whole, key ?? makeKey(whole.author), context), verifySignature);
}

/** `count` posts of one author that differ in their content. */
export function makePosts(count: number, options: PostOptions = {}): VerifiedTransaction[] {
  const content = options.content ?? 'post';
  return Array.from({ length: count }, (_, i) => makePost({ ...options, content: `${content} ${i}` }));
}

/** What a block builds on. */
export type Parent = Pick<IndexEntry, 'hash' | 'header' | 'height' | 'chainWork'>;

export interface Mined {
  block: Block;
  entry: IndexEntry;
}

/** A child of `parent` with enough work. Of two siblings with the same posts, one needs another `time` or `version`. */
export function mineBlock(
  parent: Parent,
  transactions: readonly VerifiedTransaction[] = [],
  change: Partial<Header> = {},
): Mined {
  const { root } = merkleTree(transactions.map(({ id }) => id));
  const { time, bits } = parent.header;
  const header = { version: 1, previousHash: parent.hash, merkleRoot: root, time: time + 30, bits, nonce: 0 };
  const block = buildBlock(mineHeader({ ...header, ...change }), [...transactions]);
  const chainWork = parent.chainWork + targetToWork(decodeCompact(block.header.bits).value);
  return {
    block,
    entry: { hash: block.hash, header: block.header, height: parent.height + 1, chainWork, invalidReason: null },
  };
}

/** A row of blocks, one for each list of posts. */
export function mineChain(
  parent: Parent,
  bodies: readonly (readonly VerifiedTransaction[])[],
  change: Partial<Header> = {},
): Mined[] {
  const mined: Mined[] = [];
  for (const body of bodies) mined.push(mineBlock(mined.at(-1)?.entry ?? parent, body, change));
  return mined;
}

/** The header with the first nonce, from the one it has, that meets its own target; or that does not. */
export function mineHeader(header: Header, meets = true): Header {
  const target = decodeCompact(header.bits).value;
  for (let nonce = header.nonce; ; nonce++) {
    const tried = { ...header, nonce };
    if (meetsTarget(hashHeader(tried), target) === meets) return tried;
  }
}

/** The keys that a row of blocks binds names to, but for names that are bound below the row, and keys that have no right to a name. */
export function bindingsOf(mined: readonly Mined[], bound: Iterable<string> = []): Binding[] {
  const below = new Set(bound);
  const latest = new Map<string, KeyBinding>();
  return mined.flatMap(({ block, entry: { height } }) =>
    block.transactions.flatMap(({ statement }, position) => {
      const { author: name, publicKey, successor } = statement;
      const before = latest.get(name);
      if (before ? before.successor !== successorOf(publicKey) : below.has(name)) return [];
      if (before?.publicKey === publicKey) return [];
      latest.set(name, { publicKey, successor });
      return [{ name, publicKey, successor, height, position }];
    }),
  );
}

/** Where a branch leaves another: the label of the block it stands on, or `genesis`. */
export type Roots = Record<string, string>;

/**
 * A tree of blocks that are known by labels: `2B` is the block at height 2 of branch B. Given where each branch begins
 * (`{ A: 'genesis', B: '1A' }`) and what some of the blocks hold, the blocks are mined when they are asked for.
 */
export class BlockTree {
  readonly #mined = new Map<string, Mined>();
  readonly #roots: Roots;
  readonly #bodies: Record<string, readonly VerifiedTransaction[]>;
  readonly #genesis: Parent;

  constructor(
    roots: Roots,
    bodies: Record<string, readonly VerifiedTransaction[]> = {},
    genesis: Parent = GENESIS_ENTRY,
  ) {
    this.#roots = roots;
    this.#bodies = bodies;
    this.#genesis = genesis;
  }

  get(label: string): Mined {
    const known = this.#mined.get(label);
    if (known) return known;
    // Of two branches, the versions differ, and so the hashes.
    const version = label.charCodeAt(label.length - 1);
    const mined = mineBlock(this.#parentOf(label), this.#bodies[label], { version });
    this.#mined.set(label, mined);
    return mined;
  }

  /** The label of a block that was mined here, or what stands in for one. */
  labelOf(hash: Hash): string {
    if (hash === this.#genesis.hash) return 'genesis';
    for (const [label, { block }] of this.#mined) if (block.hash === hash) return label;
    return hash;
  }

  #parentOf(label: string): Parent {
    const height = Number.parseInt(label, 10);
    const branch = label.slice(-1);
    const root = this.#roots[branch];
    if (root === undefined) throw new Error(`no branch ${branch}`);
    const rootHeight = root === 'genesis' ? 0 : Number.parseInt(root, 10);
    if (height > rootHeight + 1) return this.get(`${height - 1}${branch}`).entry;
    return root === 'genesis' ? this.#genesis : this.get(root).entry;
  }
}
