/**
 * Options as the program uses them. Their tables stand in `options.ts`. A flag goes
 * before its variable, the variable before the default; an empty variable counts as unset.
 *
 * Nothing else knows `process.env`: {@link processEnvironment} reads it, {@link declareProduction} adds to it.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Genesis } from './domain/network.ts';
import { CLIENT_OPTIONS, DATA_OPTIONS, KEY_OPTIONS, NODE_OPTIONS, TOKEN } from './options.ts';
import { readTable } from './optionTable.ts';
import { graphqlUrl } from './optionValues.ts';

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
  /** Proxies whose word on the visitor's address counts. */
  trustProxy: string[];
  /** Who runs the node, and how to reach them: shown to everyone. Null: it does not say. */
  operatorName: string | null;
  operatorContact: string | null;
  /** Null: made and kept in the data directory. */
  operatorToken: string | null;
  /** Seals the keys on disk. */
  passphrase: string | null;
  poolCount: number;
  poolBytes: number;
  /** How old the claimed time of a post may be. */
  poolClaimHours: number;
  /** Of one client at the same time. */
  maxConcurrentRequests: number;
  maxSubscriptions: number;
  maxConnections: number;
  maxConnectionsPerAddress: number;
  /** Seconds. */
  keepAliveTimeout: number;
  /** Addresses of nodes to connect to, now and from now on. */
  peers: string[];
  /** Whether addresses that strangers name may be of this machine or its private networks. */
  allowPrivatePeers: boolean;
  maxOutgoing: number;
  maxKnownPeers: number;
  /** Blocks that a move of the tip may undo once the node was synchronised; null: any number. */
  maxReorganisation: number | null;
  /** Hashes that the chain must have, by height. */
  checkpoints: ReadonlyMap<number, string>;
  /** A snapshot to begin with; absolute. */
  snapshot: string | null;
}

/** What a command that talks to a running node needs to know. */
export interface ClientOptions {
  url: string;
  token: string | null;
}

/** As commander gives them: by the flag's name in camelCase. */
export type Flags = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment, for those who hand it to the functions below. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * Libraries check themselves at every step unless they are told that this is no development: graphql-js then takes
 * twice as long. To be said before they are loaded.
 */
export function declareProduction(): void {
  process.env.NODE_ENV ??= 'production';
}

/** @param warn told, in a line each, of what was given and does not do what may be expected. */
export function nodeOptions(
  flags: Flags,
  environment: Environment,
  warn: (line: string) => void = () => {},
): NodeOptions {
  const values = readTable(NODE_OPTIONS, flags, environment, warn);
  const { network, dataDir, passphraseFile, passphrase, threads, peer, trustProxy, checkpoint, ...given } = values;
  const { operatorTokenFile, operatorToken, ...rest } = given;
  if (flags.operatorToken !== undefined)
    warn('--operator-token: other users of this machine see it in the list of processes; use --operator-token-file');
  return {
    ...rest,
    trustProxy: trustProxy ?? [],
    operatorToken: operatorTokenFile ?? operatorToken,
    genesis: network,
    dataDir: dataDir ?? defaultDirectory(network),
    peers: peer ?? [],
    checkpoints: checkpoint ?? new Map(),
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
  const { url: given, tokenFile, token, network, dataDir } = readTable(CLIENT_OPTIONS, flags, environment);
  const directory = dataDir ?? defaultDirectory(network);
  const url = given ?? keptUrl(directory) ?? 'http://127.0.0.1:4000/graphql';
  return { url, token: tokenFile ?? token ?? keptToken(url, directory) };
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

/**
 * A token found on disk goes to the node that uses the directory, on this machine: a foreign address must not be handed
 * the operator's, and another node of this machine would call the token wrong.
 */
function keptToken(url: string, dataDir: string): string | null {
  const { hostname, port } = new URL(url);
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return null;
  const kept = keptUrl(dataDir);
  if (kept !== null && new URL(kept).port !== port) return null;
  try {
    return TOKEN.parse(readFileSync(join(dataDir, TOKEN_FILE), 'utf8').trim());
  } catch {
    return null;
  }
}

function defaultDirectory({ network }: Genesis): string {
  return resolve('data', network.name);
}
