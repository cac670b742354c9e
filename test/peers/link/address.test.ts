import { describe, expect, it } from 'vitest';
import {
  groupOf,
  hostOf,
  isPermitted,
  MAX_URL_LENGTH,
  normaliseUrl,
  readPeerUrl,
} from '../../../src/peers/link/address.ts';

describe('the URL of a peer', () => {
  it.each([
    ['https://stele.example', 'https://stele.example'],
    ['HTTPS://Stele.Example/', 'https://stele.example'],
    ['https://stele.example:443', 'https://stele.example'],
    ['http://stele.example:80///', 'http://stele.example'],
    ['http://stele.example:443', 'http://stele.example:443'],
    ['http://stele.example.:4000', 'http://stele.example:4000'],
    ['https://stele.example/Node/one/', 'https://stele.example/Node/one'],
    ['https://stele.example/a/../b/./c', 'https://stele.example/b/c'],
    ['http://10.0.0.7:4000', 'http://10.0.0.7:4000'],
    ['http://0x7f.1/', 'http://127.0.0.1'],
    ['http://2130706433:4000', 'http://127.0.0.1:4000'],
    ['http://[2001:DB8:0:0::1]:4000/', 'http://[2001:db8::1]:4000'],
    ['http://[::ffff:127.0.0.1]', 'http://[::ffff:7f00:1]'],
    ['http://bücher.example', 'http://xn--bcher-kva.example'],
    ['http://@stele.example', 'http://stele.example'],
  ])('%s is %s', (text, normal) => {
    expect(readPeerUrl(text)).toBe(normal);
    expect(normaliseUrl(normal)).toBe(normal);
  });

  it.each([
    '',
    'stele.example',
    '//stele.example',
    'ftp://stele.example',
    'file:///etc/passwd',
    'ws://stele.example',
    'javascript:alert(1)',
    'unix:/run/stele',
    'http://',
    'http://./',
    'http://user@stele.example',
    'http://user:password@stele.example',
    'http://stele.example/?',
    'http://stele.example/?a=1',
    'http://stele.example/#',
    'http://stele.example/#top',
    'http://stele.example:0',
    'http://stele.example:65536',
    'http://stele.example//a',
    'http://stele.example/a//b',
    'http://stele.example/a%2fb',
    'http://stele.example/a b',
    'http://stele.example/ü',
    'http://ste le.example',
    'http://*.example',
    'http://[fe80::1%25eth0]',
    'http://1.2.3.256',
    `http://stele.example/${'a'.repeat(MAX_URL_LENGTH)}`,
  ])('%s is none', (text) => {
    expect(() => readPeerUrl(text)).toThrow(expect.objectContaining({ name: 'LinkError', fault: 'address-refused' }));
    expect(normaliseUrl(text)).toBeNull();
  });

  it('is bounded in the form that is kept, too', () => {
    const text = `http://${'ü.'.repeat(40)}example`;
    expect(text.length).toBeLessThan(MAX_URL_LENGTH);
    expect(() => readPeerUrl(text)).toThrow('longer than');
  });

  it('has a host', () => {
    expect(hostOf('http://stele.example:4000/a')).toBe('stele.example');
    expect(hostOf('http://[2001:db8::1]:4000')).toBe('2001:db8::1');
  });
});

const ANYONE = [
  '8.8.8.8',
  '100.63.255.255',
  '172.32.0.1',
  '192.169.0.1',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001::1',
  '3ffe::1',
  // IPv4 in other clothes.
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
];

const OPERATOR_ONLY = [
  // Loopback, private, link-local, shared (carrier's NAT).
  ['127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ['169.254.169.254', '100.64.0.1', '100.127.255.255', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fdff::1'],
  // Of tests, documentation, protocols, benchmarks; deprecated; reserved.
  ['192.0.0.1', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.7', '240.0.0.1'],
  ['192.31.196.1', '192.175.48.1', '192.52.193.1', '2001:db8::1', '2001:2::1', '2001:10::1', '2001:20::1', '3fff::1'],
  ['100::1', 'fec0::1', '5f00::1', '2001:1::1', '4000::1', 'a000::1'],
  // IPv4 in other clothes, where it is not a public one or nobody knows who translates.
  ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe'],
  ['64:ff9b:1::8.8.8.8', '::127.0.0.1', '::8.8.8.8', '::ffff:0:127.0.0.1', '2002:7f00:1::', '2002:808:808::'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001:0:a00:1::'],
].flat();

const NOBODY = [
  '0.0.0.0',
  '0.1.2.3',
  '224.0.0.1',
  '239.255.255.255',
  '255.255.255.255',
  '::',
  'ff02::1',
  '::ffff:0.0.0.0',
];
const NONE = ['', 'localhost', '1.2.3', '127.1', '0x7f.0.0.1', '1.2.3.4.5', '[::1]', '1.2.3.4:80', ':::'];

describe('an IP address', () => {
  it.each(ANYONE)('%s may be named by anyone', (ip) => {
    expect([isPermitted(ip, false), isPermitted(ip, true)]).toEqual([true, true]);
  });

  it.each(OPERATOR_ONLY)('%s may be named by the operator only', (ip) => {
    expect([isPermitted(ip, false), isPermitted(ip, true)]).toEqual([false, true]);
  });

  it.each([...NOBODY, ...NONE])('%j is refused as an address of a node', (ip) => {
    expect([isPermitted(ip, false), isPermitted(ip, true)]).toEqual([false, false]);
  });
});

describe('the group of an address', () => {
  it.each([
    ['http://203.0.113.7:4000', '203.0.0.0/16'],
    ['https://203.0.255.255', '203.0.0.0/16'],
    ['http://[::ffff:203.0.113.7]', '203.0.0.0/16'],
    ['http://[64:ff9b::203.0.113.7]', '203.0.0.0/16'],
    ['http://[2001:db8:1::1]:4000/a', '20010db8/32'],
    ['http://[2001:db8:ffff::1]', '20010db8/32'],
    ['http://[2001:db9::1]', '20010db9/32'],
    ['https://stele.example', 'stele.example'],
    ['https://a.b.stele.example:4000/a.b', 'stele.example'],
    ['http://localhost', 'localhost'],
  ])('%s is %s', (url, group) => {
    expect(groupOf(readPeerUrl(url))).toBe(group);
  });
});
