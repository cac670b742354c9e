/** Processor time of other processes, as Linux tells it. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of the kernel's clock in a second, on every Linux. */
const TICKS = 100;

/** Seconds of a process, of its children that have ended, and of those that run. */
export function processorSeconds(pid: number | 'self'): number {
  const { own, ended, pid: id } = readStat(String(pid));
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [readStat(name)];
      } catch {
        // The process has ended since it was listed.
        return [];
      }
    });
  return (own + ended) / TICKS + children.filter(({ parent }) => parent === id).reduce(add, 0);
}

const add = (sum: number, { own, ended }: Stat) => sum + (own + ended) / TICKS;

/** Seconds of the children of this process that have ended. */
export function endedChildrenSeconds(): number {
  return readStat('self').ended / TICKS;
}

interface Stat {
  pid: number;
  parent: number;
  /** Ticks. */
  own: number;
  ended: number;
}

/** See proc(5). A program's name may hold spaces, and ends with the last bracket. */
function readStat(pid: string): Stat {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const at = (field: number) => fields[field - 3] as number;
  return { pid: Number.parseInt(text, 10), parent: at(4), own: at(14) + at(15), ended: at(16) + at(17) };
}
