/** A sealed post from the command line, at a real node. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { startDevNode, stele } from './harness.ts';

test('a post is sealed, mined and revealed with the file that was kept', async () => {
  const directory = temporaryDirectory();
  const node = await startDevNode(join(directory, 'data'));
  onTestFinished(() => node.close());
  const ask = (...args: string[]) => stele(args, { environment: { STELE_URL: `${node.url}/graphql` } });
  const file = join(directory, 'prediction.json');

  const posted = await ask('post', 'alice', 'It will rain on Sunday.', '--seal', file);
  expect(posted).toMatchObject({ code: 0, stdout: expect.stringContaining('\n  [sealed: 23 bytes]\n') });
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  expect(kept).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{64}$/), content: 'It will rain on Sunday.' });
  expect(await ask('post', 'alice', 'Another.', '--seal', file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('exists'),
  });
  await ask('mine');
  expect((await ask('show', 'transaction', kept.id)).stdout).toContain('[sealed: 23 bytes]');

  const wrong = join(directory, 'wrong.json');
  writeFileSync(wrong, JSON.stringify({ ...kept, content: 'It will rain on Monday.' }));
  expect(await ask('reveal', wrong)).toMatchObject({ code: 1, stderr: expect.stringContaining('CONTENT_MISMATCH') });
  writeFileSync(wrong, '{}');
  expect(await ask('reveal', wrong)).toMatchObject({ code: 1, stderr: expect.stringContaining('no file that') });

  for (const line of ['Revealed.', 'Revealed before.']) {
    const { code, stdout } = await ask('reveal', file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`${line}\nalice`) });
    expect(stdout).toContain('\n  It will rain on Sunday.\n');
  }
});

test('a sealed post that is refused leaves no file', async () => {
  const directory = temporaryDirectory();
  const node = await startDevNode(join(directory, 'data'));
  onTestFinished(() => node.close());
  const file = join(directory, 'prediction.json');
  const environment = { STELE_URL: `${node.url}/graphql` };
  const refused = await stele(['post', '\u200b', 'Hello.', '--seal', file], { environment });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Refused') });
  expect(() => readFileSync(file)).toThrow('ENOENT');
});
