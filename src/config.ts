/**
 * Options: tables of one row an option, from which flags, environment variables and `--help` all follow. A flag goes
 * before its variable, the variable before the default; an empty variable counts as unset.
 *
 * Nothing else reads `process.env`, and this does in one place: {@link processEnvironment}.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileToNetwork, foundGenesis, type Genesis } from './domain/network.ts';
import { DEV, MAIN } from './domain/networks.ts';

/** What was asked for cannot be done as asked. The message is one line, with the way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

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
}

/** What a command that talks to a running node needs to know. */
export interface ClientOptions {
  url: string;
  token: string | null;
}

export interface OptionRow<Value> {
  /** As commander writes them; null: a variable only. */
  flags: string | null;
  /** Null: a flag only. */
  variable: string | null;
  description: string;
  /** The default, written as a user would; null: there is none, or it follows from other options. */
  fallback: string | null;
  /** A default that follows from other options, in words. */
  otherwise?: string;
  /** Throws an error whose message goes on after the option's name. */
  parse(text: string): Value;
}

export type OptionTable = Readonly<Record<string, OptionRow<unknown>>>;
/** As commander gives them: by the flag's name in camelCase. */
export type Flags = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

type Values<Table extends OptionTable> = {
  [Key in keyof Table]: ReturnType<Table[Key]['parse']> | (Table[Key]['fallback'] extends null ? null : never);
};

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
    parse: (text) => httpUrl(text).replace(/\/+$/, ''),
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
} satisfies OptionTable;

export const CLIENT_OPTIONS = {
  url: {
    flags: '--url <url>',
    variable: 'STELE_URL',
    description: "the node's GraphQL address",
    fallback: 'http://127.0.0.1:4000/graphql',
    parse: httpUrl,
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

export function nodeOptions(flags: Flags, environment: Environment): NodeOptions {
  const { network, dataDir, passphraseFile, passphrase, threads, ...rest } = readTable(
    NODE_OPTIONS,
    flags,
    environment,
  );
  return {
    ...rest,
    genesis: network,
    dataDir: dataDir ?? defaultDirectory(network),
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
  const { url, token, network, dataDir } = readTable(CLIENT_OPTIONS, flags, environment);
  return { url, token: token ?? keptToken(url, dataDir ?? defaultDirectory(network)) };
}

/** The version of this program. */
export function readVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Files in the data directory: the node's own keys, and the operator's token where the node made it. */
export const KEY_FILE = 'keys.json';
export const TOKEN_FILE = 'operator-token';

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

/** @throws UsageError naming the flag or variable whose value is no good. */
function readTable<Table extends OptionTable>(table: Table, flags: Flags, environment: Environment): Values<Table> {
  const values = Object.entries(table).map(([key, row]) => [key, readRow(row, flags[key], environment)]);
  return Object.fromEntries(values) as Values<Table>;
}

function readRow(row: OptionRow<unknown>, flag: unknown, environment: Environment): unknown {
  const variable = row.variable === null ? '' : (environment[row.variable] ?? '');
  const text = flag !== undefined ? String(flag) : variable !== '' ? variable : row.fallback;
  if (text === null) return null;
  try {
    return row.parse(text);
  } catch (error) {
    const name = flag !== undefined ? row.flags?.split(' ')[0] : row.variable;
    throw new UsageError(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function filled(text: string): string {
  if (text === '') throw new Error('must not be empty');
  return text;
}

function matching(pattern: RegExp, text: string, what: string): string {
  if (!pattern.test(text)) throw new Error(`must be ${what}`);
  return text;
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new Error(`must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
  };
}

function oneOf(choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    throw new Error(`must be one of ${choices.join(', ')}, not ${JSON.stringify(text)}`);
  };
}

function isTrue(text: string): boolean {
  return ['true', '1', 'yes'].includes(oneOf(['true', 'false', '1', '0', 'yes', 'no'])(text));
}

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === '') {
    return url.href;
  }
  throw new Error(`must be an address such as http://127.0.0.1:4000/graphql, not ${JSON.stringify(text)}`);
}

function readPassphrase(file: string): string {
  return filled(readFileSync(filled(file), 'utf8').replace(/\r?\n$/, ''));
}

function readNetwork(text: string): Genesis {
  if (text === MAIN.name) return foundGenesis(MAIN);
  if (text === DEV.name) return foundGenesis(DEV);
  let file: string;
  try {
    file = readFileSync(text, 'utf8');
  } catch (cause) {
    throw new Error(`must be main, dev or a readable network file, not ${JSON.stringify(text)}`, { cause });
  }
  try {
    return fileToNetwork(JSON.parse(file));
  } catch (cause) {
    throw new Error(`${text} is not a network file: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
