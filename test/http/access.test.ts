import { describe, expect, it } from 'vitest';
import { Access, type AccessOptions } from '../../src/http/access.ts';
import { isLoopback, isWellFormedHost } from '../../src/http/direct.ts';
import { createVisitors } from '../../src/http/visitor.ts';
import { requestOf, type Said } from './request.ts';

const TOKEN = 'a-token-of-the-operator';
const LOCAL: AccessOptions = { host: '127.0.0.1', publicUrl: null, trustProxy: [], isTokenGiven: false, token: TOKEN };

function createAccess(options: Partial<AccessOptions> = {}): Access {
  // As where the system does not tell whose a connection is.
  return new Access({ ...LOCAL, ...options }, createVisitors(options.trustProxy ?? []), async () => null);
}

async function isOperator(
  said: Said,
  access = createAccess(),
  authorization?: string,
): Promise<boolean | 'wrong token'> {
  const caller = await access.callerOf(requestOf(said), authorization);
  return caller === null ? 'wrong token' : caller.isOperator;
}

const bearer = `Bearer ${TOKEN}`;

describe('who is the operator of a node that only this machine can reach', () => {
  it.each<[string, Said]>([
    ['a local program', {}],
    ['a local program over IPv6', { remoteAddress: '::1', headers: { host: '[::1]:4000' } }],
    ['a local program over mapped IPv4', { remoteAddress: '::ffff:127.0.0.1', headers: { host: '127.0.0.1:4000' } }],
    ["the node's own page", { headers: { origin: 'http://localhost:4000', 'sec-fetch-site': 'same-origin' } }],
    [
      'a WebSocket of its own page',
      { headers: { origin: 'http://localhost:4000', connection: 'Upgrade', upgrade: 'websocket' } },
    ],
    ['an address that was typed', { method: 'GET', headers: { 'sec-fetch-site': 'none' } }],
  ])('%s', async (_, said) => {
    expect(await isOperator(said)).toBe(true);
  });

  it.each<[string, Said]>([
    ['another machine', { remoteAddress: '192.0.2.1' }],
    ['nobody knows who', { remoteAddress: '' }],
    ['a page of another site', { headers: { origin: 'https://evil.example' } }],
    ['a page of another port', { headers: { origin: 'http://localhost:5000' } }],
    ['a page without origin', { headers: { origin: 'null' } }],
    ['a link on another site', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['a page of another local port', { headers: { 'sec-fetch-site': 'same-site' } }],
    ['a rebound name', { headers: { host: 'evil.example:4000', origin: 'http://evil.example:4000' } }],
    ['a rebound name that begins well', { headers: { host: 'localhost.evil.example:4000' } }],
    ['another port of this machine', { headers: { host: 'localhost:8080' } }],
    ['no port', { headers: { host: 'localhost' } }],
    ['no host', { headers: { host: '' } }],
    ['HTTP/1.0, as nginx and Apache speak it', { httpVersion: '1.0' }],
    ['a proxy that is set up for WebSockets', { headers: { connection: 'upgrade' } }],
  ])('not %s', async (_, said) => {
    expect(await isOperator(said)).toBe(false);
  });

  it.each([
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'x-forwarded-server',
    'x-forwarded-prefix',
    'x-forwarded',
    'x-forward-for',
    'x-real-ip',
    'x-client-ip',
    'client-ip',
    'x-cluster-client-ip',
    'true-client-ip',
    'cf-connecting-ip',
    'cf-ray',
    'cdn-loop',
    'fastly-client-ip',
    'x-original-forwarded-for',
    'x-original-host',
    'x-originating-ip',
    'x-remote-ip',
    'x-remote-addr',
    'x-envoy-external-address',
    'x-amzn-trace-id',
    'x-appengine-user-ip',
    'x-azure-clientip',
    'x-arr-log-id',
    'x-nginx-proxy',
    'x-varnish',
    'x-scheme',
    'x-host',
    'proxy-client-ip',
    'wl-proxy-client-ip',
    'x-proxyuser-ip',
    'x-vercel-id',
    'fly-client-ip',
    'surrogate-capability',
    'max-forwards',
    'x-https',
    'x-url-scheme',
  ])('not who came through a proxy: %s', async (name) => {
    expect(await isOperator({ headers: { [name]: '192.0.2.1' } })).toBe(false);
    expect(await isOperator({ headers: { [name]: '192.0.2.1', authorization: bearer } })).toBe(true);
  });

  it.each([
    'accept',
    'user-agent',
    'content-type',
    'content-length',
    'x-requested-with',
    'apollo-require-preflight',
    'x-request-id',
    'traceparent',
    'cache-control',
    'expect',
  ])('the header %s says nothing of a proxy', async (name) =>
    expect(await isOperator({ headers: { [name]: 'x' } })).toBe(true),
  );
});

it.each([
  [true, true],
  [false, false],
])('whose program is at the other end decides, where the system tells: %s', async (isOwn, expected) => {
  expect(await isOperator({}, new Access(LOCAL, createVisitors([]), async () => isOwn))).toBe(expected);
});

describe('who is the operator of any node', () => {
  it.each<[string, Partial<AccessOptions>]>([
    ['listens for everyone', { host: '0.0.0.0' }],
    ['has a public URL', { publicUrl: 'https://stele.example' }],
    ['trusts a proxy', { trustProxy: ['10.0.0.1'] }],
    ['was given a token', { isTokenGiven: true }],
  ])('nobody without the token when it %s', async (_, options) => {
    expect(createAccess(options).trustsLocal).toBe(false);
    expect(await isOperator({}, createAccess(options))).toBe(false);
    expect(await isOperator({ headers: { authorization: bearer } }, createAccess(options))).toBe(true);
  });

  it.each<[string, Said, string | undefined, boolean | 'wrong token']>([
    [
      'another machine with the token',
      { remoteAddress: '192.0.2.1', headers: { authorization: bearer } },
      undefined,
      true,
    ],
    ['the token in connectionParams', { remoteAddress: '192.0.2.1' }, `bearer ${TOKEN}`, true],
    ['a wrong token', { headers: { authorization: 'Bearer guess' } }, undefined, 'wrong token'],
    ['a wrong token in connectionParams', {}, 'Bearer guess', 'wrong token'],
    ['an empty token', { headers: { authorization: 'Bearer ' } }, undefined, 'wrong token'],
    ['no token', { headers: { authorization: 'Bearer' } }, undefined, 'wrong token'],
    ['a longer token', { headers: { authorization: `${bearer}0` } }, undefined, 'wrong token'],
    [
      'a password for a proxy',
      { remoteAddress: '192.0.2.1', headers: { authorization: `Basic ${TOKEN}` } },
      undefined,
      false,
    ],
  ])('%s', async (_, said, authorization, expected) => {
    expect(await isOperator(said, createAccess(), authorization)).toBe(expected);
  });
});

describe('who may read', () => {
  const open = createAccess({ publicUrl: 'https://stele.example' });
  const own = createAccess();

  it.each([
    ['localhost:4000', true],
    ['127.0.0.1', true],
    ['[::1]:9', true],
    ['evil.example:4000', false],
    ['127.0.0.1.evil.example', false],
    ['10.0.0.7:4000', false],
  ])('a node of this machine answers to the name %s: %s', (host, expected) => {
    expect(own.isOwnName(requestOf({ headers: { host } }))).toBe(expected);
    expect(open.isOwnName(requestOf({ headers: { host } }))).toBe(true);
  });

  it.each<[string, Said, boolean]>([
    ['a program', {}, true],
    ['its own page', { headers: { origin: 'http://localhost:4000' } }, true],
    ['a page of another site', { headers: { origin: 'https://evil.example' } }, false],
    [
      'an element of another page',
      { method: 'GET', headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' } },
      false,
    ],
    [
      'who follows a link',
      { method: 'GET', headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } },
      true,
    ],
    ['a form of another page', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } }, false],
  ])('%s', (_, said, expected) => {
    expect(own.isOwnReader(requestOf(said))).toBe(expected);
    expect(open.isOwnReader(requestOf(said))).toBe(true);
  });

  it('pages of other sites may connect only when the node has a public URL', () => {
    expect(
      [own, open, createAccess({ trustProxy: ['10.0.0.1'] })].map((access) => access.allowsForeignOrigins),
    ).toEqual([false, true, false]);
  });
});

