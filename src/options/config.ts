/**
 * Options as the program uses them, read from their tables. A flag goes before its variable, the variable before the
 * default; an empty variable counts as unset.
 *
 * Nothing else knows `process.env`: {@link processEnvironment} reads it, {@link declareProduction} adds to it.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Genesis } from '../domain/network.ts';
import { CLIENT_OPTIONS, DATA_OPTIONS, KEY_OPTIONS, TOKEN } from './client.ts';
import { NODE_OPTIONS } from './node.ts';
import { type Environment, type Flags, readTable } from './table.ts';
import { graphqlUrl } from './values.ts';

/** What a command that talks to a running node needs to know. */
export interface ClientOptions {
  url: string;
  token: string | null;
}

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

/** Units and bounds stand with the rows of {@link NODE_OPTIONS}; the paths in it are absolute, the lists may be empty. */
export type NodeOptions = ReturnType<typeof nodeOptions>;

/**
 * @param warn told, in a line each, of a value that is ignored or that others can see.
 * @throws UsageError naming the flag or variable whose value is not accepted.
 */
export function nodeOptions(flags: Flags, environment: Environment, warn: (line: string) => void = () => {}) {
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

/** @throws UsageError naming the flag or variable whose value is not accepted. */
export function dataOptions(flags: Flags, environment: Environment): { genesis: Genesis; dataDir: string } {
  const { network, dataDir } = readTable(DATA_OPTIONS, flags, environment);
  return { genesis: network, dataDir: dataDir ?? defaultDirectory(network) };
}

/** The passphrase, from its file or its variable; null when none is given. @throws UsageError */
export function passphraseOption(flags: Flags, environment: Environment): string | null {
  const { passphraseFile, passphrase } = readTable(KEY_OPTIONS, flags, environment);
  return passphraseFile ?? passphrase;
}

/** The node to ask: as given, else the one that uses the data directory. @throws UsageError */
export function clientOptions(flags: Flags, environment: Environment): ClientOptions {
  const { url: given, tokenFile, token, network, dataDir } = readTable(CLIENT_OPTIONS, flags, environment);
  const directory = dataDir ?? defaultDirectory(network);
  const url = given ?? keptUrl(directory) ?? 'http://127.0.0.1:4000/graphql';
  return { url, token: tokenFile ?? token ?? keptToken(url, directory) };
}

/** The version of this program. */
export function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Files in the data directory: the node's own keys, and the operator's token where the node made one. */
export const KEY_FILE = 'keys.json';
/** The name of the token's file in the data directory. */
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
