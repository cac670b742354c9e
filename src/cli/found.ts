/** `stele found`: a network of one's own, as a file with its genesis block mined. */
import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { decodeCompact } from '../domain/compact.ts';
import { encodeHeader } from '../domain/header.ts';
import {
  checkParameters,
  createGenesis,
  genesisHeader,
  type NetworkParameters,
  networkToFile,
} from '../domain/network.ts';
import type { Flags } from '../options/table.ts';
import { positive } from './arguments.ts';
import type { Context } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples } from './flags.ts';
import { startProgress } from './progress.ts';

export function addFound(program: Command, context: Context): void {
  const command = program
    .command('found')
    .description('found a network: mine its genesis block and write its file')
    .requiredOption('--name <name>', '1 to 32 of a-z, 0-9 and "-", starting with a letter')
    .option('--message <text>', 'a text that dates the founding, at most 256 bytes', '')
    .option('--time <seconds>', 'time of the genesis block, seconds since 1970 (default: now)', wholeNumber)
    .addOption(
      new Option('--pow-limit <bits>', 'the easiest target, compact')
        .argParser(wholeNumber)
        .default(0x1e0fffff, '0x1e0fffff'),
    )
    .option('--spacing <seconds>', 'time between blocks to steer towards', positive, 30)
    .option('--half-life <seconds>', 'delay that doubles the target', positive, 3_600)
    .option('--no-retarget', 'keep the easiest target for ever, for tests')
    .option('-o, --output <file>', 'where to write it (default: standard output)');
  addExamples(
    command,
    'stele found --name village --message "Founded today" -o village.json',
    'stele start --network village.json',
  );
  command.action((flags: Flags) => found(context, flags));
}

async function found(context: Context, flags: Flags): Promise<void> {
  const network: NetworkParameters = {
    name: String(flags.name),
    message: String(flags.message),
    time: Number(flags.time ?? Math.floor(context.dependencies.now() / 1000)),
    powLimit: Number(flags.powLimit),
    spacing: Number(flags.spacing),
    halfLife: Number(flags.halfLife),
    retarget: flags.retarget !== false,
  };
  checkParameters(network);
  const nonce = await searchNonce(context, network);
  const text = `${JSON.stringify(networkToFile(createGenesis({ ...network, nonce })), null, 2)}\n`;
  const file = flags.output;
  if (typeof file !== 'string') context.io.stdout.write(text);
  else await writeNew(file, text);
}

async function searchNonce({ io, dependencies }: Context, network: NetworkParameters): Promise<number> {
  const progress = startProgress(io, 'Mining the genesis block, hashes tried:', null);
  try {
    const header = encodeHeader(genesisHeader(network, 0));
    const nonce = await dependencies.search(header, decodeCompact(network.powLimit).value, progress.update);
    if (nonce === null)
      throw new Failure('No nonce gives a genesis block: choose another --time or an easier --pow-limit.');
    return nonce;
  } finally {
    progress.stop();
  }
}

/** A network that is overwritten is lost: its file is its identity. */
async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new Failure(`${file} is there already: choose another name, or remove it first.`);
    throw error;
  });
}

function wholeNumber(text: string): number {
  if (!/^(\d{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text))
    throw new InvalidArgumentError('It must be a whole number, such as 1000 or 0x1e0fffff.');
  return Number(text);
}
