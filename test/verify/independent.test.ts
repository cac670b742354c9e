/** The second implementation, in Python and written from docs/PROTOCOL.md alone, says the same of every receipt. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { RECEIPTS } from './receipts.ts';

const SCRIPT = fileURLToPath(new URL('../independent/verify_receipt.py', import.meta.url));
/** Debian's: its package python3-nacl is not seen by another one. */
const PYTHON = '/usr/bin/python3';
const MANY_BYTES = 64 * 1_048_576;

const isThere = spawnSync(PYTHON, ['-c', 'import nacl.signing']).status === 0;
if (!isThere) process.stderr.write('skipped: the checker in Python needs python3 and python3-nacl (Debian)\n');

describe.skipIf(!isThere)('test/independent/verify_receipt.py', () => {
  const texts = [...RECEIPTS.valid, ...RECEIPTS.invalid].map(({ text }) => text);
  let directory: string;
  let verdicts: Map<string, string>;
  beforeAll(() => {
    directory = temporaryDirectory();
    const judged = judge(texts.map((text) => Buffer.from(text)));
    verdicts = new Map(texts.map((text, at) => [text, judged[at] ?? '']));
  });

  /** What the checker says of each, in one run of it. */
  function judge(files: readonly Uint8Array[]): string[] {
    const names = files.map((bytes, at) => {
      writeFileSync(join(directory, String(at)), bytes);
      return String(at);
    });
    const options = { cwd: directory, encoding: 'utf8', maxBuffer: MANY_BYTES } as const;
    const { stdout, stderr, status } = spawnSync(PYTHON, [SCRIPT, ...names], options);
    expect({ stderr, status }).toEqual({ stderr: '', status: 1 });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(': ')[0])).toEqual(names);
    return lines.map((line) => line.slice(line.indexOf(': ') + 2));
  }

  it.each(RECEIPTS.valid)('accepts $name', ({ text, proves: { id, block, tip, depth, work } }) => {
    const shown = `valid: post ${id} block ${block} depth ${depth} tip ${tip} work ${work} network `;
    expect(verdicts.get(text)).toBe(shown + JSON.parse(text).network.genesis);
  });

  it.each(RECEIPTS.invalid)('refuses $name: $reason', ({ text, reason }) => {
    expect(verdicts.get(text)).toBe(`refused: ${reason}`);
  });

  it('refuses flipped bits, every seventh of the smallest receipt', () => {
    const bytes = Buffer.from(RECEIPTS.valid[0]?.text ?? '');
    const spoilt: Buffer[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      spoilt.push(flipped);
    }
    expect(judge(spoilt).filter((verdict) => !verdict.startsWith('refused: '))).toEqual([]);
  });
});
