import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createGenesis, networkToFile } from '../../src/domain/network.ts';
import { DEV, MAIN } from '../../src/domain/networks.ts';
import {
  ADDRESS_FILE,
  type ClientOptions,
  clientOptions,
  dataOptions,
  type NodeOptions,
  nodeOptions,
  processEnvironment,
  TOKEN_FILE,
} from '../../src/options/config.ts';
import { NODE_OPTIONS } from '../../src/options/node.ts';
import { UsageError } from '../../src/options/table.ts';
import { temporaryDirectory } from '../support/directories.ts';

const TOKEN = 'a-token-of-enough-length';

let directory: string;
beforeAll(() => {
  directory = temporaryDirectory();
});

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describe('node options', () => {
  test('have defaults', () => {
    expect(nodeOptions({}, {})).toEqual({
      port: 4000,
      host: '127.0.0.1',
      dataDir: resolve('data/main'),
      genesis: createGenesis(MAIN),
      mine: false,
      threads: Math.max(1, availableParallelism() - 1),
      logLevel: 'info',
      publicUrl: null,
      operatorName: null,
      operatorContact: null,
      trustProxy: [],
      operatorToken: null,
      passphrase: null,
      poolCount: 20_000,
      poolBytes: 67_108_864,
      poolClaimHours: 24,
      maxConcurrentRequests: 16,
      maxSubscriptions: 100,
      maxConnections: 10_000,
      maxConnectionsPerAddress: 256,
      keepAliveTimeout: 75,
      peers: [],
      allowPrivatePeers: false,
      maxOutgoing: 8,
      maxKnownPeers: 64,
      maxReorganisation: 100,
      checkpoints: new Map(),
      snapshot: null,
    } satisfies NodeOptions);
  });

  const values: [flag: string, variable: string, text: string, key: keyof NodeOptions, value: unknown][] = [
    ['port', 'STELE_PORT', '0', 'port', 0],
    ['port', 'STELE_PORT', '65535', 'port', 65_535],
    ['host', 'STELE_HOST', '::1', 'host', '::1'],
    ['dataDir', 'STELE_DATA_DIR', 'here', 'dataDir', resolve('here')],
    ['network', 'STELE_NETWORK', 'dev', 'genesis', createGenesis(DEV)],
    ['mine', 'STELE_MINE', 'true', 'mine', true],
    ['mine', 'STELE_MINE', '1', 'mine', true],
    ['mine', 'STELE_MINE', 'no', 'mine', false],
    ['threads', 'STELE_THREADS', '3', 'threads', 3],
    ['logLevel', 'STELE_LOG_LEVEL', 'silent', 'logLevel', 'silent'],
    ['publicUrl', 'STELE_PUBLIC_URL', 'https://stele.example/', 'publicUrl', 'https://stele.example'],
    ['operatorName', 'STELE_OPERATOR_NAME', ' The village ', 'operatorName', 'The village'],
    ['operatorContact', 'STELE_OPERATOR_CONTACT', 'ops@stele.example', 'operatorContact', 'ops@stele.example'],
    ['operatorToken', 'STELE_OPERATOR_TOKEN', TOKEN, 'operatorToken', TOKEN],
    [
      'trustProxy',
      'STELE_TRUST_PROXY',
      '127.0.0.1, 10.0.0.0/8,loopback',
      'trustProxy',
      ['127.0.0.1', '10.0.0.0/8', 'loopback'],
    ],
    ['poolCount', 'STELE_POOL_COUNT', '7', 'poolCount', 7],
    ['poolClaimHours', 'STELE_POOL_CLAIM_HOURS', '48', 'poolClaimHours', 48],
    ['poolBytes', 'STELE_POOL_BYTES', '100000', 'poolBytes', 100_000],
    ['maxConcurrentRequests', 'STELE_MAX_CONCURRENT_REQUESTS', '64', 'maxConcurrentRequests', 64],
    ['maxSubscriptions', 'STELE_MAX_SUBSCRIPTIONS', '5000', 'maxSubscriptions', 5_000],
    ['maxConnections', 'STELE_MAX_CONNECTIONS', '500', 'maxConnections', 500],
    ['maxConnectionsPerAddress', 'STELE_MAX_CONNECTIONS_PER_ADDRESS', '20', 'maxConnectionsPerAddress', 20],
    ['keepAliveTimeout', 'STELE_KEEP_ALIVE_TIMEOUT', '620', 'keepAliveTimeout', 620],
    ['peer', 'STELE_PEERS', 'http://10.0.0.7:4000/', 'peers', ['http://10.0.0.7:4000']],
    ['peer', 'STELE_PEERS', '10.0.0.7:4000/graphql', 'peers', ['http://10.0.0.7:4000']],
    [
      'peer',
      'STELE_PEERS',
      'https://a.example, https://b.example',
      'peers',
      ['https://a.example', 'https://b.example'],
    ],
    ['allowPrivatePeers', 'STELE_ALLOW_PRIVATE_PEERS', 'yes', 'allowPrivatePeers', true],
    ['maxOutgoing', 'STELE_MAX_OUTGOING', '0', 'maxOutgoing', 0],
    ['maxKnownPeers', 'STELE_MAX_KNOWN_PEERS', '1000', 'maxKnownPeers', 1_000],
    ['maxReorganisation', 'STELE_MAX_REORGANISATION', '6', 'maxReorganisation', 6],
    ['maxReorganisation', 'STELE_MAX_REORGANISATION', 'none', 'maxReorganisation', null],
    ['snapshot', 'STELE_SNAPSHOT', '/a/snapshot', 'snapshot', '/a/snapshot'],
    ['checkpoint', 'STELE_CHECKPOINTS', `7:${'AB'.repeat(32)}`, 'checkpoints', new Map([[7, 'ab'.repeat(32)]])],
  ];

  test.each(values)('--%s and %s: %s', (flag, variable, text, key, value) => {
    expect(nodeOptions({ [flag]: text }, {})[key]).toEqual(value);
    expect(nodeOptions({}, { [variable]: text })[key]).toEqual(value);
  });

  test('a flag overrides its variable, and an empty variable counts as not set', () => {
    expect(nodeOptions({ port: '1' }, { STELE_PORT: '2' }).port).toBe(1);
    expect(nodeOptions({}, { STELE_PORT: '' }).port).toBe(4000);
  });

  test('a flag that is given several times holds all of them, each once', () => {
    const peer = ['http://a.example', 'http://b.example', 'http://a.example/'];
    expect(nodeOptions({ peer }, { STELE_PEERS: 'http://c.example' }).peers).toEqual(peer.slice(0, 2));
  });

  test("the operator's token is read from its file, or else as given, with a warning when it is a flag that others can see", () => {
    const warnings: string[] = [];
    const warn = (line: string) => void warnings.push(line);
    const path = file('token', `${TOKEN}\n`);
    expect(
      nodeOptions({ operatorTokenFile: path }, { STELE_OPERATOR_TOKEN: `other-${TOKEN}` }, warn).operatorToken,
    ).toBe(TOKEN);
    expect(nodeOptions({}, { STELE_OPERATOR_TOKEN: TOKEN }, warn).operatorToken).toBe(TOKEN);
    expect(warnings).toEqual([]);
    expect(nodeOptions({ operatorToken: TOKEN }, {}, warn).operatorToken).toBe(TOKEN);
    expect(warnings).toEqual([expect.stringMatching(/^--operator-token: .*--operator-token-file$/)]);
    expect(() => nodeOptions({ operatorTokenFile: file('no-token', '\n') }, {})).toThrow(/^--operator-token-file: /);
  });

  test('a STELE_PORT that Kubernetes sets is ignored, with a warning', () => {
    const warnings: string[] = [];
    const environment = { STELE_PORT: 'tcp://10.0.0.1:4000' };
    expect(nodeOptions({}, environment, (line) => void warnings.push(line)).port).toBe(4000);
    expect(warnings).toEqual(['STELE_PORT: "tcp://10.0.0.1:4000" is not meant for this program, and ignored']);
    expect(nodeOptions({ port: '1' }, environment).port).toBe(1);
  });

  test('a bare flag means yes', () => {
    expect(nodeOptions({ mine: true }, {}).mine).toBe(true);
  });

  test("the data directory follows from the network's name", () => {
    expect(nodeOptions({ network: 'dev' }, {}).dataDir).toBe(resolve('data/dev'));
  });

  test('a network file defines its network', () => {
    const path = file('dev.json', JSON.stringify(networkToFile(createGenesis(DEV))));
    expect(nodeOptions({ network: path }, {}).genesis.hash).toBe(createGenesis(DEV).hash);
  });

  test('a passphrase comes from its file, or else from its variable', () => {
    const path = file('passphrase', 'correct horse\n');
    expect(nodeOptions({ passphraseFile: path }, { STELE_PASSPHRASE: 'other' }).passphrase).toBe('correct horse');
    expect(nodeOptions({}, { STELE_PASSPHRASE: 'other' }).passphrase).toBe('other');
  });

  const mistakes: [flag: string, text: string, message: RegExp][] = [
    ['port', '65536', /^--port: must be a whole number from 0 to 65535, not "65536"$/],
    ['port', '-1', /^--port: /],
    ['port', '4e3', /^--port: /],
    ['port', '', /^--port: /],
    ['host', '', /^--host: must not be empty$/],
    ['dataDir', '', /^--data-dir: /],
    ['network', 'nowhere.json', /^--network: must be main, dev or a readable network file, not "nowhere.json"$/],
    ['threads', '0', /^--threads: /],
    ['logLevel', 'loud', /^--log-level: must be one of fatal, .*, not "loud"$/],
    ['operatorName', ' ', /^--operator-name: must be one line/],
    ['operatorContact', 'a\nb', /^--operator-contact: must be one line/],
    ['operatorName', 'x'.repeat(201), /^--operator-name: must be one line/],
    ['publicUrl', 'stele.example', /^--public-url: must be an address such as https:\/\/stele\.example, /],
    ['publicUrl', 'ftp://stele.example', /^--public-url: /],
    ['publicUrl', 'https://user:secret@stele.example', /^--public-url: /],
    ['publicUrl', 'https://stele.example/board', /^--public-url: must have no path/],
    ['trustProxy', 'nginx', /^--trust-proxy: must be addresses or ranges/],
    ['trustProxy', '10.0.0.0/33', /^--trust-proxy: /],
    ['trustProxy', '', /^--trust-proxy: /],
    ['operatorTokenFile', 'nowhere', /^--operator-token-file: ENOENT/],
    ['operatorToken', 'short', /^--operator-token: must be 16 or more/],
    ['operatorToken', 'with a blank in between', /^--operator-token: /],
    ['passphraseFile', 'nowhere', /^--passphrase-file: ENOENT/],
    ['poolCount', '0', /^--pool-count: /],
    ['poolBytes', '1', /^--pool-bytes: /],
    ['maxSubscriptions', '0', /^--max-subscriptions: /],
    ['peer', 'no host', /^--peer: must be an address such as .*, not "http:\/\/no host"$/],
    ['peer', 'https://a.example,', /^--peer: /],
    ['peer', 'https://user:secret@a.example', /^--peer: /],
    ['maxOutgoing', '65', /^--max-outgoing: /],
    ['maxKnownPeers', '0', /^--max-known-peers: /],
    ['maxReorganisation', '0', /^--max-reorganisation: must be none or a whole number/],
    ['checkpoint', '7', /^--checkpoint: /],
    ['checkpoint', `7:${'ab'.repeat(32)},7:${'cd'.repeat(32)}`, /^--checkpoint: names two blocks/],
  ];

  test.each(mistakes)('--%s %j is refused', (flag, text, message) => {
    expect(() => nodeOptions({ [flag]: text }, {})).toThrow(message);
    expect(() => nodeOptions({ [flag]: text }, {})).toThrow(UsageError);
  });

  test('a mistake in a variable is reported by its name, and a secret is not repeated', () => {
    expect(() => nodeOptions({}, { STELE_MINE: 'maybe' })).toThrow(/^STELE_MINE: must be one of/);
    expect(() => nodeOptions({}, { STELE_OPERATOR_TOKEN: 'hush' })).not.toThrow(/hush/);
  });

  test('a file that does not define a network is refused with the reason', () => {
    const mistyped = { ...networkToFile(createGenesis(DEV)), spacing: 31 };
    expect(() => nodeOptions({ network: file('odd.json', JSON.stringify(mistyped)) }, {})).toThrow(
      /^--network: .*odd\.json is not a network file: genesis should be [0-9a-f]{64}$|hash .* above its target/,
    );
    expect(() => nodeOptions({ network: file('torn.json', '{"name":') }, {})).toThrow(
      /torn\.json is not a network file/,
    );
    expect(() => nodeOptions({ network: directory }, {})).toThrow(/readable network file/);
  });

  test('an empty passphrase is refused', () => {
    expect(() => nodeOptions({ passphraseFile: file('empty', '\n') }, {})).toThrow(/^--passphrase-file: /);
  });

  test('every flag has a variable, and every variable belongs to a flag', () => {
    for (const [key, row] of Object.entries(NODE_OPTIONS)) {
      expect(row.variable, key).toMatch(/^STELE_[A-Z_]+$/);
    }
  });
});

