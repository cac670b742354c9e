/** The server that answers at the least cost of those that speak GraphQL; its packages are installed when it is first asked for. */
import type { ChildProcess } from 'node:child_process';
import { forkScript } from '../load/loader.ts';
import { install } from './install.ts';

const FOLDER = new URL('./mercurius/', import.meta.url);

/** Takes an answer's data as a message, and gives its address. Null when its packages cannot be installed here. */
export function startMercurius(): ChildProcess | null {
  return install(FOLDER) ? forkScript(new URL('./server.mjs', FOLDER)) : null;
}
