/** The second implementation, in Python and written from docs/PROTOCOL.md alone, says the same of every vector. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { RECEIPTS } from './receipts.ts';

const SCRIPT = fileURLToPath(new URL('../independent/verify_receipt.py', import.meta.url));
const VECTOR_SCRIPT = fileURLToPath(new URL('../independent/check_vectors.py', import.meta.url));
const VECTORS = fileURLToPath(new URL('../vectors/', import.meta.url));
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

describe.skipIf(!isThere)('test/independent/check_vectors.py', () => {
  function check(directory: string) {
    const { stdout, stderr, status } = spawnSync(PYTHON, [VECTOR_SCRIPT, directory], { encoding: 'utf8' });
    return { lines: stdout.trimEnd().split('\n'), stderr, status };
  }

  it('agrees on every case of every file', () => {
    const files = readdirSync(VECTORS).filter((name) => name.endsWith('.json'));
    const { lines, stderr, status } = check(VECTORS);
    expect({ lines, stderr, status }).toMatchObject({ stderr: '', status: 0 });
    const counts = lines.map((line) => /^(\S+): ([1-9]\d*) of \2 agree$/.exec(line)?.[1]);
    expect(counts).toEqual(files.sort());
  });

  it('reports a vector that differs from the protocol, and a file that nobody checks', () => {
    const directory = temporaryDirectory();
    const spoilt = readFileSync(join(VECTORS, 'transactions.json'), 'utf8').replace('"size": 442', '"size": 443');
    writeFileSync(join(directory, 'transactions.json'), spoilt);
    writeFileSync(join(directory, 'unknown.json'), '{}');
    const { lines, status } = check(directory);
    expect(status).toBe(1);
    expect(lines.map((line) => line.replace(/: \{.*/, ''))).toEqual([
      'transactions.json: hello',
      'transactions.json: 41 of 42 agree',
      'unknown.json: nobody checks it',
    ]);
  });
});
