/**
 * Options: tables of one row an option, from which flags, environment variables and `--help` all follow. A flag goes
 * before its variable, the variable before the default; an empty variable counts as unset.
 *
 * Nothing else knows `process.env`: {@link processEnvironment} reads it, {@link declareProduction} adds to it.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Genesis } from './domain/network.ts';
import { type OptionTable, readTable } from './optionTable.ts';
import {
  filled,
  graphqlUrl,
  integer,
  isTrue,
  matching,
  nodeUrl,
  nodeUrls,
  oneOf,
  readNetwork,
  readPassphrase,
} from './optionValues.ts';

export interface NodeOptions {
  /** 0: any free one. */
  port: number;
  host: string;
  /** Absolute. */
  dataDir: string;
  genesis: Genesis;
  /** Keep mining whenever something is pending. */
  mine: boolean;
  threads: number;
  logLevel: string;
  /** Where the world reaches this node, without a slash at the end. */
  publicUrl: string | null;
  /** Null: made and kept in the data directory when one is needed. */
  operatorToken: string | null;
  /** Seals the keys on disk. */
  passphrase: string | null;
  poolCount: number;
  poolBytes: number;
  /** Of one client at the same time. */
  maxConcurrentRequests: number;
  maxSubscriptions: number;
  /** Addresses of nodes to connect to, now and from now on. */
  peers: string[];
  /** Whether addresses that strangers name may be of this machine or its private networks. */
  allowPrivatePeers: boolean;
  maxOutgoing: number;
  maxKnownPeers: number;
}

/** What a command that talks to a running node needs to know. */
export interface ClientOptions {
  url: string;
  token: string | null;
}

/** As commander gives them: by the flag's name in camelCase. */
export type Flags = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** The key in a table is the flag's name in camelCase. */
export const DATA_OPTIONS = {
  network: {
    flags: '--network <name|file>',
    variable: 'STELE_NETWORK',
    description: 'main, dev, or a network file made by `stele found`',
    fallback: 'main',
    parse: readNetwork,
  },
  dataDir: {
    flags: '--data-dir <directory>',
    variable: 'STELE_DATA_DIR',
    description: 'where chain, pool and keys are kept',
    fallback: null,
    otherwise: './data/<network>',
    parse: (text) => resolve(filled(text)),
  },
} satisfies OptionTable;

export const KEY_OPTIONS = {
  passphraseFile: {
    flags: '--passphrase-file <file>',
    variable: 'STELE_PASSPHRASE_FILE',
    description: 'file with the passphrase that seals the keys on disk; goes before STELE_PASSPHRASE, which holds it',
    fallback: null,
    parse: readPassphrase,
  },
  passphrase: {
    flags: null,
    variable: 'STELE_PASSPHRASE',
    description: 'the passphrase itself',
    fallback: null,
    parse: filled,
  },
} satisfies OptionTable;

const TOKEN = {
  variable: 'STELE_OPERATOR_TOKEN',
  fallback: null,
  parse: (text: string) => matching(/^[\w.~+/=-]{16,512}$/, text, '16 or more of A-Z a-z 0-9 - . _ ~ + / ='),
};

export const NODE_OPTIONS = {
  port: {
    flags: '--port <number>',
    variable: 'STELE_PORT',
    description: 'TCP port to listen on; 0 takes any free one',
    fallback: '4000',
    parse: integer(0, 65_535),
  },
  host: {
    flags: '--host <address>',
    variable: 'STELE_HOST',
    description: 'address to listen on; on loopback, local callers are the operator',
    fallback: '127.0.0.1',
    parse: filled,
  },
  ...DATA_OPTIONS,
  mine: {
    flags: '--mine',
    variable: 'STELE_MINE',
    description: 'keep mining whenever something is pending',
    fallback: 'false',
    parse: isTrue,
  },
  threads: {
    flags: '--threads <number>',
    variable: 'STELE_THREADS',
    description: 'threads to mine with',
    fallback: null,
    otherwise: 'one less than there are cores',
    parse: integer(1, 1_024),
  },
  logLevel: {
    flags: '--log-level <level>',
    variable: 'STELE_LOG_LEVEL',
    description: 'fatal, error, warn, info, debug, trace or silent',
    fallback: 'info',
    parse: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
  },
  publicUrl: {
    flags: '--public-url <url>',
    variable: 'STELE_PUBLIC_URL',
    description: 'where the world reaches this node; with it, the operator always needs the token',
    fallback: null,
    parse: nodeUrl,
  },
  operatorToken: {
    ...TOKEN,
    flags: '--operator-token <token>',
    description: "the operator's bearer token",
    otherwise: 'made and kept in the data directory where one is needed',
  },
  ...KEY_OPTIONS,
  poolCount: {
    flags: '--pool-count <number>',
    variable: 'STELE_POOL_COUNT',
    description: 'most posts that may be pending',
    fallback: '20000',
    parse: integer(1, 1_000_000),
  },
  poolBytes: {
    flags: '--pool-bytes <number>',
    variable: 'STELE_POOL_BYTES',
    description: 'most bytes that pending posts may take',
    fallback: '67108864',
    parse: integer(32_768, 2 ** 34),
  },
  maxConcurrentRequests: {
    flags: '--max-concurrent-requests <number>',
    variable: 'STELE_MAX_CONCURRENT_REQUESTS',
    description: 'requests of one client that run at once; more wait for their turn',
    fallback: '16',
    parse: integer(1, 10_000),
  },
  maxSubscriptions: {
    flags: '--max-subscriptions <number>',
    variable: 'STELE_MAX_SUBSCRIPTIONS',
    description: 'subscriptions that one client may have open; behind a proxy all visitors are one',
    fallback: '100',
    parse: integer(1, 1_000_000),
  },
  peer: {
    flags: '--peer <url>',
    variable: 'STELE_PEERS',
    description: 'a node to connect to; may be given several times, in the variable between commas',
    fallback: null,
    repeatable: true,
    parse: nodeUrls,
  },
  allowPrivatePeers: {
    flags: '--allow-private-peers',
    variable: 'STELE_ALLOW_PRIVATE_PEERS',
    description: 'connect to nodes on this machine and in private networks, whoever names them',
    fallback: 'false',
    parse: isTrue,
  },
  maxOutgoing: {
    flags: '--max-outgoing <number>',
    variable: 'STELE_MAX_OUTGOING',
    description: 'most nodes to be connected to at once',
    fallback: '8',
    parse: integer(0, 64),
  },
  maxKnownPeers: {
    flags: '--max-known-peers <number>',
    variable: 'STELE_MAX_KNOWN_PEERS',
    description: 'most addresses of nodes to remember',
    fallback: '64',
    parse: integer(1, 1_000),
  },
} satisfies OptionTable;

