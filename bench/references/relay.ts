/** The Nostr relay that our node is compared with; its packages are installed when it is first asked for. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exchange, forkScript } from '../load/loader.ts';

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
  if (!install()) return null;
  const child = forkScript(new URL('./server.mjs', FOLDER), [directory]);
  const { url, bodies } = await exchange<{ url: string; bodies: string[] }>(child, posts);
  return { url, bodies, process: child };
}

/** From the lock beside it, and without scripts: the one package that would compile something is not used. */
function install(): boolean {
  if (existsSync(new URL('./node_modules/.package-lock.json', FOLDER))) return true;
  try {
    const options = ['ci', '--ignore-scripts', '--no-fund', '--no-audit'];
    execFileSync('npm', options, { cwd: fileURLToPath(FOLDER), stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
