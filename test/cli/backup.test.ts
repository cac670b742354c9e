/** Backup and restore, export and import: what was decided and what was acknowledged is there afterwards. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { RunningNode } from '../../src/cli/ports.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { Captured, type Setting, startDevNode, stele } from './harness.ts';

const SECRET = 'A text that an order took down.';
const ERASED = 'A text that was erased.';
const NETWORK = ['--network', 'dev'];
const ID = /[0-9a-f]{64}/;

let directory: string;
let dataDir: string;
let node: RunningNode;
let secret: string;
let erased: string;
let pending: string;

function ask(url: string, ...args: string[]) {
  return stele(args, { environment: { STELE_URL: `${url}/graphql` } });
}

function run(command: string, where: string, rest: readonly string[] = [], setting: Setting = {}) {
  return stele([command, ...rest, ...NETWORK, '--data-dir', where], setting);
}

async function startOn(where: string): Promise<RunningNode> {
  const started = await startDevNode(where);
  onTestFinished(() => started.close());
  return started;
}

/** A node with posts on its chain, one of them withheld and one erased, and one pending. */
beforeEach(async () => {
  directory = temporaryDirectory();
  dataDir = join(directory, 'data');
  node = await startDevNode(dataDir);
  onTestFinished(() => node.close());
  const post = async (content: string) => ID.exec((await ask(node.url, 'post', 'alice', content)).stdout)?.[0] ?? '';
  await post('A text that stays.');
  secret = await post(SECRET);
  erased = await post(ERASED);
  await ask(node.url, 'mine');
  await ask(node.url, 'withhold', secret, '--reason', 'Order 7');
  await ask(node.url, 'withhold', erased, '--reason', 'Order 8', '--erase');
  pending = await post('A text that waits.');
});

/** Whether the bytes of a text lie in any file below a directory. */
function holds(where: string, text: string): boolean {
  const names = readdirSync(where, { recursive: true, encoding: 'utf8' }).map((name) => join(where, name));
  return names.some((name) => statSync(name).isFile() && readFileSync(name).includes(text));
}

/** @param isGone whether the text that was withheld did not come along. */
async function expectDecisions({ url }: RunningNode, isGone = false): Promise<void> {
  const { stdout } = await ask(url, 'withholdings');
  const kept = isGone ? 'withheld(, erased)?' : 'withheld';
  expect(stdout).toMatch(new RegExp(`${erased}  withheld, erased: Order 8\n.*${secret}  ${kept}: Order 7\n$`));
  for (const id of [secret, erased])
    expect((await ask(url, 'show', 'transaction', id)).stdout).toMatch(/\[withheld( and erased)?: Order [78]\]/);
}

