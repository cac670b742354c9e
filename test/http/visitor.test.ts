import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createVisitors, limitKey } from '../../src/http/visitor.ts';
import { requestOf } from './request.ts';

const addressOf = (trusted: string[], remoteAddress: string, forwarded?: string) =>
  createVisitors(trusted).addressOf(
    requestOf({ remoteAddress, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } }),
  );

describe('the address that a request counts for', () => {
  it.each<[string, string[], string, string | undefined, string]>([
    ['nobody is trusted', [], '127.0.0.1', '192.0.2.1', '127.0.0.1'],
    ['a trusted proxy tells it', ['127.0.0.1'], '127.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['a trusted proxy tells nothing', ['127.0.0.1'], '127.0.0.1', undefined, '127.0.0.1'],
    ['another one is trusted', ['10.0.0.1'], '127.0.0.1', '192.0.2.1', '127.0.0.1'],
    ['the visitor made one up before it', ['127.0.0.1'], '127.0.0.1', '203.0.113.9, 192.0.2.1', '192.0.2.1'],
    ['two proxies in a row', ['127.0.0.1', '10.0.0.0/8'], '127.0.0.1', '192.0.2.1, 10.0.0.7', '192.0.2.1'],
    ['all are trusted', ['loopback', '10.0.0.0/8'], '127.0.0.1', '10.0.0.8, 10.0.0.7', '10.0.0.8'],
    ['mapped IPv4', ['127.0.0.1'], '::ffff:127.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['IPv6 by its network', ['::1'], '::1', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['nonsense from a trusted proxy', ['127.0.0.1'], '127.0.0.1', 'unknown', 'unknown'],
  ])('%s', (_, trusted, remoteAddress, forwarded, expected) => {
    expect(addressOf(trusted, remoteAddress, forwarded)).toBe(expected);
  });

  it('is null for a connection that has been reset', () => {
    const request = Object.assign(new IncomingMessage(new Socket()), { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(createVisitors(['127.0.0.1']).addressOf(request)).toBe('gone');
    expect(createVisitors([]).addressOf(request)).toBe('gone');
  });

  it('distinguishes proxies from visitors', () => {
    const visitors = createVisitors(['10.0.0.0/8', 'loopback']);
    expect(['10.1.2.3', '::1', '::ffff:10.0.0.1', '192.0.2.1', 'gone'].map(visitors.isProxy)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(createVisitors([]).isProxy('127.0.0.1')).toBe(false);
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::1', '::1'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:db8:0:0:ffff::1', '2001:db8::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['gone', 'unknown'],
])('limitKey(%j) is %s', (address, expected) => {
  expect(limitKey(address)).toBe(expected);
});
