/** The context of resolvers: the node's parts, shared by all operations, and the caller of each operation. */
import { setMaxListeners } from 'node:events';
import DataLoader from 'dataloader';
import type { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { Hash } from '../domain/bytes.ts';
import type { Genesis } from '../domain/network.ts';
import type { BlockRecord, PostRecord, Reader, Withholder } from '../store/ports.ts';
import { Allowance } from './allowance.ts';
import { problem } from './errors.ts';
import type { Limits } from './limits.ts';
import type { Feed } from './live/feed.ts';
import type { GenerationCache } from './live/generationCache.ts';
import type { Answers } from './live/sharing.ts';
import type { Pacer } from './pacer.ts';
import type {
  Caller,
  ChainPort,
  ContentsPort,
  InboundPort,
  KeyringPort,
  MinerPort,
  Observer,
  PeersPort,
  PoolPort,
  RatesPort,
  SyncPort,
} from './ports.ts';

/** The parts of the node that the API uses, the same for all operations. */
export interface Services {
  version: string;
  /** The operator's name and contact, shown to everyone; null: not given. */
  operator: { name: string | null; contact: string | null } | null;
  genesis: Genesis;
  reader: Reader;
  /** Whether people take one name for the other: what the pool goes by. */
  isLookalike(one: string, other: string): boolean;
  contents: ContentsPort;
  withholder: Withholder;
  chain: ChainPort;
  pool: PoolPort;
  miner: MinerPort;
  keyring: KeyringPort;
  sync: SyncPort;
  /** How far the blocks that came with a snapshot have been checked: those below `height`; null: all of them. */
  verification: { readonly progress: { height: number; targetHeight: number } | null };
  peers: PeersPort;
  inbound: InboundPort;
  feed: Feed;
  /** A cache that subscribers share, emptied by each change. */
  cache: GenerationCache;
  /**
   * Whole answers to queries. Ends with any change of blocks, posts and decisions, in memory or on disk. Null where another
   * process writes, so that nothing says at once what has changed: no answers are shared then.
   */
  answerCache: GenerationCache | null;
  limits: Limits;
  /** Bounds the time that requests take of one turn of the event loop, at their start and during long work. */
  pacer: Pacer;
  rates: RatesPort;
  observer: Observer;
  log: Logger;
  /** Milliseconds since 1970. */
  now(): number;
  /** Random bytes, for salts. */
  random(length: number): Uint8Array;
  /** Whole seconds since the node started. */
  uptime(): number;
  /** The URL of the node whose copy is served here, which alone obeys the operator. Absent: this process is the node. */
  copyOf?: string;
}

/** The context of one operation: the services and its caller, budget and caches. */
export interface Context extends Services {
  isOperator: boolean;
  /** Why the caller is not the operator, in words; null when there is nothing to say. */
  missing: string | null;
  client: Client;
  allowance: Allowance;
  /** Aborts when the answer is not waited for any more: the connection has ended, or the time is over. For reads. */
  signal: AbortSignal;
  /** Waits until there is time for more work in this turn of the event loop. Rejects when `signal` aborts. */
  pace(): Promise<void>;
  /** Aborts `signal`. */
  cancel(reason: GraphQLError): void;
  loaders: Loaders;
  /** The highest block of the best chain that the operation has named or found a post in; null: also something off that chain. */
  newest: number | null;
  /** The answers of a subscription that has begun, for a transport that takes them as they come. */
  answers: Answers | null;
}

/** The caller and the cost of an operation: all that one client has open is counted together. */
export interface Client {
  address: string;
  /** The cost of the operation, set when the operation is checked. */
  cost: number;
}

/** Gather the look-ups of one operation's tick into one query each. They keep nothing: what they say is never old. */
interface Loaders {
  blockByHash: DataLoader<Hash, BlockRecord | null>;
  blockByHeight: DataLoader<number, BlockRecord | null>;
  postById: DataLoader<Hash, PostRecord | null>;
  supersededBy: DataLoader<Hash, PostRecord | null>;
  authorPosts: DataLoader<string, number | null>;
}

/** @param controller of the transport, which aborts it when the connection ends. */
export function createContext(
  services: Services,
  { isOperator, address, missing }: Caller,
  controller = new AbortController(),
): Context {
  // Each read adds a listener, and an operation may have dozens of reads.
  setMaxListeners(0, controller.signal);
  // The services are the prototype: an object of some forty copied fields is made slowly, and gets a hidden class of its own
  // with each operation, which keeps all that the operation has read until the next full collection.
  const context: Context = Object.assign(Object.create(services) as Services, {
    isOperator,
    missing: missing ?? null,
    client: { address, cost: 0 },
    allowance: new Allowance(services.limits.maxResponseBytes),
    signal: controller.signal,
    async pace() {
      await services.pacer.ask();
      context.signal.throwIfAborted();
    },
    cancel: (reason: GraphQLError) => controller.abort(reason),
    loaders: new OperationLoaders(services.reader, () => context.signal),
    newest: 0,
    answers: null,
  });
  return context;
}

/** Notes the place of a block or post that an answer shows. @returns what was found, as it is. */
export function note<Found extends { place: { height: number } | null } | { onBestChain: boolean; height: number }>(
  context: Context,
  found: Found | null,
): Found | null {
  const height = found && ('place' in found ? found.place?.height : found.onBestChain ? found.height : null);
  context.newest = height == null || context.newest === null ? null : Math.max(context.newest, height);
  return found;
}

/** The error of operations whose connection has ended. No client reads it, so a thousand that end at once share it. */
export const CONNECTION_CLOSED = problem('CONNECTION_CLOSED', 'the connection was closed before the answer');

/** Each loader is made when first used: most operations need none or one. */
class OperationLoaders implements Loaders {
  readonly #reader: Reader;
  readonly #signal: () => AbortSignal;
  #blockByHash: Loaders['blockByHash'] | undefined;
  #blockByHeight: Loaders['blockByHeight'] | undefined;
  #postById: Loaders['postById'] | undefined;
  #supersededBy: Loaders['supersededBy'] | undefined;
  #authorPosts: Loaders['authorPosts'] | undefined;

  constructor(reader: Reader, signal: () => AbortSignal) {
    this.#reader = reader;
    this.#signal = signal;
  }

  get blockByHash() {
    this.#blockByHash ??= createLoader((hashes) => this.#reader.blocksByHash(hashes), this.#signal);
    return this.#blockByHash;
  }

  get blockByHeight() {
    this.#blockByHeight ??= createLoader((heights) => this.#reader.blocksByHeight(heights), this.#signal);
    return this.#blockByHeight;
  }

  get postById() {
    this.#postById ??= createLoader((ids) => this.#reader.postsById(ids), this.#signal);
    return this.#postById;
  }

  get supersededBy() {
    this.#supersededBy ??= createLoader((ids) => this.#reader.supersededBy(ids), this.#signal);
    return this.#supersededBy;
  }

  get authorPosts() {
    this.#authorPosts ??= createLoader((names) => this.#reader.totalsOf('author', names), this.#signal);
    return this.#authorPosts;
  }
}

function createLoader<Key, Item>(
  load: (keys: readonly Key[]) => Promise<Map<Key, Item>>,
  signal: () => AbortSignal,
): DataLoader<Key, Item | null> {
  return new DataLoader(
    async (keys) => {
      signal().throwIfAborted();
      const found = await load(keys);
      return keys.map((key) => found.get(key) ?? null);
    },
    { cache: false },
  );
}
