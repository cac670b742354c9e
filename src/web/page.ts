/**
 * Serves the page: the files that are built from `app/`, read at the start, under a policy that lets them reach nothing
 * but this node.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown; charset=utf-8',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};
/** The files that the build has compressed (`vite.config.ts`), the smallest first. */
const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The worker has no way to any network, and alone may compile WebAssembly: libsodium is that. */
const WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
const WORKER = /^\/assets\/bench-/;

/** Addresses that the page itself makes sense of (`app/chrome/paths.ts`): all of them are the one document. */
const ADDRESS = /^\/((post|author|topic|block)\/.*|chain|pending|search|node|keys|withholdings)?$/s;

/** A name with its content's hash in it: what it holds never changes. */
const HASHED = /^\/assets\//;

interface Asset {
  headers: Record<string, string>;
  body: Buffer;
  /** The same, compressed, by the names of the encodings. */
  compressed: { name: string; body: Buffer }[];
}

/** @returns a function that answers a request, or says that it has no such file. */
export function createPage(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const folder = builtFolder();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => extname(name) in TYPES);
  const assets = new Map(names.map((name) => [`/${name.replaceAll('\\', '/')}`, readAsset(folder, name)]));
  const index = assets.get('/index.html');
  if (!index)
    throw new Error(`the page is not built: run npm run build (there is no index.html in ${folder.pathname})`);
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const asset = ADDRESS.test(path) ? index : assets.get(path);
    if (!asset) return false;
    send(asset, request, response);
    return true;
  };
}

/** Beside this file, or in `dist/` when this one runs from its source. */
function builtFolder(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? '../../dist/web/app/' : './app/', import.meta.url);
}

function readAsset(folder: URL, name: string): Asset {
  const path = `/${name.replaceAll('\\', '/')}`;
  const file = new URL(path.slice(1), folder);
  const encodings = ENCODINGS.map(({ name, ending }) => ({ name, file: new URL(file.href + ending) }));
  return {
    body: readFileSync(file),
    compressed: encodings
      .filter(({ file }) => existsSync(file))
      .map(({ name, file }) => ({ name, body: readFileSync(file) })),
    headers: {
      'content-type': TYPES[extname(name)] as string,
      'content-security-policy': WORKER.test(path) ? WORKER_POLICY : POLICY,
      'cache-control': HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-dns-prefetch-control': 'off',
      vary: 'accept-encoding',
    },
  };
}

function send({ headers, body, compressed }: Asset, request: IncomingMessage, response: ServerResponse): void {
  // RFC 9110, 12.5.3: a weight of zero refuses.
  const offers = String(request.headers['accept-encoding'] ?? '').split(',');
  const accepted = offers.filter((one) => !/;\s*q=0(\.0*)?\s*$/.test(one)).map((one) => one.split(';')[0]?.trim());
  const encoded = compressed.find(({ name }) => accepted.includes(name));
  response.writeHead(200, { ...headers, ...(encoded ? { 'content-encoding': encoded.name } : {}) });
  response.end((encoded ?? { body }).body);
}
