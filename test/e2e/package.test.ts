/** What is published: the packed tarball runs by itself, from any directory. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'stele-package-'));
const program = join(directory, 'package', 'dist', 'main.js');
let files: string[] = [];

beforeAll(() => {
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', directory], {
    cwd: ROOT,
  });
  const [{ filename, files: listed }] = JSON.parse(packed.toString());
  files = listed.map(({ path }: { path: string }) => path);
  execFileSync('tar', ['-xzf', join(directory, filename), '-C', directory]);
  // In place of an installation: the same libraries, where Node looks for them.
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const stele = (...args: string[]) => execFileSync(process.execPath, [program, ...args], { cwd: directory }).toString();

it('says its version and helps', () => {
  expect(stele('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(stele('--help')).toMatch(/start[\s\S]*post[\s\S]*verify/);
});

it('opens a chain with the migrations it brought along', () => {
  expect(() => stele('verify', '--network', 'dev', '--data-dir', join(directory, 'data'))).toThrow();
  stele('import', '/dev/null', '--network', 'dev', '--data-dir', join(directory, 'data'));
  expect(stele('verify', '--network', 'dev', '--data-dir', join(directory, 'data'))).toMatch(/every rule holds/i);
});

it('holds what it needs and nothing else', () => {
  for (const needed of [
    'schema.graphql',
    'dist/miner/kernel.wasm',
    'dist/miner/worker.js',
    'dist/web/app/index.html',
    'dist/web/app/licenses.md',
    'LICENSE',
    'README.md',
  ]) {
    expect(files).toContain(needed);
  }
  expect(files.filter((file) => /^(src|test|data|node_modules|\.ci)\/|\.db$/.test(file))).toEqual([]);
});
