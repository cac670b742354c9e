/** `stele archive`: keeps a copy of a node's board in PostgreSQL, for `stele serve`. */
import type { Command } from 'commander';
import { ARCHIVE_OPTIONS, type ArchiveOptions, archiveOptions } from '../options/scale.ts';
import type { Flags } from '../options/table.ts';
import { type Context, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson, addOptions } from './flags.ts';
import { startProgress } from './progress.ts';
import { drawSync } from './start.ts';
import { aligned, count, visible } from './text.ts';

export function addArchive(program: Command, context: Context): void {
  const command = program
    .command('archive')
    .description('keep a copy of the board in PostgreSQL, for any number of `stele serve`')
    .option('--verify', 'compare the copy with the node and check every rule; exit code 1 when anything is wrong');
  addJson(addOptions(command, ARCHIVE_OPTIONS));
  addExamples(
    command,
    'stele archive --upstream http://127.0.0.1:4000 --database-url postgresql://127.0.0.1/stele',
    'stele archive --verify',
  );
  command.action((flags: Flags) => {
    const options = archiveOptions(flags, context.io.environment);
    return flags.verify ? verify(context, flags, options) : run(context, flags, options);
  });
}

async function run(context: Context, flags: Flags, options: ArchiveOptions): Promise<void> {
  const { io, dependencies } = context;
  const stopped = dependencies.stopped();
  const archive = await dependencies.startArchive(options);
  const { genesis, upstreams } = options;
  print(context, flags, { url: archive.url, network: genesis.network.name, upstreams }, ({ url, network }) => {
    const rows = aligned([
      ['  Nodes', upstreams.join(' ')],
      ['  State', new URL('/ready', url).href],
    ]);
    return `Stele archives the network ${network}.\n${rows}Ctrl+C stops it.\n`;
  });
  const stopDrawing = drawSync(io, archive, 'Archiving');
  try {
    await Promise.race([stopped, archive.failed]);
  } finally {
    stopDrawing();
    await archive.close();
  }
}

async function verify(context: Context, flags: Flags, options: ArchiveOptions): Promise<void> {
  const progress = startProgress(context.io, 'Verifying', null);
  const report = await context.dependencies
    .verifyArchive(options, (height, total) => progress.update(height, total))
    .finally(() => progress.stop());
  print(context, flags, report, ({ blocks, transactions, tip, faults }) => {
    const lines = faults.map((fault) => visible(fault));
    const what = `${count(blocks, 'block')} and ${count(transactions, 'post')}, up to ${tip}`;
    return [...lines, faults.length > 0 ? `Checked ${what}.` : `The copy is the node's: ${what}.`, ''].join('\n');
  });
  if (report.faults.length > 0)
    throw new Failure(`${count(report.faults.length, 'fault')}: the copy is not the node's.`);
}
