/**
 * `npm run pack:client [-- DIRECTORY]`: packs `stele/client` and `stele/verify` alone, as stele-client-<version>.tgz, for
 * applications that need no node. Default directory: the current one.
 *
 * The package is made of the same sources, and of the few files that these use of other packages: SHA-256 of @noble/hashes,
 * canonicalize, the client of graphql-ws, and the printer of graphql. Installed, those packages would be ten times as large.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
/** Other packages of which a part is bundled, with their licences. */
const BUNDLED = [
  ['@noble/hashes', 'LICENSE'],
  ['canonicalize', 'LICENSE'],
  ['graphql-ws', 'LICENSE.md'],
  ['graphql', 'LICENSE'],
] as const;
/** Needed only where the platform has no Ed25519, so an application installs it there. */
const FALLBACK = 'libsodium-wrappers';
const ROOMS = ['client', 'verify', 'domain'];

interface Manifest {
  version: string;
  license: string;
  engines: object;
  dependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

/** What is published as `stele-client`. */
function packageJson(): object {
  return {
    name: 'stele-client',
    version: manifest.version,
    description:
      'Signs posts for a Stele node, follows its chain, and checks what nodes say. For browsers, Deno, Bun and Node.',
    keywords: ['blockchain', 'ed25519', 'graphql', 'proof-of-work', 'receipts', 'subscriptions'],
    license: manifest.license,
    type: 'module',
    sideEffects: false,
    engines: manifest.engines,
    // For bundlers that do not read `exports`; they find `verify.js` by its name.
    main: './client.js',
    types: './types/client/index.d.ts',
    exports: {
      '.': { types: './types/client/index.d.ts', default: './client.js' },
      './verify': { types: './types/verify/index.d.ts', default: './verify.js' },
      './schema.graphql': './schema.graphql',
      './package.json': './package.json',
    },
    peerDependencies: { [FALLBACK]: manifest.dependencies[FALLBACK] },
    peerDependenciesMeta: { [FALLBACK]: { optional: true } },
  };
}

async function bundle(outdir: string): Promise<void> {
  await build({
    entryPoints: { client: join(DIST, 'client/index.js'), verify: join(DIST, 'verify/index.js') },
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    external: [FALLBACK],
    legalComments: 'eof',
    logLevel: 'warning',
  });
}

/** Names of bundled packages in declarations: the type of a document is written out, re-exported functions are dropped. */
const FOREIGN: [RegExp, string][] = [
  [
    /^import (?:type )?\{ DocumentTypeDecoration \} from '@graphql-typed-document-node\/core';$/m,
    'interface DocumentTypeDecoration<Result, Variables> { __apiType?: (variables: Variables) => Result }',
  ],
  [/^(import|export) [^;]* from '(?:@noble\/hashes\/[^']*|#sha256)';\n/gm, ''],
  [/^export \{ (bytesToHex|sha256)\b[^}]*\};\n/gm, ''],
];

function copyTypes(outdir: string): void {
  const isDeclaration = (name: string) => !/\.(js|map)$/.test(name);
  for (const room of ROOMS) cpSync(join(DIST, room), join(outdir, room), { recursive: true, filter: isDeclaration });
  const names = readdirSync(outdir, { recursive: true, encoding: 'utf8' });
  for (const file of names.filter((name) => name.endsWith('.d.ts')).map((name) => join(outdir, name))) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      FOREIGN.reduce((sum, [found, put]) => sum.replace(found, put), text),
    );
  }
}

/** The licences of what is bundled, beside our own. */
function writeLicences(outdir: string): void {
  copyFileSync(join(ROOT, 'LICENSE'), join(outdir, 'LICENSE'));
  const texts = BUNDLED.map(
    ([name, file]) => `${name}\n\n${readFileSync(join(ROOT, 'node_modules', name, file), 'utf8')}`,
  );
  writeFileSync(join(outdir, 'THIRD_PARTY_LICENSES'), texts.join('\n\n'));
}

/** The document for developers; its links lead out of the package, so they are left as words. */
function writeReadme(outdir: string): void {
  const text = readFileSync(join(ROOT, 'docs/APPLICATIONS.md'), 'utf8');
  writeFileSync(join(outdir, 'README.md'), text.replace(/\[([^\]]+)\]\((?!https:)[^)]+\)/g, '$1'));
}

/** @returns the path of the packed file. */
export async function packClient(directory: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'stele-client-'));
  try {
    await bundle(folder);
    copyTypes(join(folder, 'types'));
    writeLicences(folder);
    copyFileSync(join(ROOT, 'schema.graphql'), join(folder, 'schema.graphql'));
    writeReadme(folder);
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageJson(), null, 2)}\n`);
    mkdirSync(directory, { recursive: true });
    const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', directory];
    const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8' }));
    return join(directory, filename);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await packClient(resolve(process.argv[2] ?? '.'))}\n`);
}
