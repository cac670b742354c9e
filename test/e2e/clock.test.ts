/** A node whose clock is wrong: the built program under libfaketime, which shifts what the clock says. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, runCommand, startNodeProcess } from '../support/nodeProcess.ts';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
/** Threads of mining wait with timers that the library must not shift. */
const BASE = { LD_PRELOAD: LIBRARY, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
const shifted = (by: string) => ({ ...BASE, FAKETIME: by });
/** By what the file says at any moment. */
const shiftedAsIn = (file: string) => ({ ...BASE, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' });
const POST =
  'mutation ($author: String!) { post(input: { author: $author, content: "waits" }) { transaction { timestamp } } }';
const POOL = '{ pendingTransactions(first: 9) { nodes { author } } }';
const MINE = 'mutation { mine(input: { allowEmpty: true }) { outcome message waitSeconds } }';

async function start(dataDir: string, args: string[], environment = {}): Promise<NodeProcess> {
  const node = await startNodeProcess(dataDir, 0, ['--threads', '1', ...args], environment);
  onTestFinished(() => node.end('SIGKILL').then(() => {}));
  return node;
}

describe.skipIf(!existsSync(LIBRARY))('a clock that is two days behind the chain', () => {
  it('a wrong clock is reported at the start, by mine and by /ready, and is not a fault for verify', async () => {
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

describe.skipIf(!existsSync(LIBRARY))('a clock that jumps four days ahead', () => {
  it('a clock that is wrong for a moment expires no post; four days between two runs do', async () => {
    const dataDir = temporaryDirectory();
    const shift = join(temporaryDirectory(), 'shift');
    const post = async ({ url }: NodeProcess, author: string): Promise<number> =>
      (await ask(url, POST, { author })).data.post.transaction.timestamp;
    const pending = async ({ url }: NodeProcess): Promise<string[]> =>
      (await ask(url, POOL)).data.pendingTransactions.nodes.map(({ author }: { author: string }) => author).sort();
    writeFileSync(shift, '+0');
    const node = await start(dataDir, [], shiftedAsIn(shift));
    const before = await post(node, 'Ada');
    writeFileSync(shift, '+4d');
    // The pool looks for what has waited too long whenever a post comes.
    expect((await post(node, 'Bob')) - before).toBeGreaterThan(3.9 * 86_400_000);
    writeFileSync(shift, '+0');
    await post(node, 'Carol');
    expect(await pending(node)).toEqual(['Ada', 'Bob', 'Carol']);
    await node.end('SIGTERM');
    const later = await start(dataDir, [], shifted('+4d'));
    await post(later, 'Dora');
    // No post comes before another one, so Carol's has waited for as long as Bob's.
    expect(await pending(later)).toEqual(['Bob', 'Carol', 'Dora']);
    await later.end('SIGTERM');
  });
});
