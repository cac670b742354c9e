/** The options of `stele archive` and `stele serve`, one row each, and what they are read to. */
import { CLIENT_OPTIONS } from './client.ts';
import { NODE_OPTIONS } from './node.ts';
import { type Environment, type Flags, type OptionTable, readTable } from './table.ts';
import { graphqlUrl, integer } from './values.ts';

/** Addresses of nodes, between commas; each once. */
const upstreamUrls = (text: string) => [...new Set(text.split(',').map((part) => graphqlUrl(part.trim())))];

function databaseUrl(text: string): string {
  if (URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)) return text;
  throw new Error('must be an address such as postgresql://user:password@127.0.0.1:5432/stele');
}

const { network, port, host, logLevel, publicUrl, trustProxy, operatorName, operatorContact } = NODE_OPTIONS;
const { maxConcurrentRequests, maxSubscriptions, maxConnections, maxConnectionsPerAddress, keepAliveTimeout } =
  NODE_OPTIONS;

const COMMON_OPTIONS = {
  network,
  databaseUrl: {
    flags: '--database-url <url>',
    variable: 'STELE_DATABASE_URL',
    description: 'the database of PostgreSQL, as postgresql://user:password@host:port/name',
    fallback: 'postgresql:///stele',
    parse: databaseUrl,
  },
  upstream: {
    flags: '--upstream <url>',
    variable: 'STELE_UPSTREAMS',
    description:
      'the node; may be given several times, in the variable between commas: the first that answers is asked',
    fallback: null,
    repeatable: true,
    parse: upstreamUrls,
  },
  upstreamTokenFile: {
    ...CLIENT_OPTIONS.tokenFile,
    flags: '--upstream-token-file <file>',
    variable: 'STELE_UPSTREAM_TOKEN_FILE',
    description: "file with the token of the node's operator: the node then sets no limits to how often it is asked",
  },
  host,
  logLevel,
} satisfies OptionTable;

/** The options of `stele archive`. */
export const ARCHIVE_OPTIONS = {
  ...COMMON_OPTIONS,
  port: { ...port, description: 'TCP port of /health, /ready and /metrics; 0 takes any free one', fallback: '4010' },
} satisfies OptionTable;

/** The options of `stele serve`. */
export const SERVE_OPTIONS = {
  ...COMMON_OPTIONS,
  readDatabaseUrl: {
    flags: '--read-database-url <url>',
    variable: 'STELE_READ_DATABASE_URL',
    description: 'a replica of the database, to read from',
    fallback: null,
    otherwise: '--database-url',
    parse: databaseUrl,
  },
  databaseConnections: {
    flags: '--database-connections <number>',
    variable: 'STELE_DATABASE_CONNECTIONS',
    description: 'most connections to the database for reads, half of them for searches; one more listens',
    fallback: '10',
    parse: integer(2, 1_000),
  },
  maxLag: {
    flags: '--max-lag <seconds>',
    variable: 'STELE_MAX_LAG',
    description: 'how old the copy may be before /ready says no',
    fallback: '30',
    parse: integer(1, 86_400),
  },
  port,
  publicUrl,
  trustProxy,
  operatorName,
  operatorContact,
  maxConcurrentRequests,
  maxSubscriptions,
  maxConnections,
  maxConnectionsPerAddress,
  keepAliveTimeout,
} satisfies OptionTable;

/** The values of {@link ARCHIVE_OPTIONS}. */
export type ArchiveOptions = ReturnType<typeof archiveOptions>;

/** @throws UsageError naming the flag or variable whose value is not accepted. */
export function archiveOptions(flags: Flags, environment: Environment) {
  const { network: genesis, upstream, upstreamTokenFile, ...rest } = readTable(ARCHIVE_OPTIONS, flags, environment);
  return { ...rest, genesis, upstreams: upstream ?? [DEFAULT_UPSTREAM], upstreamToken: upstreamTokenFile };
}

/** The values of {@link SERVE_OPTIONS}; times are seconds. */
export type ServeOptions = ReturnType<typeof serveOptions>;

/** @throws UsageError naming the flag or variable whose value is not accepted. */
export function serveOptions(flags: Flags, environment: Environment) {
  const { network: genesis, upstream, upstreamTokenFile, ...rest } = readTable(SERVE_OPTIONS, flags, environment);
  return {
    ...rest,
    genesis,
    upstreams: upstream ?? [],
    upstreamToken: upstreamTokenFile,
    readDatabaseUrl: rest.readDatabaseUrl ?? rest.databaseUrl,
    trustProxy: rest.trustProxy ?? [],
  };
}

const DEFAULT_UPSTREAM = 'http://127.0.0.1:4000/graphql';
