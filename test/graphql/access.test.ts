import { describe, expect, it } from 'vitest';
import { type Caller, createAccess, isLoopback } from '../../src/graphql/access.ts';

const TOKEN = 'a-token';
const local = { host: '127.0.0.1', publicUrl: null, operatorToken: TOKEN };

function caller(headers: Record<string, string> = {}, remoteAddress = '127.0.0.1', authorization?: string): Caller {
  const all: Record<string, string> = { host: 'localhost:4000', ...headers };
  return { remoteAddress, header: (name) => all[name], ...(authorization ? { authorization } : {}) };
}

describe('who is the operator of a node on loopback', () => {
  it.each<[string, Caller, boolean]>([
    ['a local program', caller(), true],
    ['a local program over IPv6', caller({ host: '[::1]:4000' }, '::1'), true],
    ['a local program over mapped IPv4', caller({ host: '127.0.0.1:4000' }, '::ffff:127.0.0.1'), true],
    ["the node's own page", caller({ origin: 'http://localhost:4000', 'sec-fetch-site': 'same-origin' }), true],
    ['another machine', caller({}, '192.0.2.1'), false],
    ['nobody knows who', caller({}, ''), false],
    ['a page of another site', caller({ origin: 'https://evil.example' }), false],
    ['a page of another port', caller({ origin: 'http://localhost:5000' }), false],
    ['a page without origin', caller({ origin: 'null' }), false],
    ['a link on another site', caller({ 'sec-fetch-site': 'cross-site' }), false],
    ['a page of another local port', caller({ 'sec-fetch-site': 'same-site' }), false],
    ['a rebound name', caller({ host: 'evil.example:4000', origin: 'http://evil.example:4000' }), false],
    ['a request without host', caller({ host: '' }), false],
    ['a proxy on this machine (Forwarded)', caller({ forwarded: 'for=192.0.2.1' }), false],
    ['a proxy on this machine (X-Forwarded-For)', caller({ 'x-forwarded-for': '192.0.2.1' }), false],
    ['a proxy on this machine (Via)', caller({ via: '1.1 proxy' }), false],
    ['a proxy with the token', caller({ 'x-real-ip': '192.0.2.1', authorization: `Bearer ${TOKEN}` }), true],
    ['another machine with the token', caller({ authorization: `Bearer ${TOKEN}` }, '192.0.2.1'), true],
    ['the token in connectionParams', caller({}, '192.0.2.1', `bearer ${TOKEN}`), true],
    ['a wrong token', caller({ authorization: 'Bearer guess' }, '192.0.2.1'), false],
    ['a token of another scheme', caller({ authorization: `Basic ${TOKEN}` }, '192.0.2.1'), false],
    ['an empty token', caller({ authorization: 'Bearer' }, '192.0.2.1'), false],
  ])('%s', (_, who, expected) => {
    expect(createAccess(local).isOperator(who)).toBe(expected);
  });

  it.each([
    ['listens for everyone', { ...local, host: '0.0.0.0' }],
    ['has a public URL', { ...local, publicUrl: 'https://stele.example' }],
  ])('is nobody without the token when it %s', (_, options) => {
    expect(createAccess(options).isOperator(caller())).toBe(false);
    expect(createAccess(options).isOperator(caller({ authorization: `Bearer ${TOKEN}` }))).toBe(true);
  });

  it('is nobody by token when there is none', () => {
    const access = createAccess({ ...local, host: '0.0.0.0', operatorToken: null });
    expect(access.isOperator(caller({ authorization: 'Bearer null' }))).toBe(false);
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