export const CLIENT_OPTIONS = {
  url: {
    flags: '--url <url>',
    variable: 'STELE_URL',
    description: "the node's address",
    fallback: null,
    otherwise: 'the node that uses the data directory, else http://127.0.0.1:4000/graphql',
    parse: graphqlUrl,
  },
  token: {
    ...TOKEN,
    flags: '--token <token>',
    description: "the operator's bearer token",
    otherwise: 'for a node on this machine, the one in its data directory',
  },
  ...DATA_OPTIONS,
} satisfies OptionTable;

/** The process's environment, for those who hand it to the functions below. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * Libraries check themselves at every step unless they are told that nobody develops with them: graphql-js then takes
 * twice as long. To be said before they are loaded.
 */
export function declareProduction(): void {
  process.env.NODE_ENV ??= 'production';
}

export function nodeOptions(flags: Flags, environment: Environment): NodeOptions {
  const { network, dataDir, passphraseFile, passphrase, threads, peer, ...rest } = readTable(
    NODE_OPTIONS,
    flags,
    environment,
  );
  return {
    ...rest,
    genesis: network,
    dataDir: dataDir ?? defaultDirectory(network),
    peers: peer ?? [],
    threads: threads ?? Math.max(1, availableParallelism() - 1),
    passphrase: passphraseFile ?? passphrase,
  };
}

export function dataOptions(flags: Flags, environment: Environment): { genesis: Genesis; dataDir: string } {
  const { network, dataDir } = readTable(DATA_OPTIONS, flags, environment);
  return { genesis: network, dataDir: dataDir ?? defaultDirectory(network) };
}

export function passphraseOption(flags: Flags, environment: Environment): string | null {
  const { passphraseFile, passphrase } = readTable(KEY_OPTIONS, flags, environment);
  return passphraseFile ?? passphrase;
}

export function clientOptions(flags: Flags, environment: Environment): ClientOptions {
  const { url: given, token, network, dataDir } = readTable(CLIENT_OPTIONS, flags, environment);
  const directory = dataDir ?? defaultDirectory(network);
  const url = given ?? keptUrl(directory) ?? 'http://127.0.0.1:4000/graphql';
  return { url, token: token ?? keptToken(url, directory) };
}

/** The version of this program. */
export function readVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Files in the data directory: the node's own keys, and the operator's token where the node made one. */
export const KEY_FILE = 'keys.json';
export const TOKEN_FILE = 'operator-token';
/** Where the node that uses the directory listens, for commands on the same machine. */
export const ADDRESS_FILE = 'address';

/** Null where no node has said where it listens, or the file is none of ours. A node that was killed leaves its file. */
function keptUrl(dataDir: string): string | null {
  try {
    return graphqlUrl(readFileSync(join(dataDir, ADDRESS_FILE), 'utf8').trim());
  } catch {
    return null;
  }
}

/** A token found on disk goes to a node on this machine only: a foreign address must not be handed the operator's. */
function keptToken(url: string, dataDir: string): string | null {
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)) return null;
  try {
    return TOKEN.parse(readFileSync(join(dataDir, TOKEN_FILE), 'utf8').trim());
  } catch {
    return null;
  }
}

function defaultDirectory({ network }: Genesis): string {
  return resolve('data', network.name);
}
