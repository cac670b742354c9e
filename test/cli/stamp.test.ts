/** A file on the board from the command line, at a real node. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { startDevNode, stele } from './harness.ts';

test('a file is posted by its hash, and whoever has the file learns who posted it, when, and under how much work', async () => {
  const directory = temporaryDirectory();
  const node = await startDevNode(join(directory, 'data'));
  onTestFinished(() => node.close());
  const ask = (...args: string[]) => stele(args, { environment: { STELE_URL: `${node.url}/graphql` } });
  const file = join(directory, 'a contract.pdf');
  const bytes = Buffer.alloc(300_000, 'contract');
  writeFileSync(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');

  expect(await ask('stamp', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('--as NAME') });
  expect(await ask('stamp', '--check', file)).toMatchObject({ code: 1, stdout: `SHA-256 ${sha256}\n` });
  const posted = await ask('stamp', file, '--as', 'Notary');
  expect(posted).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`#${sha256}\n  a contract.pdf\n  300000 bytes\n`),
  });
  // A post that lies in no block proves nothing yet.
  expect((await ask('stamp', '--check', file)).code).toBe(1);
  await ask('mine');

  const { code, stdout } = await ask('stamp', '--check', file);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^Notary, in block 1, \d{4}-.*\n {2}a contract\.pdf\n {2}300000 bytes\n {2}0 blocks on top, about 2\^/m,
  );
  const json = JSON.parse((await ask('stamp', '--check', file, '--json')).stdout);
  expect(json).toMatchObject({
    sha256,
    size: 300_000,
    totalCount: 1,
    stamps: [{ author: 'Notary', block: { height: 1 }, depth: 0 }],
  });

  // One byte more is another file.
  writeFileSync(file, Buffer.concat([bytes, Buffer.from('.')]));
  expect((await ask('stamp', '--check', file)).code).toBe(1);
  expect((await ask('stamp', '--check', join(directory, 'none'))).stderr).toContain('ENOENT');
});
