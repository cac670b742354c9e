/** Serves the page: a few files, read at the start, under a policy that lets them reach nothing but this node. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';

const FILES: Record<string, [file: string, type: string]> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/board.js': ['board.js', 'text/javascript; charset=utf-8'],
  '/live.js': ['live.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @returns a function that answers a path, or says that it has no such file. */
export function createPage(): (path: string, response: ServerResponse) => boolean {
  const bodies = new Map(Object.entries(FILES).map(([path, [file]]) => [path, readAsset(file)]));
  return (path, response) => {
    const body = bodies.get(path);
    if (body === undefined) return false;
    response.writeHead(200, {
      'content-type': FILES[path]?.[1],
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
    });
    response.end(body);
    return true;
  };
}

function readAsset(file: string): Buffer {
  return readFileSync(new URL(`assets/${file}`, import.meta.url));
}
