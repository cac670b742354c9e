/** A node whose clock is wrong: the built program under libfaketime, which shifts what the clock says. */
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, runCommand, startNodeProcess } from '../support/nodeProcess.ts';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
/** Threads of mining wait with timers that the library must not shift. */
const shifted = (by: string) => ({ LD_PRELOAD: LIBRARY, FAKETIME: by, FAKETIME_DONT_FAKE_MONOTONIC: '1' });
const MINE = 'mutation { mine(input: { allowEmpty: true }) { outcome message waitSeconds } }';

async function start(dataDir: string, args: string[], environment = {}): Promise<NodeProcess> {
  const node = await startNodeProcess(dataDir, 0, ['--threads', '1', ...args], environment);
  onTestFinished(() => node.end('SIGKILL').then(() => {}));
  return node;
}

describe.skipIf(!existsSync(LIBRARY))('a clock that is two days behind the chain', () => {
  it('is told at start, by mine and by /ready, and makes verify distrust nothing', async () => {
    const dataDir = temporaryDirectory();
    const right = await start(dataDir, []);
    expect((await ask(right.url, MINE)).data.mine.outcome).toBe('MINED');
    await right.end('SIGTERM');
    const late = await start(dataDir, ['--mine'], shifted('-2d'));
    const { mine } = (await ask(late.url, MINE)).data;
    expect(mine).toMatchObject({ outcome: 'CLOCK_WRONG', message: expect.stringContaining('set the clock') });
    expect(mine.waitSeconds).toBeGreaterThan(86_400);
    const ready = await fetch(`${late.url}/ready`);
    expect([ready.status, (await ready.json()).reasons[0].code]).toEqual([503, 'CLOCK_BEHIND']);
    await ask(late.url, 'mutation { post(input: { author: "a", content: "waits" }) { status { state } } }');
    const { stderr } = await late.end('SIGTERM');
    expect(stderr).toContain('too far behind its chain');
    expect(stderr).not.toContain('internal error');
    // What waited is mined once the clock is right.
    const again = await start(dataDir, ['--mine']);
    const pending = async () => (await ask(again.url, '{ node { height pool { count } } }')).data.node;
    await expect.poll(pending, { timeout: 20_000 }).toEqual({ height: 2, pool: { count: 0 } });
    await again.end('SIGTERM');
    const verify = await runCommand(['verify', '--network', 'dev', '--data-dir', dataDir], '', shifted('-2d'));
    expect({ code: verify.code, stderr: verify.stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('clock of this machine is behind'),
    });
  });
});
