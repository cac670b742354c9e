/** Faults of the disk under the built program: what callers, /ready and the metrics say, and what is there afterwards. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { makePost } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { type ApiAnswer, ask, runCommand, startNodeProcess } from '../support/nodeProcess.ts';

const SUBMIT = `mutation ($input: TransactionInput!) { submitTransaction(input: $input) { status { state } } }`;

/** The answer to a post of some size. */
function submit(url: string, content: string, author = 'alice'): Promise<ApiAnswer> {
  return ask(url, SUBMIT, { input: transactionToWire(makePost({ author, content })) });
}

async function readiness(url: string) {
  const response = await fetch(`${url}/ready`);
  const { reasons } = (await response.json()) as { reasons: { code: string }[] };
  return [response.status, ...reasons.map(({ code }) => code)];
}

/** A file system of a few megabytes; null where this process may not mount one. */
function smallDisk(): string | null {
  const directory = temporaryDirectory();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', directory]));
  return directory;
}

it('a full disk has its own error code, and the node goes on by itself when there is room', async (test) => {
  const disk = smallDisk();
  if (disk === null) return test.skip('this process may not mount a file system');
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(3 << 19));
  const dataDir = join(disk, 'data');
  const node = await startNodeProcess(dataDir);
  let acknowledged = 0;
  let answer: ApiAnswer;
  do {
    answer = await submit(node.url, `${acknowledged} ${'x'.repeat(9_000)}`);
    if (!answer.errors) acknowledged += 1;
  } while (!answer.errors);
  expect(answer.errors.map(({ extensions }) => extensions)).toEqual([{ code: 'STORAGE_FULL', retryable: true }]);
  expect(await readiness(node.url)).toEqual([503, 'STORAGE_FULL']);
  expect(await (await fetch(`${node.url}/metrics`)).text()).toContain('reason="STORAGE_FULL"} 1');
  rmSync(ballast);
  await expect.poll(() => readiness(node.url), { timeout: 20_000 }).toEqual([200]);
  expect((await submit(node.url, 'there is room')).errors).toBeUndefined();
  await node.end('SIGKILL');
  const again = await startNodeProcess(dataDir);
  const { data } = await ask(again.url, '{ pendingTransactions(first: 1) { totalCount } }');
  expect(data).toEqual({ pendingTransactions: { totalCount: acknowledged + 1 } });
  await again.end('SIGTERM');
  expect(await runCommand(['verify', '--network', 'dev', '--data-dir', dataDir])).toMatchObject({ code: 0 });
});

/** Takes SQLite's write lock, says so, and keeps it until its input ends. */
const HOLD_LOCK = `
  const database = new (require('better-sqlite3'))(process.argv[1]);
  database.exec('BEGIN IMMEDIATE');
  console.log('held');
  process.stdin.resume().on('end', () => process.exit());`;

it('a lock that another process holds is waited for, while the node answers', async () => {
  const dataDir = temporaryDirectory();
  const node = await startNodeProcess(dataDir);
  const holder = spawn(process.execPath, ['-e', HOLD_LOCK, join(dataDir, 'stele.db')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  const posting = submit(node.url, 'behind a lock');
  for (let i = 0; i < 5; i++) expect(await readiness(node.url)).toEqual([200]);
  holder.stdin.end();
  expect((await posting).errors).toBeUndefined();
  await node.end('SIGTERM');
});
