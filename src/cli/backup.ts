/** `stele backup`: everything a node keeps, in one file, beside the running node. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { DATA_OPTIONS, KEY_OPTIONS } from '../options/client.ts';
import { dataOptions, passphraseOption } from '../options/config.ts';
import type { Flags } from '../options/table.ts';
import { type Context, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson, addOptions } from './flags.ts';
import type { BackupFacts } from './ports.ts';
import { startProgress } from './progress.ts';
import { count } from './text.ts';

export function addBackup(program: Command, context: Context): void {
  const command = program
    .command('backup')
    .description('copy chain, pool, names, decisions and peers into one file, beside a running node or without one')
    .requiredOption('-o, --output <file>', 'where to write it; a file of that name is replaced')
    .option('--with-keys', 'put the keys into it, too: sealed, with the passphrase if they are not', false)
    .option(
      '--public',
      'leave out what concerns this node alone, for others to start from: see `start --snapshot`',
      false,
    );
  addExamples(
    addJson(addOptions(addOptions(command, DATA_OPTIONS), KEY_OPTIONS)),
    'stele backup -o stele.backup',
    'stele backup -o stele.backup --with-keys --passphrase-file secret.txt',
    'stele backup --public -o snapshot.stele',
  );
  command.action((flags: Flags) => backup(context, flags));
}

async function backup(context: Context, flags: Flags): Promise<void> {
  const { io, dependencies } = context;
  const [isPublic, withKeys] = [flags.public === true, flags.withKeys === true];
  if (isPublic && withKeys) throw new Failure('A public backup holds no keys: leave out --public or --with-keys.');
  const file = resolve(String(flags.output));
  const progress = startProgress(io, 'Copying, pages', 0);
  try {
    const facts = await dependencies.backUp({
      ...dataOptions(flags, io.environment),
      file,
      isPublic,
      withKeys,
      passphrase: passphraseOption(flags, io.environment),
      onProgress: progress.update,
    });
    progress.stop();
    print(context, flags, { file, ...facts }, () => `${file}: ${describeBackup(facts)}.\n`);
  } finally {
    progress.stop();
  }
}

export function describeBackup({ height, hash, posts, isPublic, hasKeys }: BackupFacts): string {
  const what = isPublic ? 'a public snapshot' : `a backup ${hasKeys ? 'with' : 'without'} keys`;
  return `${what} of height ${height}, ${count(posts, 'post')}, block ${hash}`;
}
