/** What is published: the packed tarball, installed into an empty project, is a program and two libraries with types. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const directory = temporaryDirectory();
const project = join(directory, 'project');
const program = join(project, 'node_modules', 'stele', 'dist', 'main.js');
let files: string[] = [];

/** Runs a program in the project; rejects, with what it said, when it fails. */
const run = async (command: string, args: readonly string[]) =>
  (await promisify(execFile)(command, args, { cwd: project })).stdout;
const stele = (...args: string[]) => run(process.execPath, [program, ...args]);

beforeAll(() => {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const packed = execFileSync('npm', ['pack', '--json', ...quiet, '--pack-destination', directory], { cwd: ROOT });
  const [{ filename, files: listed }] = JSON.parse(packed.toString());
  files = listed.map(({ path }: { path: string }) => path);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  execFileSync('npm', ['install', ...quiet, '--prefer-offline', join(directory, filename)], { cwd: project });
  // The one package whose script was needed: it compiles for two minutes what was compiled for this checkout already.
  const binding = join('node_modules', 'better-sqlite3');
  cpSync(join(ROOT, binding), join(project, binding), { recursive: true });
}, 180_000);

it('the package holds the files that it needs and no others', () => {
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

it('the package holds the pictures that its documents show', () => {
  const shown = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, target = '']) =>
        join(dirname(file), target),
      ),
    );
  expect(shown).toContain('docs/screenshots/feed-wide-light.webp');
  expect(shown.filter((picture) => !files.includes(picture))).toEqual([]);
});

describe('the program', () => {
  it('prints its version and its help', async () => {
    expect(await stele('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await stele('--help')).toMatch(/start[\s\S]*post[\s\S]*verify/);
  });

  it('opens a chain with the migrations of the package', async () => {
    const where = ['--network', 'dev', '--data-dir', join(directory, 'data')];
    await expect(stele('verify', ...where)).rejects.toThrow();
    await stele('import', '/dev/null', ...where);
    expect(await stele('verify', ...where)).toMatch(/every rule holds/i);
  });
});

describe('the libraries', () => {
  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('have types (module %s, resolution %s)', async (module, moduleResolution) => {
    const spoilt = APPLICATION.replace('depth: number', 'depth: string').replace('height: number', 'height: string');
    writeFileSync(join(project, 'good.ts'), APPLICATION);
    writeFileSync(join(project, 'bad.ts'), spoilt);
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', module];
    const compiling = run(process.execPath, [
      TSC,
      ...options,
      '--moduleResolution',
      moduleResolution,
      'good.ts',
      'bad.ts',
    ]);
    const told = await compiling.catch(({ stdout }: { stdout: string }) => stdout);
    expect(told.match(/^\S+: error TS\d+/gm)).toEqual(Array(2).fill(expect.stringMatching(/^bad\.ts.*TS2322$/)));
  });
});

const APPLICATION = `
import { type ChainStep, createClient, ClientError, newKey } from 'stele/client';
import { type LightTip, LightClient, MAIN, verifyReceipt } from 'stele/verify';

const client = createClient({ url: 'http://127.0.0.1:4000/graphql' });
const post = await client.sign({ author: 'carol', content: 'Hello' }, await newKey());
const answer = await client.submit(post);
if (!answer.taken) throw new Error(answer.message);
const report = await verifyReceipt(await client.receipt(post.id));
const depth: number = report.depth;
try {
  for await (const step of client.follow({ signal: AbortSignal.timeout(1000) })) describe(step);
} catch (error) {
  if (error instanceof ClientError && error.code !== 'DISPOSED') throw error;
}
const tip: LightTip = new LightClient(MAIN).tip;
const data = await client.request<{ node: { height: number } }, { n?: number }>('{ node { height } }', {});
const height: number = data.node.height;

function describe({ kind, block: { transactions } }: ChainStep): string {
  return kind === 'DETACHED' ? '' : transactions.map(({ author, content }) => author + (content ?? '')).join();
}
export { depth, height, tip };
`;
