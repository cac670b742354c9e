/** An operator's decision from the order to the appeal, at a real node. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { startDevNode, stele } from './harness.ts';

const ID = /[0-9a-f]{64}/;

test('a content is withheld, erased, listed, and restored from a receipt', async () => {
  const directory = temporaryDirectory();
  const node = await startDevNode(join(directory, 'data'));
  onTestFinished(() => node.close());
  const ask = (...args: string[]) => stele(args, { environment: { STELE_URL: `${node.url}/graphql` } });
  const id = ID.exec((await ask('post', 'alice', 'A name and an address.')).stdout)?.[0] ?? '';
  const other = ID.exec((await ask('post', 'alice', 'Another.')).stdout)?.[0] ?? '';
  await ask('mine');
  const [whole, others, bare] = ['whole', 'others', 'bare'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  await ask('receipt', id, '-o', whole);
  await ask('receipt', other, '-o', others);

  expect((await ask('withholdings')).stdout).toBe('Nothing was ever withheld here.\n');
  const withheld = await ask('withhold', id, '--reason', 'Order\u001b 7', '--erase');
  expect(withheld).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('\n  [withheld and erased: Order\\u{1b} 7]\n'),
  });
  await ask('receipt', id, '-o', bare);
  for (const [receipt, line] of [
    [[], /the content was erased here: give content and salt \(CONTENT_NEEDED\)/],
    [['--receipt', others], /is the receipt of another post/],
    [['--receipt', bare], /does not have the content either/],
  ] as const) {
    const { code, stderr } = await ask('restore', id, ...receipt);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(line) });
  }
  const restored = await ask('restore', id, '--receipt', whole, '--reason', 'Lifted on appeal');
  expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('\n  A name and an address.\n') });
  expect((await ask('withholdings')).stdout).toMatch(
    new RegExp(`^\\S+Z  ${id}  restored: Lifted on appeal\n\\S+Z  ${id}  withheld, erased: Order\\\\u\\{1b\\} 7\n$`),
  );
  expect(JSON.parse((await ask('withholdings', '--json')).stdout)).toHaveLength(2);
});

test('an invalid id and a damaged receipt are refused', async () => {
  const file = join(temporaryDirectory(), 'receipt');
  writeFileSync(file, '{}');
  expect((await stele(['withhold', 'alice', '--reason', 'x'])).stderr).toMatch(/64 hex digits/);
  expect((await stele(['restore', '00'.repeat(32), '--receipt', file])).stderr).toMatch(/proves nothing/);
});
