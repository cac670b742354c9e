/** The mining kernel in C, where there is a compiler for it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./kernel.c', import.meta.url));
/** What WebAssembly's vectors are made of: SSE 4.1 on x86; elsewhere the compiler's own choice. */
const FLAGS = process.arch === 'x64' ? ['-O3', '-msse4.1'] : ['-O3'];

export const COMPILATION = `cc ${FLAGS.join(' ')}`;

export interface KernelC {
  /** Hashes so many nonces. @returns the milliseconds that it took, and the sum of the hashes' last words. */
  search(first: number, count: number): Promise<{ ms: number; sum: number }>;
  close(): void;
}

/** Null when there is no C compiler here, or none that knows these vectors. */
export function compileKernelC(directory: string): KernelC | null {
  const program = join(directory, 'kernel');
  try {
    execFileSync('cc', [...FLAGS, '-o', program, SOURCE], { stdio: 'pipe' });
  } catch {
    return null;
  }
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> });
  return {
    async search(first, count) {
      const line = nextLine(answers);
      child.stdin?.write(`${first} ${count}\n`);
      const [ns, sum] = (await line).split(' ').map(Number);
      return { ms: (ns as number) / 1e6, sum: sum as number };
    },
    close: () => child.kill(),
  };
}

function nextLine(lines: Interface): Promise<string> {
  return new Promise((resolve) => {
    lines.once('line', resolve);
  });
}
