/** The program as its user meets it: what it prints, what stops it, and what it does not touch. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, PROGRAM, runCommand, startNodeProcess } from '../support/nodeProcess.ts';

const running: NodeProcess[] = [];

async function start(...args: Parameters<typeof startNodeProcess>): Promise<NodeProcess> {
  const node = await startNodeProcess(...args);
  running.push(node);
  return node;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.end('SIGKILL')));
});

/** Every file below a directory with its bytes, but for those that only say that the data are in use. */
function contents(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(directory, name)).isFile() && !/(-(wal|shm)|^lock)$/.test(name));
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(directory, name)).toString('base64')]));
}

const begin = (dataDir: string, ...args: string[]) =>
  runCommand(['start', '--network', 'dev', '--port', '0', '--data-dir', dataDir, ...args]);

describe('a start that fails', () => {
  /** One clear line, exit code 1, and the data as they were. */
  async function expectRefusal(run: () => ReturnType<typeof runCommand>, directory: string, line: RegExp) {
    const before = existsSync(directory) ? contents(directory) : null;
    const { code, stderr } = await run();
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(line);
    expect(code).toBe(1);
    expect(existsSync(directory) ? contents(directory) : null).toEqual(before);
  }

  it('because the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const directory = join(temporaryDirectory(), 'data');
    await expectRefusal(() => begin(directory, '--port', String(port)), directory, /port \d+ .*taken.*--port/);
    server.close();
  });

  it.each(['192.0.2.1', 'nowhere.invalid'])('because %s is no address of this machine', async (host) => {
    const directory = join(temporaryDirectory(), 'data');
    await expectRefusal(() => begin(directory, '--host', host), directory, /no address of this machine .*--host/);
  });

  it('because the directory cannot be written', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, 'not a directory');
    await expectRefusal(() => begin(join(file, 'data')), join(file, 'data'), /cannot|not/i);
    expect(readFileSync(file, 'utf8')).toBe('not a directory');
  });

  it.skipIf(!existsSync('/proc/self'))('because nothing can be made there', async () => {
    await expectRefusal(() => begin('/proc/stele/data'), '/proc/stele', /cannot write/i);
  });

  it('because another process has the data, or another version has written them', async () => {
    const directory = temporaryDirectory();
    const node = await start(directory);
    const { code, stderr } = await begin(directory);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/another node is using/i) });
    await node.end('SIGTERM');
    await expectRefusal(() => begin(directory, '--network', 'main'), directory, /another network/);

    const file = new Database(join(directory, 'stele.db'));
    file.exec(`INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
      VALUES ('x', 'x', '29990101000000_from_the_future', 0, 0, 1)`);
    file.close();
    await expectRefusal(() => begin(directory), directory, /newer|later/i);
  });

  it('because the file is no database', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'stele.db'), 'torn and unreadable, but somebody may still want it');
    await expectRefusal(() => begin(directory), directory, /stele\.db/);
  });

  it.each([
    [['--port', 'x'], /--port/],
    [['--threads', '0'], /--threads/],
    [['--network', 'nowhere'], /nowhere/],
    [['--log-level', 'loud'], /--log-level/],
  ])('because of %j', async (args, line) => {
    const directory = join(temporaryDirectory(), 'data');
    await expectRefusal(() => begin(directory, ...args), directory, line);
  });
});

