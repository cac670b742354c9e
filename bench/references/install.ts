/** Packages of references: installed when the bench first asks for them, so that the project's own lock knows nothing of them. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Installs what the lock in a folder says, without scripts.
 * @returns false when that cannot be had here.
 */
export function install(folder: URL): boolean {
  if (existsSync(new URL('./node_modules/.package-lock.json', folder))) return true;
  try {
    const options = ['ci', '--ignore-scripts', '--no-fund', '--no-audit'];
    execFileSync('npm', options, { cwd: fileURLToPath(folder), stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
