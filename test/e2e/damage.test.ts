/** Data that rots, is lost or is taken away, under the built program: noticed, told, and neither mined nor served. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { makePost } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, runCommand, startNodeProcess } from '../support/nodeProcess.ts';

const POST = `mutation ($content: String!) {
  post(input: { author: "Ada", content: $content }) { transaction { id } }
}`;
const SUBMIT = 'mutation ($input: TransactionInput!) { submitTransaction(input: $input) { status { state } } }';
const STATUS = 'query ($id: Hexadecimal!) { transactionStatus(id: $id) { state reason } }';
const READ = 'query ($id: Hexadecimal!) { transaction(id: $id) { content contentState salt } }';
const REVEAL = `mutation ($id: Hexadecimal!, $content: String!, $salt: Hexadecimal!) {
  reveal(input: { id: $id, content: $content, salt: $salt }) { outcome }
}`;
const MINE = 'mutation { mine { outcome blocks { transactionCount } } }';

async function post({ url }: NodeProcess, content: string): Promise<string> {
  return (await ask(url, POST, { content })).data.post.transaction.id;
}

/** Changes one byte of a text behind the back of the node. */
function rot(dataDir: string, content: string): void {
  const database = new Database(join(dataDir, 'stele.db'));
  const spoilt = content.replace('stone', 'stope');
  database
    .prepare('UPDATE "Post" SET "content" = ? WHERE "content" = ?')
    .run(Buffer.from(spoilt), Buffer.from(content));
  database.close();
}

const verify = (dataDir: string) => runCommand(['verify', '--network', 'dev', '--data-dir', dataDir]);
const startAgain = (dataDir: string) => runCommand(['start', '--network', 'dev', '--data-dir', dataDir, '--port', '0']);

it('a damaged text is reported, and neither mined nor served; a deleted directory is not written to', async () => {
  const dataDir = temporaryDirectory();
  const first = await startNodeProcess(dataDir);
  const mined = await post(first, 'a mined stone');
  await ask(first.url, MINE);
  const { transaction: before } = (await ask(first.url, READ, { id: mined })).data;
  const pending = await post(first, 'a pending stone');
  const sound = await post(first, 'sound');
  await first.end('SIGTERM');
  rot(dataDir, 'a mined stone');
  rot(dataDir, 'a pending stone');
  const told = await verify(dataDir);
  expect(told.code).toBe(1);
  expect(told.stdout).toContain(`content of the pending post ${pending}`);
  expect(told.stdout).toContain('block 1  content-mismatch');

  const node = await startNodeProcess(dataDir);
  expect((await ask(node.url, STATUS, { id: pending })).data.transactionStatus.state).toBe('DROPPED');
  expect((await ask(node.url, MINE)).data.mine).toEqual({ outcome: 'MINED', blocks: [{ transactionCount: 1 }] });
  expect((await ask(node.url, STATUS, { id: sound })).data.transactionStatus.state).toBe('INCLUDED');

  const read = async () => (await ask(node.url, READ, { id: mined })).data.transaction;
  expect(await read()).toEqual({ content: null, contentState: 'SEALED', salt: null });
  expect(await (await fetch(`${node.url}/metrics`)).text()).toContain('\nstele_damaged_posts_total 2\n');
  // Whoever has the text gives it back: other nodes, or a reader who kept it.
  const reveal = () => ask(node.url, REVEAL, { id: mined, content: before.content, salt: before.salt });
  // The rotten text counts as here until it is set aside, which its reader did not wait for.
  await expect.poll(async () => (await reveal()).data.reveal.outcome).toBe('REVEALED');
  expect(await read()).toEqual(before);

  rmSync(dataDir, { recursive: true });
  const input = transactionToWire(makePost({ author: 'bob', content: 'into nothing' }));
  const { errors } = await ask(node.url, SUBMIT, { input });
  expect(errors?.[0]).toMatchObject({ extensions: { code: expect.stringMatching(/^STORAGE_/) } });
  await expect.poll(async () => (await fetch(`${node.url}/ready`)).status).toBe(503);
  expect(existsSync(join(dataDir, 'stele.db'))).toBe(false);
  const { stderr } = await node.end('SIGTERM');
  for (const id of [pending, mined]) expect(stderr.split(`content of post ${id} is damaged`)).toHaveLength(2);
});

