/** Receipts at the command line: made beside a node, checked far from any. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningNode } from '../../src/cli/ports.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { RECEIPTS } from '../verify/receipts.ts';
import { startDevNode, stele } from './harness.ts';

let dataDir: string;
let node: RunningNode;
beforeAll(async () => {
  dataDir = temporaryDirectory();
  node = await startDevNode(dataDir);
});
afterAll(async () => {
  await node.close();
});

const ask = (...args: string[]) => stele(args, { environment: { STELE_URL: `${node.url}/graphql` } });

/** A file in an empty directory. */
function fileOf(text: string | Uint8Array): string {
  const file = join(temporaryDirectory(), 'post.receipt.json');
  writeFileSync(file, text);
  return file;
}

const textOf = (name: string) => RECEIPTS.valid.find((receipt) => receipt.name === name)?.text ?? '';

test('a receipt is made on a node and checked in an empty directory', async () => {
  const posted = await ask('post', 'alice', 'Hello, \u001b[31mstone.', '--topic', 'news', '--json');
  const { id } = JSON.parse(posted.stdout).transaction;
  const file = join(temporaryDirectory(), 'post.receipt.json');
  expect(await ask('receipt', id)).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: The node has no receipt of ${id}: the post is not on its best chain (pending).\n`,
  });
  await ask('mine');
  await ask('mine', '--blocks', '3', '--allow-empty');
  expect(await ask('receipt', id, '-o', file)).toEqual({
    code: 0,
    stdout: '',
    stderr: `${file}: a receipt with 3 blocks on top of the post's block.\n`,
  });
  const { code, stdout, stderr } = await stele(['verify-receipt', file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^The receipt is valid\..*\n\n {2}Hello, \\u\{1b\}\[31mstone\.\n\nAuthor +alice\n/);
  expect(stdout).toMatch(/^Topics +#news$/m);
  expect(stdout).toMatch(/^Depth +3 blocks on top, up to [0-9a-f]{64}$/m);
  expect(stdout).toMatch(/^Work +8 hashes expected, about 2\^3$/m);
  expect(stdout).toMatch(/^Network +dev [0-9a-f]{64}\n +for tests: /m);
  const shallow = await ask('receipt', id, '--depth', '1');
  expect(shallow.code).toBe(0);
  const json = await stele(['verify-receipt', fileOf(shallow.stdout), '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ id, depth: 1, work: '4', statement: { author: 'alice' } });
  expect(readFileSync(file, 'utf8')).toMatch(/\n$/);
});

describe('a file that is not a valid receipt is refused', () => {
  test.each(RECEIPTS.invalid)('$reason: $name', async ({ text, reason }) => {
    const { code, stdout, stderr } = await stele(['verify-receipt', fileOf(text)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: The receipt proves nothing: .*\n$/);
    expect(stderr).toContain(`(${reason}).`);
  });

  test.each<[string, string[], RegExp]>([
    ['no file', ['/nowhere/at/all'], /^error: ENOENT: .*\n$/],
    ['a directory', [tmpdir()], /^error: EISDIR: .*\n$/],
    ['too long a file', [fileOfLength(16_777_217)], /a proof has at most 16777216 bytes \(proof-malformed\)/],
    ['a hash that is none', ['x', '--genesis', '00'], /It must be 64 hex digits/],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await stele(['verify-receipt', ...args]);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  test('a post that the node does not hold, or an invalid id, is refused', async () => {
    const { stderr } = await ask('receipt', '0'.repeat(64));
    expect(stderr).toMatch(/^error: the node does not know the post 0{64}: submit it\n$/);
    expect((await ask('receipt', 'x')).stderr).toBe('error: A post is named by the 64 hex digits of its id.\n');
    expect((await ask('receipt', '0'.repeat(64), '--depth', '-1')).code).toBe(1);
    expect((await ask('receipt', '0'.repeat(64), '--depth', '10001')).stderr).toMatch(/does not know|RECEIPT_TOO_DEEP/);
  });
});

function fileOfLength(length: number): string {
  const file = join(temporaryDirectory(), 'long');
  writeFileSync(file, Buffer.alloc(length, 0x20));
  return file;
}

describe('a network', () => {
  const text = textOf('the same, its content withheld');

  test('that is not the one expected is refused', async () => {
    const { code, stderr } = await stele(['verify-receipt', fileOf(text), '--genesis', '0'.repeat(64)]);
    expect(code).toBe(1);
    expect(stderr).toContain('(wrong-network)');
  });

  test('that is unknown is named as such, and so is a withheld content', async () => {
    const { genesis } = JSON.parse(text).network;
    const { code, stdout } = await stele(['verify-receipt', fileOf(text), '--genesis', genesis]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +not a network that this program knows$/m);
    expect(stdout).toMatch(/^ {2}\[5 bytes that this receipt does not show/m);
  });
});

test('a listing is made on a node and checked in an empty directory', async () => {
  const first = JSON.parse((await ask('show', 'tip', '--json')).stdout).tip.height + 1;
  await ask('post', 'carol', 'listed', '--topic', 'lists');
  await ask('post', 'carol', 'not listed');
  await ask('mine');
  const row = ['--from', String(first), '--to', String(first)];
  const file = join(temporaryDirectory(), 'lists.listing.json');
  expect(await ask('listing', '--topic', 'lists', ...row, '-o', file)).toEqual({
    code: 0,
    stdout: '',
    stderr: `${file}: a listing of 1 post out of 2.\n`,
  });
  const { code, stdout, stderr } = await stele(['verify-listing', file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^The listing is valid\. These are all posts on the topic #lists in the blocks below: 1\.\n/);
  expect(stdout).toMatch(/^carol {2}\S+Z\n {2}listed\n {2}id [0-9a-f]{64}\n {2}block [0-9a-f]{64}, place [01]\n/m);
  expect(stdout).not.toContain('not listed');
  const author = JSON.parse((await ask('show', 'author', 'carol', '--json')).stdout);
  const byKey = await ask('listing', '--key', author.publicKey, ...row, '--depth', '0');
  const json = JSON.parse((await stele(['verify-listing', fileOf(byKey.stdout), '--json'])).stdout);
  expect(json).toMatchObject({ looked: 2, blocks: 1, depth: 0, work: '2', posts: [{}, {}] });
  expect(await stele(['verify-listing', fileOf(textOf('the same, its content withheld'))])).toMatchObject({
    code: 1,
    stderr: 'error: The listing proves nothing: format must be stele-listing (proof-malformed).\n',
  });
  expect((await ask('listing', ...row)).stderr).toBe('error: Give exactly one of --key and --topic.\n');
  expect((await ask('listing', '--topic', 'x', '--from', '1', '--to', '999')).stderr).toBe(
    'error: The chain ends below these heights.\n',
  );
});
