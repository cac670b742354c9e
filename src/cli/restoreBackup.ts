/** `stele restore FILE`: a data directory from a backup. */
import { resolve } from 'node:path';
import { dataOptions } from '../options/config.ts';
import type { Flags } from '../options/table.ts';
import { describeBackup } from './backup.ts';
import { type Context, print } from './context.ts';

/** Runs `stele restore`: makes a data directory of a backup, and prints what it holds. */
export async function restoreBackup(context: Context, given: string, flags: Flags): Promise<void> {
  const { io, dependencies } = context;
  const file = resolve(given);
  const { dataDir, genesis } = dataOptions(flags, io.environment);
  const facts = await dependencies.restoreBackup({ dataDir, genesis, file, isUnverified: false });
  const keys = facts.hasKeys ? ' The keys are sealed: start the node with their passphrase.' : '';
  print(context, flags, { dataDir, ...facts }, () => `${dataDir}: restored from ${describeBackup(facts)}.${keys}\n`);
}
