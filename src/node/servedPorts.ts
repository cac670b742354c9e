/** What the API asks of a node, as a server of the copy answers it: from the copy, from the node, or not at all. */
import { bytesToHex, type Hash } from '../domain/bytes.ts';
import { postWork, type Transaction, transactionSize, type VerifiedTransaction } from '../domain/transaction.ts';
import type { Services } from '../graphql/context.ts';
import { problem } from '../graphql/errors.ts';
import type { ErrorCode } from '../graphql/generated/resolvers.ts';
import type { ChainPort, PendingPost, PoolPort, SyncPort } from '../graphql/ports.ts';
import { randomBytes } from '../keyring/sodium.ts';
import type { ServeOptions } from '../options/scale.ts';
import { PROTOCOL } from '../peers/ports.ts';
import { ForwardError, type Forwarder } from '../serve/forwarder.ts';
import type { Mirror } from '../serve/mirror.ts';
import type { ServedStore } from '../store/postgres/openServed.ts';

/** Milliseconds that what the node has taken may need to be in the copy before an answer goes without it. */
const COPY_TIMEOUT_MS = 2_000;
const LOOK = 20;
/** Milliseconds that a pending post may need to be heard of before the copy is asked for it. */
const HEARING_MS = 250;

interface Sources {
  copy: ServedStore;
  mirror: Mirror;
  forwarder: Forwarder;
  options: ServeOptions;
}

type ServedPorts = Pick<Services, 'chain' | 'pool' | 'miner' | 'keyring' | 'sync' | 'peers' | 'inbound' | 'withholder'>;

export function servedPorts(sources: Sources): ServedPorts {
  const { options, mirror } = sources;
  return {
    chain: createChain(sources),
    pool: new ServedPool(sources),
    sync: createSync(mirror, options.maxLag),
    miner: {
      mine: nodeOnly,
      progress: () => ({
        active: false,
        automatic: false,
        threads: 0,
        kernel: null,
        hashRate: 0,
        attempts: 0,
        height: null,
        blocksFound: 0,
      }),
    },
    keyring: { signerFor: nodeOnly, propose: nodeOnly },
    peers: {
      nodeId: bytesToHex(randomBytes(16)),
      protocol: PROTOCOL,
      publicUrl: options.publicUrl,
      list: () => [],
      counts: () => ({ outgoing: 0, incoming: 0, known: 0, banned: 0 }),
      add: nodeOnly,
      remove: nodeOnly,
      resync: nodeOnly,
    },
    inbound: { handshake: nodeOnly, isUnwelcome: () => false, misbehaved: () => {} },
    withholder: { withhold: nodeOnly, restore: nodeOnly, adopt: nodeOnly, purge: nodeOnly },
  };
}

/** The resolvers have refused before, by `copyOf`. */
function nodeOnly(): never {
  throw problem('NODE_ONLY', 'a copy is served here: ask the node');
}

/** The error as the API tells it. */
async function answered<Result>(asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ForwardError)) throw error;
    const { code, message, retryAfterMs } = error;
    const told = problem(code as ErrorCode, message);
    if (retryAfterMs !== null) told.extensions.retryAfterMs = retryAfterMs;
    throw told;
  }
}

/** Waits a moment for the copy to have what the node has done. What cannot be read is not waited for: the node has done it. */
async function untilCopied(isThere: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + COPY_TIMEOUT_MS;
  try {
    while (performance.now() < end && !(await isThere())) await new Promise((resolve) => setTimeout(resolve, LOOK));
  } catch {
    // The next reader gets the error.
  }
}

function createChain({ copy, mirror, forwarder }: Sources): ChainPort {
  return {
    // Only the node knows how deep a reorganisation it accepts by itself.
    settledHeight: 0,
    get tip() {
      return mirror.tip;
    },
    async accept(block) {
      const result = await answered(forwarder.offer(block));
      if (result.outcome === 'orphan') return { outcome: 'orphan', missing: block.header.previousHash };
      if (result.outcome === 'rejected') return result;
      const { outcome, hash } = result;
      await untilCopied(async () => (await copy.reader.blocksByHash([hash])).has(hash));
      return { outcome, entry: { hash } };
    },
    async reveal(transactions) {
      const outcomes = transactions.map(async (transaction) => {
        const outcome = await answered(forwarder.reveal(transaction));
        const { id } = transaction;
        if (outcome === 'revealed')
          await untilCopied(async () => (await copy.reader.postsById([id])).get(id)?.transaction.opening !== null);
        return [id, outcome] as const;
      });
      return new Map(await Promise.all(outcomes));
    },
  };
}

function createSync(mirror: Mirror, maxLag: number): SyncPort {
  const isSynced = () => mirror.heard.lag <= maxLag;
  return {
    targetHeight: () => Math.max(mirror.heard.state?.tip.height ?? 0, mirror.tip.height),
    isSynced,
    inFlight: () => 0,
    wait: () => (isSynced() ? null : { for: 'blocks' }),
    waitMessage: () => (isSynced() ? null : 'the copy that is served here is behind its node'),
    refusedBranch: () => null,
    acceptBranch: nodeOnly,
  };
}

class ServedPool implements PoolPort {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  get count(): number {
    return this.#sources.mirror.count;
  }

  get bytes(): number {
    return this.#sources.mirror.bytes;
  }

  get limits(): PoolPort['limits'] {
    const { maxCount, maxBytes } = this.#sources.mirror.heard.state?.pool ?? { maxCount: 1, maxBytes: 1 };
    return { maxCount, maxBytes };
  }

  minimumWork(kind: 'known-name' | 'new-name' = 'known-name'): number {
    const { knownName, newName } = this.#sources.mirror.heard.state?.pool.minimumWork ?? { knownName: 0, newName: 0 };
    return kind === 'new-name' ? newName : knownName;
  }

  get(id: Hash): PendingPost | undefined {
    return this.#sources.mirror.get(id);
  }

  ranked(): Iterable<PendingPost> {
    return this.#sources.mirror.ranked();
  }

  rankOf(id: Hash): number | null {
    const rank = this.#sources.mirror.ranked().findIndex(({ transaction }) => transaction.id === id);
    return rank < 0 ? null : rank;
  }

  slice(from: number, to: number): PendingPost[] {
    return this.#sources.mirror.ranked().slice(from, to);
  }

  async add(transaction: Transaction): ReturnType<PoolPort['add']> {
    const known = this.get(transaction.id);
    if (known?.transaction.opening) return { state: 'pending', entry: known, fresh: false };
    const { copy, forwarder, mirror } = this.#sources;
    const standing = await answered(forwarder.submit(transaction));
    if (standing.state === 'included') return standing;
    const { id } = transaction;
    // A caller who has posted reads the post next. The copy tells of a post that comes by the pool, not of one that comes in a block.
    await mirror.has(id, HEARING_MS);
    if (!this.get(id)) await untilCopied(async () => (await copy.reader.postsById([id])).has(id));
    return { state: 'pending', entry: this.get(id) ?? toEntry(transaction), fresh: true };
  }

  async check(transaction: Transaction): ReturnType<PoolPort['check']> {
    const known = this.get(transaction.id);
    if (known) return { state: 'pending', entry: known, fresh: false };
    const standing = await answered(this.#sources.forwarder.check(transaction));
    return standing.state === 'included' ? standing : null;
  }

  drop(): Promise<void> {
    return nodeOnly();
  }
}

/** A post that the node has taken, and so found good. */
function toEntry(transaction: Transaction): PendingPost {
  const size = transactionSize(transaction);
  return { transaction: transaction as VerifiedTransaction, work: postWork(transaction.bytes), size };
}
