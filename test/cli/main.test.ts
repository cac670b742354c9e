/** The process itself: its exit codes, its streams, its signals. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { readLines } from '../../src/cli/lines.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { PROGRAM } from '../support/nodeProcess.ts';

function launch(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function finish(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const child = launch(args, cwd, env);
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    once(child, 'exit'),
  ]);
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

/** The first line of JSON that a node prints about itself. */
async function whereabouts(
  child: ChildProcessByStdio<null, Readable, Readable>,
): Promise<{ url: string; dataDir: string }> {
  for await (const { bytes } of readLines(child.stdout)) return JSON.parse(bytes.toString());
  throw new Error('it ended without a word');
}

const START = ['start', '--network', 'dev', '--port', '0', '--log-level', 'silent', '--json'];

test('a node runs at the given address, and ends with 0 when it gets two signals at once', async () => {
  const cwd = temporaryDirectory();
  const child = launch(START, cwd, { STELE_THREADS: '1' });
  const { url, dataDir } = await whereabouts(child);
  expect(dataDir).toBe(join(cwd, 'data', 'dev'));
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  child.kill('SIGINT');
  expect(await exit).toEqual([0, null]);
});

test('a later signal ends the node at once', async () => {
  const child = launch(START, temporaryDirectory());
  const { url } = await whereabouts(child);
  const { hostname, port } = new URL(url);
  // A request without its end: closing waits for it for two seconds.
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{');
  await expect.poll(async () => (await fetch(`${url}/health`)).status).toBe(200);
  const exit = once(child, 'exit');
  await expect.poll(() => child.kill('SIGTERM') && child.exitCode, { interval: 20 }).not.toBeNull();
  expect(await exit).toEqual([143, null]);
});

test('a damaged key file is reported in one line', async () => {
  const cwd = temporaryDirectory();
  mkdirSync(join(cwd, 'data', 'dev'), { recursive: true });
  writeFileSync(join(cwd, 'data', 'dev', 'keys.json'), '{');
  for (const args of [START, ['keys', 'list', '--network', 'dev']]) {
    const { code, stdout, stderr } = await finish(args, cwd);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*keys\.json is damaged \(it is not JSON\): put a backup in its place\.\n$/);
  }
});

test('found uses the threads of the machine', async () => {
  const { code, stdout } = await finish(['found', '--name', 'v', '--pow-limit', '0x1f00ffff'], temporaryDirectory());
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ name: 'v', genesis: expect.stringMatching(/^0000/) });
});

test('a closed pipe is not an error', async () => {
  const child = launch(['--help'], temporaryDirectory());
  child.stdout.destroy();
  const [stderr, [code]] = await Promise.all([child.stderr.toArray(), once(child, 'exit')]);
  expect({ code, stderr: stderr.join('') }).toEqual({ code: 0, stderr: '' });
});
