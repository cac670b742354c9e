/** Which programs of this user have which sockets, as `/proc` tells it. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { geteuid } from 'node:process';
import { Latest } from './latest.ts';

export interface Program {
  /** The program's name, cut to 15 characters by the system. */
  name: string;
  /** Inodes of all sockets that it has open. */
  sockets: ReadonlySet<number>;
}

/** Milliseconds of a turn of the event loop: a desktop has hundreds of programs. */
const SLICE = 5;

const programs = new Latest(async () => {
  const found: Program[] = [];
  let until = performance.now() + SLICE;
  for (const pid of attempt(() => readdirSync('/proc')) ?? []) {
    if (!/^\d+$/.test(pid)) continue;
    const program = attempt(() => readProgram(`/proc/${pid}`));
    if (program) found.push(program);
    if (performance.now() < until) continue;
    await new Promise(setImmediate);
    until = performance.now() + SLICE;
  }
  return found;
});

/**
 * The programs that have a socket open: a socket may be shared with the programs that it was handed on to.
 * @param since see {@link Latest.get}.
 */
export async function holdersOf(inode: number, since: number): Promise<Program[]> {
  return (await programs.get(since)).filter(({ sockets }) => sockets.has(inode));
}

/** Null when the program is another user's. Throws when it has ended, or is closed to others (as sshd is). */
function readProgram(directory: string): Program | null {
  if (statSync(directory).uid !== geteuid?.()) return null;
  const sockets = new Set<number>();
  for (const fd of readdirSync(`${directory}/fd`)) {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(attempt(() => readlinkSync(`${directory}/fd/${fd}`)) ?? '') ?? [];
    if (inode !== undefined) sockets.add(Number(inode));
  }
  return sockets.size === 0 ? null : { name: readFileSync(`${directory}/comm`, 'utf8').trim(), sockets };
}

function attempt<Result>(act: () => Result): Result | null {
  try {
    return act();
  } catch {
    return null;
  }
}
