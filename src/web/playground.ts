/** Serves the playground to browsers that come to the API's address: one document, made and compressed by the build. */
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Asset, readAsset, sendAsset } from './asset.ts';

/** @returns a function that answers a browser, or says that the request is one for the API. */
export function createPlayground(): (request: IncomingMessage, response: ServerResponse) => boolean {
  let asset: Asset | null = null;
  const folder = builtFolder();
  if (!existsSync(new URL('index.html', folder)))
    throw new Error(`the playground is not built: run npm run build (there is no index.html in ${folder.pathname})`);
  return (request, response) => {
    const isBrowser = request.headers.accept?.includes('text/html') ?? false;
    if (!isBrowser || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    // Read when it is first asked for: most nodes are never asked.
    asset ??= readPlayground(folder);
    sendAsset(asset, request, response);
    return true;
  };
}

/** The files are in `dist/`, even when this module runs from its source. */
function builtFolder(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? '../../dist/web/playground/' : './playground/', import.meta.url);
}

function readPlayground(folder: URL): Asset {
  return readAsset(new URL('index.html', folder), {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': readFileSync(new URL('policy.txt', folder), 'utf8'),
    'cache-control': 'no-cache',
    'referrer-policy': 'no-referrer',
  });
}
