/**
 * Facts made elsewhere (real block headers, published test vectors): too large to keep here, so they are read from
 * `../shared/vectors` beside the checkout. A plain clone has none; what needs them then skips, and one line says so.
 */
import { existsSync, readFileSync } from 'node:fs';

const DIRECTORY = new URL('../../../shared/vectors/', import.meta.url);

let told = false;

/** The bytes of a file of facts, or null when it is not there. For `describe.skipIf(file === null)`. */
export function sharedVectors(name: string): Buffer | null {
  const file = new URL(name, DIRECTORY);
  if (existsSync(file)) return readFileSync(file);
  if (!told) process.stderr.write(`skipped: what needs ../shared/vectors (first missing: ${name})\n`);
  told = true;
  return null;
}

/** The same, parsed as JSON. The caller says what it expects to find. */
export function sharedJson<T>(name: string): T | null {
  const bytes = sharedVectors(name);
  return bytes && (JSON.parse(bytes.toString('utf8')) as T);
}