it.each([
  ['127.0.0.1', true],
  ['127.255.0.3', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
  ['localhost.evil.example', false],
  ['', false],
])('isLoopback(%j) is %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it.each([
  ['stele.example', true],
  ['stele.example:443', true],
  ['node_1:4000', true],
  ['[2001:db8::1]:4000', true],
  ['', false],
  ['[', false],
  ['[::1', false],
  ['a b', false],
  ['a/b', false],
  ['a@b', false],
  ['a?b', false],
  ['stele.example:', false],
  ['stele.example:99999999', false],
  ['ü', false],
])('isWellFormedHost(%j) is %s', (host, expected) => {
  expect(isWellFormedHost(host)).toBe(expected);
});

describe('who is not the operator', () => {
  it.each<[string, Said, Partial<AccessOptions>, string]>([
    ['of a node for others', {}, { publicUrl: 'https://stele.example' }, 'asks everybody for it'],
    ['of a node with a token of its own', {}, { isTokenGiven: true }, 'asks everybody for it'],
    ['through a proxy', { headers: { via: '1.1 proxy' } }, {}, 'through a proxy'],
    ['by another name', { headers: { host: 'localhost:8080' } }, {}, 'the Host is not this machine'],
    ['from a page', { headers: { origin: 'http://localhost:5000' } }, {}, 'pages of another origin'],
  ])('is told what is missing: %s', async (_, said, options, missing) => {
    const caller = await createAccess(options).callerOf(requestOf(said));
    expect(caller).toMatchObject({ isOperator: false, missing: expect.stringContaining(missing) });
  });

  it('is told that the program belongs to another user', async () => {
    const access = new Access(LOCAL, createVisitors([]), async () => false);
    const caller = await access.callerOf(requestOf({}));
    expect(caller).toMatchObject({ isOperator: false, missing: expect.stringContaining('programs of other users') });
  });
});
