/** What the program does when its output, its signals or its limits are not as usual. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { announced, ask, finish, PROGRAM, startNodeProcess } from '../support/nodeProcess.ts';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const START = ['start', '--json', '--network', 'dev', '--port', '0', '--threads', '1'];

/** Ends a process with the test, if it has not ended before. */
function endWithTest(child: ChildProcess): void {
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
}

/** Starts a node whose log goes to a file or device. */
async function startWithLog(file: string, dataDir: string, flags = 'a') {
  const log = openSync(file, flags);
  const child = spawn(process.execPath, [PROGRAM, ...START, '--data-dir', dataDir], { stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  endWithTest(child);
  return { child, url: (await announced(child)).url };
}

const lostLines = async (url: string): Promise<number> =>
  Number(/^stele_log_lines_lost_total (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);

describe('a log that cannot be written', () => {
  it.skipIf(!existsSync('/dev/full'))('for want of room does not end the node, which counts what is lost', async () => {
    const { child, url } = await startWithLog('/dev/full', temporaryDirectory(), 'r+');
    expect(await lostLines(url)).toBeGreaterThan(0);
    await ask(url, 'mutation { post(input: { author: "a", content: "b" }) { status { state } } }');
    expect((await ask(url, 'mutation { mine { outcome } }')).data.mine.outcome).toBe('MINED');
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it('because its reader has gone does not end the node', async () => {
    const child = spawn(process.execPath, [PROGRAM, ...START, '--data-dir', temporaryDirectory(), '--mine']);
    endWithTest(child);
    const { url } = await announced(child);
    child.stderr?.destroy();
    child.stdout?.destroy();
    for (let i = 0; i < 3; i++) {
      await ask(url, `mutation { post(input: { author: "a", content: "${i}" }) { status { state } } }`);
      await ask(url, 'mutation { mine { outcome } }');
    }
    expect(await lostLines(url)).toBeGreaterThan(0);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it('because its reader does not read does not delay the node', async () => {
    // The pipe of the log holds 64 KiB, and nobody reads any of it.
    const dataDir = temporaryDirectory();
    const child = spawn(process.execPath, [PROGRAM, ...START, '--data-dir', dataDir, '--log-level', 'trace']);
    endWithTest(child);
    child.stderr?.pause();
    const { url } = await announced(child);
    for (let i = 0; i < 50; i++) await ask(url, 'mutation { mine(input: { allowEmpty: true }) { outcome } }');
    expect((await fetch(`${url}/health`)).status).toBe(200);
    child.stderr?.resume();
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
});

describe('standard output', () => {
  it.skipIf(!existsSync('/dev/full'))('that is full is told in one line', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'completion', 'bash'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^error: cannot write .*ENOSPC.*\n$/),
    });
  });
});

describe('signals', () => {
  it('of a closed terminal stop a node in order', async () => {
    const dataDir = temporaryDirectory();
    const node = await startNodeProcess(dataDir);
    onTestFinished(() => node.end('SIGKILL').then(() => {}));
    // Commands find the node by its data directory.
    expect(readFileSync(join(dataDir, 'address'), 'utf8')).toBe(`${node.url}\n`);
    const shown = spawnSync(process.execPath, [PROGRAM, 'show', 'tip', '--network', 'dev', '--data-dir', dataDir]);
    expect({ status: shown.status, stderr: String(shown.stderr) }).toEqual({ status: 0, stderr: '' });
    const { code, stderr } = await node.end('SIGHUP');
    expect(code).toBe(0);
    expect(stderr).toContain('"stopped"');
  });

  it('that are sent to npm stop the node', async () => {
    const args = ['start', '--silent', '--', ...START.slice(1), '--data-dir', temporaryDirectory()];
    const npm = spawn('npm', args, { cwd: PACKAGE });
    endWithTest(npm);
    const { url } = await announced(npm);
    const finished = finish(npm);
    npm.kill('SIGTERM');
    expect((await finished).stderr).toContain('"stopped"');
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});

describe('commands', () => {
  it.skipIf(!existsSync('/proc/self/limits'))('say when the system lets them open too few files', () => {
    const script = `ulimit -n 100; exec "${process.execPath}" "${PROGRAM}" start --network dev`;
    const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^error: .*100 files.*LimitNOFILE.*\n$/),
    });
  });
});