it('data after a damaged place of the log are reported, and a lost chain is not silently replaced by a new one', async () => {
  const dataDir = temporaryDirectory();
  const node = await startNodeProcess(dataDir);
  for (let i = 0; i < 8; i++) await post(node, `post ${i}`);
  await node.end('SIGKILL');
  const log = join(dataDir, 'stele.db-wal');
  const file = openSync(log, 'r+');
  // Within the third page of the log.
  writeSync(file, Buffer.alloc(64, 0xee), 0, 64, 32 + 2 * (24 + 4_096) + 100);
  closeSync(file);
  const again = await startNodeProcess(dataDir);
  const { stderr } = await again.end('SIGTERM');
  expect(stderr).toMatch(/stele\.db-wal is damaged: the last \d+ commits/);

  truncateSync(join(dataDir, 'stele.db'), 0);
  const empty = await startAgain(dataDir);
  rmSync(join(dataDir, 'stele.db'));
  const missing = await startAgain(dataDir);
  for (const { code, stderr } of [empty, missing]) {
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
});

/** Holds a lock as the program does, says so, and never lets go of it. */
const HOLD_LOCK = `
  const lock = new (require('better-sqlite3'))(process.argv[1]);
  lock.exec('BEGIN EXCLUSIVE');
  console.log('held');
  process.stdin.resume();`;

it('a damaged lock beside the keys is reported and loses nothing; the lock of a dead process does no harm', async () => {
  const dataDir = temporaryDirectory();
  const [keys, lock] = [join(dataDir, 'keys.json'), join(dataDir, 'keys.json.lock')];
  const node = await startNodeProcess(dataDir);
  const postAs = (author: string) =>
    ask(node.url, `mutation { post(input: { author: "${author}", content: "by a new key" }) { status { state } } }`);
  await post(node, 'a first key');
  const before = readFileSync(keys, 'utf8');
  const header = readFileSync(join(dataDir, 'stele.db')).subarray(0, 100);
  const others: [kind: string, make: () => void][] = [
    ['garbage', () => writeFileSync(lock, 'x'.repeat(8_192))],
    ['the head of a database, and garbage', () => writeFileSync(lock, Buffer.concat([header, Buffer.alloc(9_000, 7)]))],
    ['a directory', () => mkdirSync(lock)],
    ['a pipe', () => execFileSync('mkfifo', [lock])],
  ];
  for (const [kind, make] of others) {
    rmSync(lock, { recursive: true, force: true });
    make();
    const { errors } = await postAs('Bob');
    expect([kind, errors?.[0]?.extensions.code]).toEqual([kind, 'KEYS_UNAVAILABLE']);
    expect([kind, errors?.[0]?.message]).toEqual([kind, expect.stringContaining(`${lock} is damaged or not`)]);
  }
  // The last kind, by command: in one line.
  const told = await runCommand(['keys', 'import', 'Bob', '--network', 'dev', '--data-dir', dataDir], '11'.repeat(32));
  expect([told.code, told.stderr.trim().split('\n')]).toEqual([1, [expect.stringContaining('keys.json.lock')]]);
  expect(readFileSync(keys, 'utf8')).toBe(before);
  // A name with a key needs no lock.
  await post(node, 'by the first key');

  rmSync(lock);
  writeFileSync(lock, '');
  expect((await postAs('Bob')).errors).toBeUndefined();
  const holder = spawn(process.execPath, ['-e', HOLD_LOCK, lock], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect((await postAs('Carol')).errors).toBeUndefined();
  const { keys: kept } = JSON.parse(readFileSync(keys, 'utf8'));
  expect(kept.map(({ name }: { name: string }) => name)).toEqual(['Ada', 'Bob', 'Carol']);
  await node.end('SIGTERM');
});

it('an endless flow of posts is mined block after block; malformed records are found then, one line each', async () => {
  const dataDir = temporaryDirectory();
  const node = await startNodeProcess(dataDir, 0, ['--mine']);
  const ids: string[] = [];
  for (let i = 0; i < 90; i++) ids.push(await post(node, `post ${i} ${'x'.repeat(900)}`));
  const last = ids.at(-1);
  await expect
    .poll(async () => (await ask(node.url, STATUS, { id: last })).data.transactionStatus.state)
    .toBe('INCLUDED');
  const stopped = await node.end('SIGTERM');
  expect(stopped.stderr.split('\n').filter((line) => /"level":(40|50|60)/.test(line))).toEqual([]);

  const path = join(dataDir, 'stele.db');
  const file = openSync(path, 'r+');
  for (let at = 40_960; at < statSync(path).size; at += 16_384) writeSync(file, Buffer.alloc(512, 0x5a), 0, 512, at);
  closeSync(file);
  const { code, stdout, stderr } = await verify(dataDir);
  expect(code).toBe(1);
  expect(stdout + stderr).not.toMatch(/\n\s+at /);
});
