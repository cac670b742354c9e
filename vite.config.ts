import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import { FIRST_PATHS } from './src/web/app/data/api/firstPaths.ts';

/** The document asks for the newest posts itself: they come beside the scripts, not after them. */
const askForNewest: Plugin = {
  name: 'ask-for-newest',
  transformIndexHtml: () =>
    Object.values(FIRST_PATHS).map((href) => ({
      tag: 'link',
      attrs: { rel: 'preload', as: 'fetch', crossorigin: true, href },
      injectTo: 'head',
    })),
};

const TEXT = /\.(html|js|css|svg|md)$/;

/** Compressed once here, as small as can be, and not for each who asks. */
const compress: Plugin = {
  name: 'compress',
  writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle).filter((name) => TEXT.test(name))) {
      const body = readFileSync(join(dir, name));
      writeFileSync(join(dir, `${name}.br`), brotliCompressSync(body));
      writeFileSync(join(dir, `${name}.gz`), gzipSync(body, { level: 9 }));
    }
  },
};

/** Builds the page. `src/web/page.ts` serves what lies in `dist/web/app`. */
// The tool looks for the default export of its configuration.
export default defineConfig({
  root: 'src/web/app',
  logLevel: 'warn',
  build: {
    outDir: '../../../dist/web/app',
    emptyOutDir: true,
    target: 'es2022',
    // Nothing inline: the policy under which the page is served does not allow it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One script at first: a browser has six connections, and the newest posts would wait behind ten small scripts.
    rolldownOptions: {
      // Compressing takes most of the time, as it should: nothing to tell those who install.
      checks: { bundlerTimings: false },
      output: { codeSplitting: { groups: [{ name: 'page', tags: ['$initial'] }] } },
    },
    license: { fileName: 'licenses.md' },
  },
  plugins: [askForNewest, compress],
  worker: { format: 'es' },
});
