/** Ed25519 verifications a second on one core, as OpenSSL measures itself. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Null when there is no `openssl` here. */
export async function opensslVerifications(seconds: number): Promise<number | null> {
  try {
    const { stdout } = await run('openssl', ['speed', '-seconds', String(seconds), 'ed25519']);
    const last = stdout.trim().split('\n').at(-1) ?? '';
    const rate = Number(last.trim().split(/\s+/).at(-1));
    return rate > 0 ? rate : null;
  } catch {
    return null;
  }
}