describe('a backup', () => {
  const backup = (...rest: string[]) => run('backup', dataDir, ['-o', join(directory, 'b'), ...rest]);
  const restore = (where: string) => run('restore', where, [join(directory, 'b')]);

  test('beside a running node holds chain, pool and decisions, and gives them back', async () => {
    const { code, stdout, stderr } = await backup();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/: a backup without keys of height 1, 3 posts, block [0-9a-f]{64}\.\n$/);
    expect(statSync(join(directory, 'b')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).sort()).toEqual(['b', 'data']);
    const copy = join(directory, 'copy');
    expect((await restore(copy)).stdout).toMatch(/: restored from a backup without keys of height 1/);
    expect((await run('verify', copy)).code).toBe(0);
    expect(existsSync(join(copy, 'keys.json'))).toBe(false);
    const restored = await startOn(copy);
    await expectDecisions(restored);
    expect((await ask(restored.url, 'show', 'transaction', pending)).stdout).toMatch(/^State +pending$/m);
    expect((await ask(restored.url, 'show', 'author', 'alice')).stdout).toContain('A text that stays.');
    // What was withheld, and not erased, can be served again.
    expect((await ask(restored.url, 'restore', secret)).stdout).toContain(SECRET);
  });

  test('holds the keys only when asked to, and only sealed', async () => {
    expect(await backup('--with-keys')).toMatchObject({ code: 1, stderr: expect.stringMatching(/--passphrase-file/) });
    expect(existsSync(join(directory, 'b'))).toBe(false);
    const passphrase = join(directory, 'passphrase');
    writeFileSync(passphrase, 'correct horse\n');
    expect((await backup('--with-keys', '--passphrase-file', passphrase)).stdout).toContain('with keys');
    const seed = (await run('keys', dataDir, ['export', 'alice'])).stdout.trim();
    expect(readFileSync(join(directory, 'b')).includes(seed)).toBe(false);
    const copy = join(directory, 'copy');
    expect((await restore(copy)).stdout).toMatch(/The keys are sealed/);
    expect((await run('keys', copy, ['export', 'alice'])).stderr).toMatch(/are sealed: give --passphrase-file/);
    const opened = await run('keys', copy, ['export', 'alice', '--passphrase-file', passphrase]);
    expect(opened.stdout.trim()).toBe(seed);
    expect(statSync(join(copy, 'keys.json')).mode & 0o777).toBe(0o600);
  });

  test('for the public holds only what a node serves', async () => {
    expect((await backup('--public')).stdout).toMatch(/: a public snapshot of height 1, 3 posts/);
    for (const text of [SECRET, ERASED, 'A text that waits.'])
      expect(readFileSync(join(directory, 'b')).includes(text), text).toBe(false);
    expect(readFileSync(join(directory, 'b')).includes('A text that stays.')).toBe(true);
    const database = new Database(join(directory, 'b'), { readonly: true });
    const count = (table: string) => database.prepare(`SELECT count(*) FROM "${table}"`).pluck().get();
    expect(['Pending', 'Peer', 'Dropped'].map(count)).toEqual([0, 0, 0]);
    expect(database.prepare('SELECT key FROM "Meta"').pluck().all()).toEqual(['genesis']);
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
    const copy = join(directory, 'copy');
    await restore(copy);
    expect((await run('verify', copy)).code).toBe(0);
    await expectDecisions(await startOn(copy), true);
    expect(await backup('--public', '--with-keys')).toMatchObject({ code: 1 });
  });

  test('is consistent while the node goes on', async () => {
    let isOver = false;
    const busy = (async () => {
      for (let i = 0; !isOver; i++) {
        await ask(node.url, 'post', 'alice', `busy ${i}`);
        await ask(node.url, 'mine');
      }
    })();
    for (let i = 0; i < 3; i++) {
      expect(await backup()).toMatchObject({ code: 0 });
      const copy = join(directory, `copy ${i}`);
      expect(await restore(copy)).toMatchObject({ code: 0 });
      expect(await run('verify', copy)).toMatchObject({ code: 0 });
    }
    isOver = true;
    await busy;
  });

  test('overwrites only files', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const name of [pipe, directory]) {
      const said = await run('backup', dataDir, ['-o', name]);
      expect(said).toMatchObject({ code: 1, stderr: `error: ${name} is no file: name one to write the backup to.\n` });
    }
    expect(statSync(pipe).isFIFO()).toBe(true);
  });

  test('shows progress on a terminal', async () => {
    const stderr = new Captured();
    stderr.isTTY = true;
    expect((await run('backup', dataDir, ['-o', join(directory, 'b')], { stderr })).code).toBe(0);
    expect(stderr.text).toContain('Copying, pages [');
  });

  test('is restored only where there are no data', async () => {
    await backup();
    expect(await restore(dataDir)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Another node is using|data already/),
    });
    const copy = join(directory, 'copy');
    await restore(copy);
    const again = await restore(copy);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/holds data already/) });
  });

  test('is refused in one line where it cannot be written, or its data cannot be read', async () => {
    const nowhere = join(directory, 'no', 'b');
    const loop = join(directory, 'loop');
    symlinkSync(loop, loop);
    expect(await run('backup', dataDir, ['-o', nowhere])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: Cannot write .*no\/b \(ENOENT.*\)\.\n$/),
    });
    expect(await run('backup', loop, ['-o', join(directory, 'b')])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: ELOOP.*\n$/),
    });
    expect(await run('restore', join(directory, 'copy'), [nowhere])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: Cannot read .*no\/b \(ENOENT.*\)\.\n$/),
    });
  });

  test('that is not a backup, or is of another network, is refused in one line', async () => {
    const file = join(directory, 'b');
    const copy = join(directory, 'copy');
    for (const bytes of ['', 'no database', readFileSync(join(dataDir, 'stele.db'))]) {
      writeFileSync(file, bytes);
      expect(await restore(copy)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^error: .* is no backup .*\n$/),
      });
    }
    await backup();
    const other = await stele(['restore', file, '--data-dir', copy]);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringMatching(/of another network/) });
    expect((await restore(join(directory, 'nothing.there'))).code).toBe(0);
    expect((await stele(['restore', join(directory, 'missing'), ...NETWORK])).code).toBe(1);
    const bytes = readFileSync(file);
    bytes.fill(0xff, 8_192, 12_288);
    writeFileSync(file, bytes);
    expect(await restore(copy)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/damaged|no backup|malformed/),
    });
    expect(existsSync(join(copy, 'stele.db'))).toBe(false);
  });
});

describe('an export', () => {
  test.each([[[]], [['--with-withheld']]])('carries the decisions, and an import honours them: %j', async (flags) => {
    const file = join(directory, 'chain.ndjson');
    expect((await run('export', dataDir, ['-o', file, ...flags])).code).toBe(0);
    const copy = join(directory, 'copy');
    const imported = await run('import', copy, [file]);
    expect(imported.stdout).toBe('1 new block; 0 known already; 2 decisions about contents taken over.\n');
    expect(holds(copy, SECRET)).toBe(flags.length > 0);
    const other = await startOn(copy);
    await expectDecisions(other);
    const again = await ask(other.url, 'restore', secret);
    if (flags.length > 0) expect(again.stdout).toContain(SECRET);
    else expect(again.stderr).toMatch(/CONTENT_NEEDED/);
  });

  test('withholds posts that the importing node has already', async () => {
    const copy = join(directory, 'copy');
    const file = join(directory, 'chain.ndjson');
    await ask(node.url, 'restore', secret);
    await run('export', dataDir, ['-o', file]);
    // As an editor on Windows saves it.
    const windows = join(directory, 'windows.ndjson');
    writeFileSync(windows, `\ufeff${readFileSync(file, 'utf8').replaceAll('\n', '\r\n')}`);
    expect((await run('import', join(directory, 'windows'), [windows])).stderr).toBe('');
    const blocks = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith('{"decision"'));
    await run('import', copy, ['-'], { stdin: blocks.join('\n') });
    await ask(node.url, 'withhold', secret, '--reason', 'Order 7');
    await run('export', dataDir, ['-o', file]);
    expect((await run('import', copy, [file])).stdout).toContain('4 decisions about contents taken over');
    // A second time there is nothing new in it.
    expect((await run('import', copy, [file])).stdout).toBe('0 new blocks; 1 known already.\n');
    const { stdout } = await run('export', copy);
    expect(stdout).not.toContain(SECRET);
  });

  test('with a malformed decision stops the import at that line', async () => {
    const stdin = '{"decision":{"id":"x"}}\n';
    const { code, stderr } = await run('import', join(directory, 'copy'), ['-'], { stdin });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^error: Line 1: .*decision/) });
  });
});
