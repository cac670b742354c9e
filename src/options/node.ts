/**
 * The options of a node, one row each, from which flags, environment variables and `--help` all follow. The key of a row is
 * its flag's name in camelCase.
 */
import { DATA_OPTIONS, KEY_OPTIONS, TOKEN, TOKEN_FILE } from './client.ts';
import { PEER_OPTIONS } from './peers.ts';
import type { OptionTable } from './table.ts';
import { filled, integer, isTrue, line, oneOf, proxyAddresses, publicUrl } from './values.ts';

/** The options of `stele start`. */
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
  operatorName: {
    flags: '--operator-name <name>',
    variable: 'STELE_OPERATOR_NAME',
    description: 'who runs this node, shown to everyone',
    fallback: null,
    parse: line,
  },
  operatorContact: {
    flags: '--operator-contact <contact>',
    variable: 'STELE_OPERATOR_CONTACT',
    description: 'how to reach them, shown to everyone: a mail address, a web address, or words',
    fallback: null,
    parse: line,
  },
  operatorTokenFile: {
    ...TOKEN_FILE,
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
