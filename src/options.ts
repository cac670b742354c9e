/**
 * The options, one row each, from which flags, environment variables and `--help` all follow. The key of a row is its flag's
 * name in camelCase.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CARD_OPTIONS } from './cardOptions.ts';
import type { OptionTable } from './optionTable.ts';
import {
  filled,
  graphqlUrl,
  integer,
  isTrue,
  matching,
  oneOf,
  proxyAddresses,
  publicUrl,
  readNetwork,
  readPassphrase,
} from './optionValues.ts';
import { PEER_OPTIONS } from './peerOptions.ts';

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

const TOKEN_PATTERN = /^[\w.~+/=-]{16,512}$/;

export const TOKEN = {
  variable: 'STELE_OPERATOR_TOKEN',
  fallback: null,
  parse: (text: string) => matching(TOKEN_PATTERN, text, '16 or more of A-Z a-z 0-9 - . _ ~ + / ='),
};

const TOKEN_FILE_OPTION = {
  variable: 'STELE_OPERATOR_TOKEN_FILE',
  fallback: null,
  parse: (file: string) => TOKEN.parse(readFileSync(filled(file), 'utf8').trim()),
};

export const isToken = (text: string): boolean => TOKEN_PATTERN.test(text);

export const NODE_OPTIONS = {
  port: {
    flags: '--port <number>',
    variable: 'STELE_PORT',
    description: 'TCP port to listen on; 0 takes any free one',
    fallback: '4000',
    // Kubernetes sets this for every container beside a service with the name "stele".
    foreign: /^tcp:\/\//,
    parse: integer(0, 65_535),
  },
  host: {
    flags: '--host <address>',
    variable: 'STELE_HOST',
    description: "address to listen on; on loopback, programs of the node's own user are the operator",
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
    parse: publicUrl,
  },
  trustProxy: {
    flags: '--trust-proxy <addresses>',
    variable: 'STELE_TRUST_PROXY',
    description:
      'proxies that tell the address of their visitors in X-Forwarded-For: addresses, ranges such as 10.0.0.0/8, or loopback, linklocal, uniquelocal, between commas; with it, the operator always needs the token',
    fallback: null,
    repeatable: true,
    parse: proxyAddresses,
  },
  ...CARD_OPTIONS,
  operatorTokenFile: {
    ...TOKEN_FILE_OPTION,
    flags: '--operator-token-file <file>',
    description: "file with the operator's bearer token; goes before the token itself",
    otherwise: 'made and kept in the data directory',
  },
  operatorToken: {
    ...TOKEN,
    flags: '--operator-token <token>',
    description: 'the token itself; as a flag, other users of the machine see it in the list of processes',
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
  poolClaimHours: {
    flags: '--pool-claim-hours <hours>',
    variable: 'STELE_POOL_CLAIM_HOURS',
    description: 'how old the time may be that a post claims, to be let into the pool',
    fallback: '24',
    parse: integer(1, 10_000_000),
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
    description: 'subscriptions that one client may have open',
    fallback: '100',
    parse: integer(1, 1_000_000),
  },
  maxConnections: {
    flags: '--max-connections <number>',
    variable: 'STELE_MAX_CONNECTIONS',
    description: 'most connections in all',
    fallback: '10000',
    parse: integer(1, 1_000_000),
  },
  maxConnectionsPerAddress: {
    flags: '--max-connections-per-address <number>',
    variable: 'STELE_MAX_CONNECTIONS_PER_ADDRESS',
    description: 'most connections from one address; those of trusted proxies are not counted',
    fallback: '256',
    parse: integer(1, 1_000_000),
  },
  keepAliveTimeout: {
    flags: '--keep-alive-timeout <seconds>',
    variable: 'STELE_KEEP_ALIVE_TIMEOUT',
    description: 'how long an idle connection stays open: longer than the proxy in front keeps it',
    fallback: '75',
    parse: integer(1, 86_400),
  },
  ...PEER_OPTIONS,
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
  tokenFile: {
    ...TOKEN_FILE_OPTION,
    flags: '--token-file <file>',
    description: "file with the operator's bearer token; goes before the token itself",
  },
  token: {
    ...TOKEN,
    flags: '--token <token>',
    description: "the operator's bearer token",
    otherwise: 'for a node on this machine, the one in its data directory',
  },
  ...DATA_OPTIONS,
} satisfies OptionTable;
