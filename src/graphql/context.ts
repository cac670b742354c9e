/** What resolvers are given: the node's parts for all, and who asks for each operation. */
import DataLoader from 'dataloader';
import type { Logger } from 'pino';
import type { Hash } from '../domain/bytes.ts';
import type { Genesis } from '../domain/network.ts';
import type { BlockRecord, PostRecord, Reader, Withholder } from '../store/ports.ts';
import { Allowance } from './allowance.ts';
import type { Limits } from './limits.ts';
import type { Feed } from './live/feed.ts';
import type { Moment } from './live/moment.ts';
import type { Answers } from './live/sharing.ts';
import type { ChainPort, KeyringPort, MinerPort, PeersPort, PoolPort, SyncPort } from './ports.ts';

export interface Services {
  version: string;
  genesis: Genesis;
  reader: Reader;
  withholder: Withholder;
  chain: ChainPort;
  pool: PoolPort;
  miner: MinerPort;
  keyring: KeyringPort;
  sync: SyncPort;
  peers: PeersPort;
  feed: Feed;
  moment: Moment;
  limits: Limits;
  log: Logger;
  /** Milliseconds since 1970. */
  now(): number;
  /** Random bytes, for salts. */
  random(length: number): Uint8Array;
  /** Whole seconds since the node started. */
  uptime(): number;
}

export interface Context extends Services {
  isOperator: boolean;
  client: Client;
  allowance: Allowance;
  loaders: Loaders;
  /** The answers of a subscription that has begun, for a transport that takes them as they come. */
  answers: Answers | null;
}

/** Who asks, and what the operation costs: what one client has open is counted together. */
export interface Client {
  address: string;
  /** Known once the operation has been checked. */
  cost: number;
}

/** Gather the look-ups of one operation's tick into one query each. They keep nothing: what they say is never old. */
export interface Loaders {
  blockByHash: DataLoader<Hash, BlockRecord | null>;
  blockByHeight: DataLoader<number, BlockRecord | null>;
  postById: DataLoader<Hash, PostRecord | null>;
}

export function createContext(services: Services, isOperator: boolean, address: string): Context {
  const allowance = new Allowance(services.limits.maxResponseBytes);
  const loaders = createLoaders(services.reader);
  return { ...services, isOperator, client: { address, cost: 0 }, allowance, loaders, answers: null };
}

/** Each made when it is needed: most operations need none or one. */
function createLoaders(reader: Reader): Loaders {
  const made: Partial<Loaders> = {};
  return {
    get blockByHash() {
      made.blockByHash ??= loader((hashes) => reader.blocksByHash(hashes));
      return made.blockByHash;
    },
    get blockByHeight() {
      made.blockByHeight ??= loader((heights) => reader.blocksByHeight(heights));
      return made.blockByHeight;
    },
    get postById() {
      made.postById ??= loader((ids) => reader.postsById(ids));
      return made.postById;
    },
  };
}

function loader<Key, Item>(load: (keys: readonly Key[]) => Promise<Map<Key, Item>>): DataLoader<Key, Item | null> {
  return new DataLoader(
    async (keys) => {
      const found = await load(keys);
      return keys.map((key) => found.get(key) ?? null);
    },
    { cache: false },
  );
}
