/**
 * `npm run pack:client [-- DIRECTORY]`: packs `stele/client` and `stele/verify` alone, as stele-client-<version>.tgz, for
 * applications that need no node. Default directory: the current one.
 *
 * The package is made of the same sources. WebSockets (graphql-ws) and the printer of documents (graphql) are bundled,
 * because their packages bring the whole of graphql-js along, of which a client needs nothing.
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
/** Installed beside the package; everything else that the libraries import is bundled. */
const DEPENDENCIES = ['@noble/hashes', 'canonicalize'];
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
  const pick = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, manifest.dependencies[name]]));
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
    exports: {
      '.': { types: './types/client/index.d.ts', default: './client.js' },
      './verify': { types: './types/verify/index.d.ts', default: './verify.js' },
      './package.json': './package.json',
    },
    dependencies: pick(DEPENDENCIES),
    peerDependencies: pick([FALLBACK]),
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
    external: [...DEPENDENCIES.flatMap((name) => [name, `${name}/*`]), FALLBACK],
    legalComments: 'eof',
    logLevel: 'warning',
  });
}

/** The declarations, with the one type of another package that they name written out. */
function copyTypes(outdir: string): void {
  const isDeclaration = (name: string) => !/\.(js|map)$/.test(name);
  for (const room of ROOMS) cpSync(join(DIST, room), join(outdir, room), { recursive: true, filter: isDeclaration });
  for (const name of readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.d\.ts$/.test(name),
  )) {
    const file = join(outdir, name);
    const text = readFileSync(file, 'utf8');
    const written = text.replace(
      /^import (?:type )?\{ DocumentTypeDecoration \} from '@graphql-typed-document-node\/core';$/m,
      'interface DocumentTypeDecoration<Result, Variables> { __apiType?: (variables: Variables) => Result }',
    );
    if (written !== text) writeFileSync(file, written);
  }
}

/** The licences of what is bundled, beside our own. */
function writeLicences(outdir: string): void {
  copyFileSync(join(ROOT, 'LICENSE'), join(outdir, 'LICENSE'));
  const texts = [
    ['graphql-ws', 'LICENSE.md'],
    ['graphql', 'LICENSE'],
  ].map(([name = '', file = '']) => `${name}\n\n${readFileSync(join(ROOT, 'node_modules', name, file), 'utf8')}`);
  writeFileSync(join(outdir, 'THIRD_PARTY_LICENSES'), texts.join('\n\n'));
}

/** @returns the path of the packed file. */
export async function packClient(directory: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'stele-client-'));
  try {
    await bundle(folder);
    copyTypes(join(folder, 'types'));
    writeLicences(folder);
    copyFileSync(join(ROOT, 'docs/APPLICATIONS.md'), join(folder, 'README.md'));
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
