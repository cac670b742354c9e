/** `stele keys`: the key file in the data directory, with or without a node beside it. */
import type { Command } from 'commander';
import { dataOptions, type Flags, passphraseOption } from '../config.ts';
import { DATA_OPTIONS, KEY_OPTIONS } from '../options.ts';
import { type Context, print, readText } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson, addOptions } from './options.ts';
import type { Keyring } from './ports.ts';
import { visible } from './text.ts';

export function addKeys(program: Command, context: Context): void {
  const keys = program.command('keys').description("the node's own keys, in the file keys.json of its data directory");
  addExamples(keys, 'stele keys list', 'stele keys export alice > alice.seed', 'stele keys import alice < alice.seed');
  const add = (name: string, description: string, example: string) => {
    const command = keys.command(name).description(description);
    return addExamples(addJson(addOptions(addOptions(command, DATA_OPTIONS), KEY_OPTIONS)), example);
  };
  add('list', 'names and their public keys', 'stele keys list').action((flags: Flags) => list(context, flags));
  add(
    'export',
    "print the seed of a name's key: whoever has it can sign as that name",
    'stele keys export alice > alice.seed',
  )
    .argument('<name>')
    .action((name: string, flags: Flags) => exportKey(context, name, flags));
  add('import', 'keep a key whose seed (64 hex digits) comes on standard input', 'stele keys import alice < alice.seed')
    .argument('<name>')
    .action((name: string, flags: Flags) => importKey(context, name, flags));
}

async function list(context: Context, flags: Flags): Promise<void> {
  print(context, flags, (await open(context, flags)).list(), (keys) => {
    if (keys.length === 0) return 'No keys yet: the first post under a name makes one.\n';
    return keys.map(({ name, publicKey }) => `${publicKey}  ${visible(name)}\n`).join('');
  });
}

async function exportKey(context: Context, name: string, flags: Flags): Promise<void> {
  const seed = (await open(context, flags)).export(name);
  if (seed === null) throw new Failure(`There is no key for ${visible(name)}: see \`stele keys list\`.`);
  print(context, flags, { name, seed }, () => `${seed}\n`);
}

async function importKey(context: Context, name: string, flags: Flags): Promise<void> {
  const seed = (await readText(context.io.stdin)).trim();
  const { publicKey } = (await open(context, flags)).import(name, seed);
  print(context, flags, { name, publicKey }, () => `${publicKey}  ${visible(name)}\n`);
}

function open({ io, dependencies }: Context, flags: Flags): Promise<Keyring> {
  const { dataDir } = dataOptions(flags, io.environment);
  const passphrase = passphraseOption(flags, io.environment);
  return dependencies.openKeyring({ dataDir, passphrase, warn: (message) => io.stderr.write(`${message}\n`) });
}
