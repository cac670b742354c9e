import { defineConfig } from 'vite';

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
    license: { fileName: 'licenses.md' },
  },
  worker: { format: 'es' },
});
