/**
 * Serves the page: the files that are built from `app/`, read at the start, under a policy that lets them reach nothing
 * but this node.
 */
import { readdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { type Asset, readAsset, sendAsset } from './asset.ts';
import { createMaking, type IndexPort } from './made/serve.ts';
import type { Answering, PageOptions } from './ports.ts';
import { isRoute } from './routes.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown; charset=utf-8',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The worker has no way to any network, and alone may compile WebAssembly: libsodium is that. */
const WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
const WORKER = /^\/assets\/bench-/;

/** A name with its content's hash in it: what it holds never changes. */
const HASHED = /^\/assets\//;

export interface Page {
  /** Answers a request for a file or an address of the page, or says that there is none of that path. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** The handler of a request for a document that is made of the chain; null for any other request. */
  make(request: IncomingMessage): Answering | null;
}

/** @throws when the page is not built. */
export function createPage(options: PageOptions): Page {
  const folder = builtFolder();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => extname(name) in TYPES);
  const assets = new Map(names.map((name) => [`/${name.replaceAll('\\', '/')}`, readPageFile(folder, name)]));
  const index = assets.get('/index.html');
  if (!index)
    throw new Error(`the page is not built: run npm run build (there is no index.html in ${folder.pathname})`);
  return {
    make: createMaking(options, indexPort(index)),
    answer(request, response) {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      const asset = isRoute(path) ? index : assets.get(path);
      // A reader who follows a wrong link is told so by the page itself; programs get a plain answer.
      if (!asset && !request.headers.accept?.includes('text/html')) return false;
      sendAsset(asset ?? index, request, response, asset ? 200 : 404);
      return true;
    },
  };
}

/** What `index.html` marks as the head of the board, to be replaced by that of another page. */
const HEAD = /<!-- head -->[\s\S]*<!-- end of head -->/;

function indexPort(index: Asset): IndexPort {
  const [before, after] = index.body.toString().split(HEAD);
  if (before === undefined || after === undefined) throw new Error('index.html marks no head');
  const headers = index.headers as Record<string, string>;
  return {
    withHead: (head) => ({ body: before + head + after, headers }),
    send: (request, response) => sendAsset(index, request, response),
  };
}

/** Beside this file, or in `dist/` when this one runs from its source. */
function builtFolder(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? '../../dist/web/app/' : './app/', import.meta.url);
}

function readPageFile(folder: URL, name: string): Asset {
  const path = `/${name.replaceAll('\\', '/')}`;
  return readAsset(new URL(path.slice(1), folder), {
    'content-type': TYPES[extname(name)] as string,
    'content-security-policy': WORKER.test(path) ? WORKER_POLICY : POLICY,
    'cache-control': HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    'referrer-policy': 'no-referrer',
    'x-dns-prefetch-control': 'off',
  });
}
