/** The commands, put together. */
import type { Command } from 'commander';
import { addAcceptBranch } from './acceptBranch.ts';
import { addArchive } from './archive.ts';
import { addBackup } from './backup.ts';
import { addCompletion } from './completion.ts';
import type { Context } from './context.ts';
import { addExport } from './export.ts';
import { addExamples } from './flags.ts';
import { addFound } from './found.ts';
import { addImport } from './import.ts';
import { addKeys } from './keys.ts';
import { addListing, addVerifyListing } from './listing.ts';
import { addMine } from './mine.ts';
import { addAddPeer, addPeers, addRemovePeer, addResync } from './peers.ts';
import { addPost } from './post.ts';
import { addReceipt } from './receipt.ts';
import { addReveal } from './reveal.ts';
import { addServe } from './serve.ts';
import { addShow } from './show.ts';
import { addStamp } from './stamp.ts';
import { addStart } from './start.ts';
import { TextCommand } from './textCommand.ts';
import { addVerify } from './verify.ts';
import { addVerifyReceipt } from './verifyReceipt.ts';
import { addWatch } from './watch.ts';
import { addWithhold } from './withhold.ts';

export function buildProgram(context: Context): Command {
  const { io, dependencies } = context;
  const program = new TextCommand('stele')
    .description('A public board of signed posts that nobody can quietly rewrite.')
    .version(dependencies.version)
    .showHelpAfterError('(--help shows how)')
    // Errors are thrown to `run`, which turns them into exit codes. Settings like these go to the commands added below.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHasColors: () => io.stdout.isTTY === true,
      getErrHasColors: () => io.stderr.isTTY === true,
    });
  addExamples(program, 'stele start', 'stele post alice "Hello, stone."', 'stele mine', 'stele watch');
  const adders = [
    ...[addStart, addPost, addReveal, addMine, addShow, addWatch, addKeys, addFound, addExport, addImport, addVerify],
    ...[addBackup, addArchive, addServe],
    ...[addPeers, addAddPeer, addRemovePeer, addResync, addAcceptBranch],
    ...[addStamp, addReceipt, addVerifyReceipt, addListing, addVerifyListing, addWithhold, addCompletion],
  ];
  for (const add of adders) add(program, context);
  return program;
}