describe('a node that is told to stop', () => {
  it('by SIGTERM or SIGINT ends with 0 and keeps everything', async () => {
    const directory = temporaryDirectory();
    const node = await start(directory);
    const { data } = await ask(
      node.url,
      'mutation { post(input: { author: "Ada", content: "kept" }) { transaction { id } } }',
    );
    expect(await node.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
    const again = await start(directory);
    const pending = await ask(again.url, '{ pendingTransactions { nodes { id } } }');
    expect(pending.data.pendingTransactions.nodes).toEqual([data.post.transaction]);
    expect(await again.end('SIGINT')).toMatchObject({ code: 0, signal: null });
  });

  it('ends in time though a search runs, a subscriber listens and a request hangs', async () => {
    const node = await start(temporaryDirectory(), 0, ['--network', 'main']);
    const request = { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream' } };
    const stream = await fetch(`${node.url}/graphql`, {
      ...request,
      body: JSON.stringify({ query: 'subscription { nodeStatus { miner { active } } }' }),
    });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const mining = ask(node.url, 'mutation { mine(input: { allowEmpty: true, blocks: 1000 }) { outcome } }').catch(
      () => 'cut off',
    );
    for (let seen = ''; !seen.includes('"active":true'); ) seen += (await reader?.read())?.value ?? '';
    expect(await node.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
    await mining;
  });
});

describe('the command line', () => {
  it('prints help with every option, its variable and its default', async () => {
    const { stdout, code } = await runCommand(['start', '--help']);
    expect(code).toBe(0);
    for (const word of [
      '--port',
      '--host',
      '--data-dir',
      '--network',
      '--mine',
      '--threads',
      '--log-level',
      'STELE_PORT',
      '4000',
      '127.0.0.1',
    ]) {
      expect(stdout).toContain(word);
    }
  });

  it('takes the same options from the environment', async () => {
    const directory = temporaryDirectory();
    const environment = { STELE_NETWORK: 'dev', STELE_PORT: '0', STELE_DATA_DIR: directory };
    const child = spawn(process.execPath, [PROGRAM, 'start', '--json'], { env: { ...process.env, ...environment } });
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) {
      const { dataDir, network } = JSON.parse(line);
      if (dataDir === undefined) continue;
      expect({ dataDir, network }).toEqual({ dataDir: directory, network: 'dev' });
      break;
    }
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('posts, mines, shows, exports, imports and verifies, and finds a fault in a copy of the data', async () => {
    const directory = temporaryDirectory();
    const node = await start(directory);
    const at = ['--url', `${node.url}/graphql`, '--json'];
    const answer = await runCommand(['post', 'Ada', '-', '--topic', 'news', ...at], 'from a pipe');
    const { transaction: posted } = JSON.parse(answer.stdout);
    expect(posted).toMatchObject({ author: 'Ada', content: 'from a pipe' });
    expect((await runCommand(['mine', ...at])).code).toBe(0);
    const shown = JSON.parse((await runCommand(['show', 'transaction', posted.id, ...at])).stdout);
    expect(shown).toMatchObject({ transaction: { id: posted.id }, transactionStatus: { state: 'INCLUDED' } });
    await node.end('SIGTERM');

    const file = join(temporaryDirectory(), 'chain.ndjson');
    const here = ['--network', 'dev', '--data-dir', directory];
    expect((await runCommand(['export', '-o', file, ...here])).code).toBe(0);
    const copy = ['--network', 'dev', '--data-dir', temporaryDirectory()];
    expect((await runCommand(['import', file, ...copy])).code).toBe(0);
    expect((await runCommand(['import', file, ...copy])).code).toBe(0);
    expect((await runCommand(['verify', ...copy])).code).toBe(0);

    writeFileSync(file, readFileSync(file, 'utf8').replace('from a pipe', 'from a pope'));
    const forged = await runCommand(['import', file, '--network', 'dev', '--data-dir', temporaryDirectory()]);
    expect(forged.code).toBe(1);
    expect(forged.stderr).toMatch(/line 1.*content/i);

    const damaged = temporaryDirectory();
    copyFileSync(join(directory, 'stele.db'), join(damaged, 'stele.db'));
    const database = new Database(join(damaged, 'stele.db'));
    database.prepare('UPDATE Post SET content = ?').run(Buffer.from('from a pope'));
    database.close();
    const { code, stdout, stderr } = await runCommand(['verify', '--network', 'dev', '--data-dir', damaged]);
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/content-mismatch/);
  });
});
