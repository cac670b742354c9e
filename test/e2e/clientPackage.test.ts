/** `npm run pack:client`, installed alone into an empty project: it is small, typed, and runs what the documents show. */
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { packClient } from '../../scripts/packClient.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { startNodeProcess } from '../support/nodeProcess.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const project = join(temporaryDirectory(), 'project');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

/** A program that a document shows below a heading. */
const programOf = (document: string, heading: string, language: string) =>
  read(document).split(`## ${heading}\n`)[1]?.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';

const run = async (command: string, ...args: string[]) =>
  (await promisify(execFile)(command, args, { cwd: project, env: { ...process.env, NODE_OPTIONS: '' } })).stdout;

beforeAll(async () => {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const packed = await packClient(temporaryDirectory());
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', packed];
  execFileSync('npm', args, { cwd: project });
}, 180_000);

it('the package of the client installs nothing else, and is under half a megabyte', () => {
  const modules = join(project, 'node_modules');
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' }).map((name) => join(modules, name));
  const bytes = files.map((file) => statSync(file)).reduce((sum, { size }) => sum + size, 0);
  expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['stele-client']);
  expect(bytes).toBeLessThan(500_000);
});

it('the package of the client runs the applications that the documents show', async () => {
  const node = await startNodeProcess(temporaryDirectory(), 0, ['--mine']);
  onTestFinished(async () => {
    await node.end('SIGTERM');
  });
  const url = `${node.url}/graphql`;
  writeFileSync(join(project, 'app.mjs'), programOf('README.md', 'Building an application', 'js'));
  const shown = (height: number) =>
    'Waiting for a block: `npm run stele -- mine` makes one, unless the node mines by itself.\n' +
    `In block ${height}.\nProved, whatever the node says: carol signed "From an application.".\n` +
    `ATTACHED ${height} carol: From an application.\n`;
  for (const height of [1, 2]) expect(await run(process.execPath, 'app.mjs', url)).toBe(shown(height));
  writeFileSync(join(project, 'read.mjs'), programOf('docs/APPLICATIONS.md', 'The client', 'js'));
  const line = (height: number) => `${height} carol: From an application.\n`;
  expect(await run(process.execPath, 'read.mjs', url)).toBe(line(1) + line(2));
  // `.ci/runtimes` has other runtimes do the same.
  copyFileSync(join(ROOT, 'test/clients/runtime.mjs'), join(project, 'runtime.mjs'));
  expect(await run(process.execPath, 'runtime.mjs', url)).toBe('kept\n');
});

it('the package of the client has types, also for documents of codegen in both modes', async () => {
  // What codegen and its documents need is installed for this checkout already.
  for (const name of ['@graphql-codegen', '@graphql-typed-document-node', 'graphql']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  }
  const recipe = programOf('docs/APPLICATIONS.md', 'Documents with types', 'ts');
  mkdirSync(join(project, 'src'), { recursive: true });
  writeFileSync(
    join(project, 'schema.graphql'),
    readFileSync(join(project, 'node_modules/stele-client/schema.graphql')),
  );
  const modes = { graph: 'documentNode', string: 'string' };
  const output = /(?<=generates: \{\n)[\s\S]*?\n {4}\},\n/.exec(recipe)?.[0] ?? '';
  const outputs = Object.entries(modes).map(([name, mode]) => {
    const application = APPLICATION.replace('/generated/', `/generated/${name}/`);
    writeFileSync(join(project, `src/${name}.ts`), application.replace('query Height', `query ${name}Height`));
    return output
      .replace('/generated/', `/generated/${name}/`)
      .replace('strictScalars', `documentMode: '${mode}',\n        strictScalars`);
  });
  writeFileSync(join(project, 'codegen.ts'), recipe.replace(output, outputs.join('')));
  await run(process.execPath, join(ROOT, 'node_modules/@graphql-codegen/cli/esm/bin.js'), '--config', 'codegen.ts');
  const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--lib', 'es2023,dom'];
  const settings = ['--module', 'esnext', '--moduleResolution', 'bundler', '--types', ''];
  const compiling = run(
    process.execPath,
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    ...options,
    ...settings,
    ...Object.keys(modes).map((name) => `src/${name}.ts`),
  );
  expect(await compiling.catch(({ stdout }) => stdout)).toBe('');
}, 120_000);

const APPLICATION = `
import { type ChainStep, type Signer, ClientError, createClient, newKey } from 'stele-client';
import { type LightTip, LightClient, MAIN, verifyReceipt } from 'stele-client/verify';
import { graphql } from './generated/gql';

const client = createClient({ url: 'http://127.0.0.1:4000/graphql' });
const HEIGHT = graphql(\`query Height { node { height } }\`);
const height: number = (await client.request(HEIGHT, {})).node.height;
const told: { node: { height: number } } = await client.request<{ node: { height: number } }>('{ node { height } }', {});
console.log(told.node.height);
const signer: Signer = { publicKey: '', sign: async (message) => message };
const post = await client.sign({ author: 'carol', content: 'Hello' }, height > 0 ? signer : await newKey());
const depth: number = (await verifyReceipt(await client.receipt(post.id))).depth;
const tip: LightTip = new LightClient(MAIN).tip;
for await (const page of client.posts({ filter: { author: 'carol' } }).pages()) console.log(page.length, depth, tip.height);
const show = ({ kind, block }: ChainStep): string => kind + block.hash;
try {
  for await (const step of client.follow()) show(step);
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
}
export { show };
`;
