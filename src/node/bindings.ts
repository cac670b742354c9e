/** Native modules are made for one version of Node. Under another one they fail in the middle of something else. */
import { UsageError } from '../options/table.ts';
import { loadSqlite } from '../store/sqlite/binding.ts';

/** @throws UsageError naming the way out, when a native module does not run here. */
export async function checkBindings(): Promise<void> {
  try {
    loadSqlite();
    await import('sodium-native');
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new UsageError(
      `A native module does not run under Node ${process.version} (${why}): make it anew with \`npm rebuild\`, where the program is installed.`,
      { cause: error },
    );
  }
}
