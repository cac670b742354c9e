/** Directories for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * A new, empty directory. One that a test or its `beforeEach` asks for is removed when the test is over; another one, such
 * as a file's own, at the end of the run, with the folder that all of them lie in (`test/support/setUp.ts`).
 * @param onEnd of the test, where several run at the same time.
 */
export function temporaryDirectory(onEnd: (step: () => void) => void = onTestFinished): string {
  const directory = mkdtempSync(join(tmpdir(), 'd-'));
  try {
    onEnd(() => rmSync(directory, { recursive: true, force: true }));
  } catch {
    // No test is running.
  }
  return directory;
}