describe('client options', () => {
  function withToken(flags: Record<string, string>): ClientOptions {
    return clientOptions({ dataDir: directory, ...flags }, {});
  }

  beforeAll(() => {
    mkdirSync(join(directory, 'bad'));
    file(TOKEN_FILE, `${TOKEN}\n`);
    file(join('bad', TOKEN_FILE), 'no');
  });

  test('have defaults', () => {
    expect(clientOptions({ dataDir: join(directory, 'none') }, {})).toEqual({
      url: 'http://127.0.0.1:4000/graphql',
      token: null,
    });
  });

  test.each(['http://127.0.0.1:4000/graphql', 'http://localhost/graphql', 'https://[::1]:1/graphql'])(
    'the token in the data directory is for a node on this machine: %s',
    (url) => expect(withToken({ url }).token).toBe(TOKEN),
  );

  test.each([
    'http://stele.example/graphql',
    'http://127.0.0.1.example/',
    'http://localhost.example/',
    'http://10.0.0.1/',
  ])('the token in the data directory is for no other node: %s', (url) => expect(withToken({ url }).token).toBeNull());

  test('the token in the data directory is sent to the node of that directory only', () => {
    mkdirSync(join(directory, 'used'));
    file(join('used', TOKEN_FILE), TOKEN);
    file(join('used', ADDRESS_FILE), 'http://127.0.0.1:4001\n');
    const tokenFor = (url: string) => withToken({ url, dataDir: join(directory, 'used') }).token;
    expect(tokenFor('http://localhost:4001/graphql')).toBe(TOKEN);
    expect(tokenFor('http://127.0.0.1:4000/graphql')).toBeNull();
  });

  test('a token that is given overrides it, for any node', () => {
    expect(withToken({ url: 'https://stele.example/graphql', token: 'another-token-of-length' }).token).toBe(
      'another-token-of-length',
    );
    expect(clientOptions({ dataDir: directory }, { STELE_OPERATOR_TOKEN: 'another-token-of-length' }).token).toBe(
      'another-token-of-length',
    );
  });

  test('a file that holds no token counts as no token', () => {
    expect(clientOptions({ dataDir: join(directory, 'bad') }, {}).token).toBeNull();
  });

  test('an address that is not a URL is refused', () => {
    expect(() => clientOptions({}, { STELE_URL: 'local host:4000' })).toThrow(/^STELE_URL: must be an address such as/);
  });
});

test('commands on a data directory need only its path and network', () => {
  expect(dataOptions({}, { STELE_NETWORK: 'dev', STELE_PORT: 'nonsense' })).toEqual({
    genesis: createGenesis(DEV),
    dataDir: resolve('data/dev'),
  });
});

test('options are read from the environment of the process by default', () => {
  expect(processEnvironment()).toBe(process.env);
});
