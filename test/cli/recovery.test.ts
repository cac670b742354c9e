/** A key that is lost and one that is stolen, by command against a node: the recovery file takes the name back. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningNode } from '../../src/cli/ports.ts';
import { createClient } from '../../src/client/client.ts';
import { keyFromSeed } from '../../src/client/keys.ts';
import { KEY_FILE } from '../../src/options/config.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask } from '../support/nodeProcess.ts';
import { startDevNode, stele } from './harness.ts';

const dataDir = temporaryDirectory();
const file = (name: string) => join(dataDir, name);
let node: RunningNode;
beforeAll(async () => {
  node = await startDevNode(dataDir);
});
afterAll(() => node.close());

async function run(...args: string[]): Promise<string> {
  const where = args[0] === 'keys' ? ['--data-dir', dataDir] : ['--url', `${node.url}/graphql`];
  const { code, stdout, stderr } = await stele([...args, ...where]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function post(author: string, content: string): Promise<string> {
  const told = await run('post', author, content);
  await run('mine');
  return told;
}

/** The keys that a name had, oldest first, and whether each is void. */
async function keysOf(name: string): Promise<[key: string, isVoid: boolean][]> {
  const { data } = await ask(node.url, KEYS, { name });
  const keys: { publicKey: string; until: object | null }[] = data.author.keys;
  return keys.map(({ publicKey, until }): [string, boolean] => [publicKey, until !== null]).reverse();
}

const KEYS = 'query ($name: String!) { author(name: $name) { keys { publicKey until { height } } } }';

test('a lost key: the recovery file gives the name back', async () => {
  expect(await post('ada', 'From the key of every day.')).toContain(': stele keys recovery ada -o FILE\n');
  const recovery = file('ada-recovery.json');
  await run('keys', 'recovery', 'ada', '-o', recovery);
  const [[daily]] = (await keysOf('ada')) as [[string, boolean]];
  rmSync(file(KEY_FILE));

  expect((await stele(['keys', 'recovery', 'ada', '-o', file('second.json'), '--data-dir', dataDir])).code).toBe(0);
  const [stranger] = (await run('keys', 'list')).split('  ');
  // A new key under the name is not the successor, and cannot post.
  const refused = await stele(['post', 'ada', 'Without the file.', '--url', `${node.url}/graphql`]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/NAME_TAKEN|name-taken/i) });

  const rotated = await run('keys', 'rotate', 'ada', '--recovery', recovery, '--replace');
  const [heir] = rotated.split('  ') as [string];
  expect(heir).not.toBe(stranger);
  await post('ada', 'From the key in the drawer.');
  expect(await keysOf('ada')).toEqual([
    [daily, true],
    [heir, false],
  ]);
});

test('a stolen key: the first post of the successor shuts the thief out', async () => {
  await post('grace', 'From the key of every day.');
  const recovery = file('grace-recovery.json');
  await run('keys', 'recovery', 'grace', '-o', recovery);
  const client = createClient({ url: `${node.url}/graphql` });
  const stolen = await keyFromSeed((await run('keys', 'export', 'grace')).trim());
  const steal = async (content: string) => client.submit(await client.sign({ author: 'grace', content }, stolen));
  expect(await steal('Send me your money.')).toMatchObject({ taken: true });
  await run('mine');
  // The thief names a successor in vain: only the post that binds a name decides who inherits.
  expect(await steal('The name is mine.')).toMatchObject({ taken: true });

  await run('keys', 'rotate', 'grace', '--recovery', recovery);
  await post('grace', 'That was not me.');
  expect(await steal('It was.')).toMatchObject({ taken: false, reason: 'NAME_TAKEN' });
  client.dispose();
  const keys = await keysOf('grace');
  expect(keys.map(([, isVoid]) => isVoid)).toEqual([true, false]);
  expect(keys[0]?.[0]).toBe(stolen.publicKey);
});
