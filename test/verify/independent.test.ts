/** The second implementation, in Python and written from docs/PROTOCOL.md alone, says the same of every receipt. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECEIPTS } from './receipts.ts';

const SCRIPT = fileURLToPath(new URL('../independent/verify_receipt.py', import.meta.url));
/** Debian's: its package python3-nacl is not seen by another one. */
const PYTHON = '/usr/bin/python3';
const MANY_BYTES = 64 * 1_048_576;

const isThere = spawnSync(PYTHON, ['-c', 'import nacl.signing']).status === 0;
if (!isThere) process.stderr.write('skipped: the checker in Python needs python3 and python3-nacl (Debian)\n');

describe.skipIf(!isThere)('test/independent/verify_receipt.py', () => {
  const texts = [...RECEIPTS.valid, ...RECEIPTS.invalid].map(({ text }) => text);
  const verdicts = new Map<string, string>();
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'stele-python-'));
    const files = texts.map((text, at) => {
      const file = join(directory, String(at));
      writeFileSync(file, text);
      return file;
    });
    const { stdout, stderr, status } = spawnSync(PYTHON, [SCRIPT, ...files], {
      encoding: 'utf8',
      maxBuffer: MANY_BYTES,
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 1 });
    for (const [at, line] of stdout.trimEnd().split('\n').entries()) {
      const file = files[at] ?? '';
      expect(line.startsWith(`${file}: `)).toBe(true);
      verdicts.set(texts[at] as string, line.slice(file.length + 2));
    }
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(RECEIPTS.valid)('accepts $name', ({ text, proves: { id, block, tip, depth, work } }) => {
    const shown = `valid: post ${id} block ${block} depth ${depth} tip ${tip} work ${work} network `;
    expect(verdicts.get(text)).toBe(shown + JSON.parse(text).network.genesis);
  });

  it.each(RECEIPTS.invalid)('refuses $name: $reason', ({ text, reason }) => {
    expect(verdicts.get(text)).toBe(`refused: ${reason}`);
  });
});
