/**
 * `npm run build:bundle`, a part of `npm run build`: joins what the program and its worker threads load into a few files,
 * in the places of the entries that the compiler has written to `dist/`. Finding and reading some 1,400 modules is half of
 * what a start costs. Libraries (`stele/client`, `stele/verify`) are left as they are: an application bundles for itself.
 */
import { readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The program, and the files of which worker threads are started. */
const ENTRIES = [
  'main.ts',
  'keyring/verifierWorker.ts',
  'miner/worker.ts',
  'store/sqlite/readerWorker.ts',
  'store/sqlite/search/worker.ts',
  'store/sqlite/writerWorker.ts',
];

/** Native modules find their binaries beside themselves. */
const EXTERNAL = ['better-sqlite3', 'sodium-native'];

/** Modules find the files of the package beside themselves, so each is told where its own compiled file lies. */
const ownAddress: Plugin = {
  name: 'own address',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const compiled = relative(`${root}src`, path).replace(/\.ts$/, '.js');
      const address = `new URL('${compiled}', import.meta.url.replace(/^(.*\\/dist\\/).*$/, '$1')).href`;
      const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', address);
      return { contents, loader: 'ts' };
    });
  },
};

/** The package holds itself twice. A parser of the other copy throws errors that ours are not. */
const oneGraphql: Plugin = {
  name: 'one graphql',
  setup({ onResolve }) {
    onResolve({ filter: /^graphql\/[a-z]/ }, ({ path }) => ({
      path: `${root}node_modules/${path.replace(/\.js$/, '')}.mjs`,
    }));
  },
};

rmSync(`${root}dist/chunks`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ENTRIES.map((name) => `src/${name}`),
  outbase: 'src',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  external: EXTERNAL,
  conditions: ['stele-source'],
  plugins: [ownAddress, oneGraphql],
  // Modules in the older form ask for `require`, which a module in the newer one has not.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  sourcemap: 'linked',
  sourcesContent: false,
  allowOverwrite: true,
  logLevel: 'warning',
});
