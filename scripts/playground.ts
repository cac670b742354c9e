/** Writes the playground's document, with the policy that it is served under, for `src/web/playground.ts`: `npm run build`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { createDocument } from './playground/document.ts';

const folder = new URL('../dist/web/playground/', import.meta.url);
const { html, policy } = createDocument();
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('index.html', folder), html);
writeFileSync(new URL('policy.txt', folder), policy);
writeFileSync(new URL('index.html.gz', folder), gzipSync(html, { level: 9 }));
// The highest quality takes half a minute, for a tenth less.
const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: html.length };
writeFileSync(new URL('index.html.br', folder), brotliCompressSync(html, { params }));
