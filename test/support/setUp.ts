/** Once for a run of the tests: one folder for the temporary files of all of them, and of the programs that they start. */
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const NAME = 'stele-tests-';
/** Files in memory, on Linux. */
const MEMORY = '/dev/shm';
/** Bytes that must be free there: more than ten times what a run needs. */
const ROOM = 4 * 2 ** 30;

export default function setUp(): () => void {
  const outer = process.env.TMPDIR;
  // Each project of the run comes here. In folders within folders the paths of sockets would be too long.
  if (outer !== undefined && basename(outer).startsWith(NAME)) return () => {};
  const folder = mkdtempSync(join(outer === undefined && isFit(MEMORY) ? MEMORY : tmpdir(), NAME));
  // The workers that run the tests inherit the variable.
  process.env.TMPDIR = folder;
  return () => {
    if (outer === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outer;
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Each commit waits for the disk, which took a third of the run. Tests kill processes, not machines, so memory keeps as much. */
function isFit(place: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(place);
    // Packages are installed there, and run.
    const isClosed = new RegExp(`^\\S+ ${place} .*noexec`, 'm').test(readFileSync('/proc/mounts', 'utf8'));
    return bavail * bsize >= ROOM && !isClosed;
  } catch {
    return false;
  }
}
