/** The Nostr relay that our node is compared with; its packages are installed when it is first asked for. */
import type { ChildProcess } from 'node:child_process';
import { exchange, forkScript } from '../load/loader.ts';
import { install } from './install.ts';

const FOLDER = new URL('./relay/', import.meta.url);

export interface PostToSign {
  author: string;
  content: string;
  topics: readonly string[];
}

export interface Relay {
  url: string;
  /** The posts as messages for it, signed. */
  bodies: string[];
  process: ChildProcess;
}

/** Null when its packages cannot be installed here. */
export async function startRelay(directory: string, posts: readonly PostToSign[]): Promise<Relay | null> {
  // The one package that would compile something is not used.
  if (!install(FOLDER)) return null;
  const child = forkScript(new URL('./server.mjs', FOLDER), [directory]);
  const { url, bodies } = await exchange<{ url: string; bodies: string[] }>(child, posts);
  return { url, bodies, process: child };
}
