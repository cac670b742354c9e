/** Commands that ask a running node: a real one, in this process. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RunningNode } from '../../src/cli/ports.ts';
import { TOKEN_FILE } from '../../src/options/config.ts';
import { temporaryDirectory } from '../support/directories.ts';
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

function ask(args: readonly string[], stdin: string | Buffer = '') {
  return stele(args, { stdin, environment: { STELE_URL: `${node.url}/graphql` } });
}

async function askJson<Answer>(args: readonly string[], stdin = ''): Promise<Answer> {
  const { code, stdout, stderr } = await ask([...args, '--json'], stdin);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

interface Posted {
  transaction: { id: string; content: string; topics: string[]; replyTo: string | null };
}

describe('a post', () => {
  test('is submitted, mined, and shown by every command', async () => {
    const posted = await askJson<Posted>([
      'post',
      'alice',
      'Hello, \u001b[31mstone.',
      '--topic',
      'greetings',
      '--topic',
      'news',
    ]);
    const { id } = posted.transaction;
    expect(posted).toMatchObject({ transaction: { topics: ['greetings', 'news'] }, status: { state: 'PENDING' } });
    expect((await ask(['show', 'transaction', id])).stdout).toMatch(/^State +pending$/m);
    const mined = await ask(['mine']);
    expect(mined.stdout).toMatch(/^1 {2}[0-9a-f]{64} {2}\S+Z {2}1 post\n$/);
    const hash = mined.stdout.split('  ')[1] ?? '';
    for (const shown of [
      await ask(['show', 'block', '1']),
      await ask(['show', 'block', hash]),
      await ask(['show', 'author', 'alice']),
      await ask(['show', 'transaction', id]),
    ]) {
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(shown.stdout).toMatch(/^alice {2}\S+Z {2}#greetings {2}#news\n {2}Hello, \\u\{1b\}\[31mstone\.\n {2}id /m);
      expect(shown.stdout).toContain(id);
    }
    expect((await ask(['show', 'transaction', id])).stdout).toMatch(new RegExp(`^Block +1 ${hash}$`, 'm'));
    expect((await ask(['show', 'tip'])).stdout).toMatch(/^Height +1$/m);
  });

  test('may come on standard input and answer another', async () => {
    const first = await askJson<Posted>(['post', 'bob', '-'], 'one\ntwo\n');
    expect(first.transaction.content).toBe('one\ntwo');
    const answer = await askJson<Posted>(['post', 'bob', 'yes', '--reply-to', first.transaction.id]);
    expect(answer.transaction.replyTo).toBe(first.transaction.id);
    const { stdout } = await ask(['show', 'transaction', answer.transaction.id]);
    expect(stdout).toContain(`  in reply to ${first.transaction.id}\n`);
  });

  test.each<[string, Buffer, RegExp]>([
    ['that is no text', Buffer.from([0x61, 0xff]), /^error: Standard input is not UTF-8 text\.\n$/],
    ['without an end', Buffer.alloc(70_000, 'x'), /^error: Standard input holds more than 65536 bytes\.\n$/],
  ])('%s is not sent', async (_, stdin, message) => {
    const { code, stderr } = await ask(['post', 'alice', '-'], stdin);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  test('that is refused ends with the reason', async () => {
    expect(await ask(['post', 'alice', ''])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: Refused: size must be 1 to 16384 bytes (SIZE_INVALID)\n',
    });
    const { code, stdout } = await ask(['post', 'x'.repeat(65), 'hello', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ transaction: null, status: { reason: 'AUTHOR_INVALID' } });
  });
});

describe('what the command line means', () => {
  test.each([['-5 degrees'], ['-5'], ['-.5 °C outside'], ['- a list of one'], ['--help is a flag'], ['-h me']])(
    'a text that begins with a dash is a text: %j',
    async (text) => {
      const posted = await askJson<Posted>(['post', 'alice', text, '--topic', 'dashes']);
      expect(posted.transaction).toMatchObject({ content: text, topics: ['dashes'] });
    },
  );

  test('options may stand before the name and the text', async () => {
    const posted = await askJson<Posted>(['post', '--topic', 'x', 'alice', 'Options first']);
    expect(posted.transaction).toMatchObject({ content: 'Options first', topics: ['x'] });
  });

  test('a misspelt option is not posted', async () => {
    expect(await ask(['post', 'alice', '--tpoic'])).toMatchObject({ code: 1, stdout: '' });
    expect((await ask(['post', 'alice', 'text', '--tpoic', 'x'])).stderr).toMatch(/unknown option '--tpoic'/);
  });

  test('a byte order mark of Windows is no part of a text', async () => {
    const { transaction } = JSON.parse((await ask(['post', 'alice', '-', '--json'], '\ufeffFrom a file\r\n')).stdout);
    expect(transaction.content).toBe('From a file');
  });

  test('ids, hashes and keys may be in capitals', async () => {
    const { transaction } = await askJson<Posted>(['post', 'alice', 'Shouted']);
    const id = transaction.id.toUpperCase();
    expect((await ask(['show', 'transaction', id])).stdout).toContain(transaction.id);
    const answer = await askJson<Posted>(['post', 'alice', 'An answer', '--reply-to', id]);
    expect(answer.transaction.replyTo).toBe(transaction.id);
    await ask(['mine']);
    const { hash } = await askJson<{ hash: string }>(['show', 'block', '1']);
    expect((await ask(['show', 'block', hash.toUpperCase()])).stdout).toContain(hash);
    const { publicKey } = await askJson<{ publicKey: string }>(['show', 'author', 'alice']);
    expect((await ask(['show', 'author', publicKey.toUpperCase()])).stdout).toMatch(/^Name +alice$/m);
  });

  test.each(['', '/', '/graphql', '/graphql/'])(
    'the node is found at its address, whatever comes after it: %j',
    async (end) => {
      expect(await stele(['show', 'tip', '--url', `${node.url}${end}`])).toMatchObject({ code: 0, stderr: '' });
    },
  );

  test('the node can be given by host and port', async () => {
    expect(await stele(['show', 'tip', '--url', new URL(node.url).host])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('mining', () => {
  test('mines pending posts, and then reports that there is nothing to mine', async () => {
    await ask(['post', 'carol', 'more']);
    expect(await askJson(['mine'])).toMatchObject({ outcome: 'MINED' });
    expect(await ask(['mine'])).toEqual({ code: 0, stdout: 'Nothing to mine: no post is pending.\n', stderr: '' });
    expect(await askJson(['mine'])).toMatchObject({ outcome: 'NOTHING_TO_MINE', blocks: [] });
  });

  test('may go on without posts', async () => {
    const { blocks } = await askJson<{ blocks: { transactionCount: number }[] }>([
      'mine',
      '--allow-empty',
      '--blocks',
      '3',
    ]);
    expect(blocks.map(({ transactionCount }) => transactionCount)).toEqual([0, 0, 0]);
  });
});

describe('something that does not exist is reported', () => {
  test.each([
    [['show', 'block', '999999'], /^error: The node holds no block 999999\.\n$/],
    [['show', 'block', '0'.repeat(64)], /^error: The node holds no block 0{64}\.\n$/],
    [['show', 'transaction', '0'.repeat(64)], /^error: The node holds no post 0{64}: unknown\.\n$/],
    [['show', 'author', 'nobody \u202e'], /^error: Nobody on the chain is nobody \\u\{202e\}\.\n$/],
    [['show', 'author', '0'.repeat(64)], /^error: Nobody on the chain is 0{64}\.\n$/],
    [['mine', '--blocks', '1001'], /^error: .*blocks.*\n$/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await ask(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

test('an author is found by key as well as by name, and a name that looks like a key by itself', async () => {
  const name = 'ab'.repeat(32);
  await ask(['post', name, 'I am called like a key']);
  await ask(['mine']);
  const byName = await askJson<{ name: string; publicKey: string }>(['show', 'author', name]);
  expect(byName.name).toBe(name);
  expect(await askJson(['show', 'author', byName.publicKey])).toEqual(byName);
});

test('a caller who is not the operator is told how to become it, and does with the token in the data directory', async () => {
  const here = temporaryDirectory();
  const guarded = await startDevNode(here, { publicUrl: 'https://stele.example' });
  onTestFinished(() => guarded.close());
  const post = ['post', 'alice', 'hello', '--url', `${guarded.url}/graphql`];
  const { code, stderr } = await stele([...post, '--data-dir', temporaryDirectory()]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: .*\(OPERATOR_ONLY\): give the operator's token with --token\n$/);
  expect((await stele([...post, '--data-dir', here])).code).toBe(0);
  const environment = { STELE_OPERATOR_TOKEN: readFileSync(join(here, TOKEN_FILE), 'utf8').trim() };
  expect((await stele(post, { environment })).code).toBe(0);
});
