/** `stele keys`: the key file in the data directory, with or without a node beside it. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { keyFromSeed } from '../client/keys.ts';
import { readRecovery, writeRecovery } from '../client/recovery.ts';
import { DATA_OPTIONS, KEY_OPTIONS } from '../options/client.ts';
import { dataOptions, passphraseOption } from '../options/config.ts';
import type { Flags } from '../options/table.ts';
import { type Context, print, readText } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson, addOptions } from './flags.ts';
import type { Keyring } from './ports.ts';
import { shellWord, visible } from './text.ts';

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
  add(
    'import',
    'keep a key that comes on standard input: its seed in 64 hex digits, in 24 words, or the file that the page gives out',
    'stele keys import alice < alice.seed',
  )
    .argument('<name>')
    .option('--password-file <file>', 'file with the password that seals it')
    .action((name: string, flags: Flags) => importKey(context, name, flags));
  addRecovery(add, context);
}

/** The two commands about a name's successor. */
function addRecovery(add: (name: string, description: string, example: string) => Command, context: Context): void {
  add(
    'recovery',
    'write the file that saves a name when its key is lost or stolen; it is given out once, so keep it apart',
    'stele keys recovery alice -o alice-recovery.json',
  )
    .argument('<name>', 'a name of this node; a new one gets its keys now')
    .requiredOption('-o, --output <file>', 'where to write it; a file that exists is left as it is')
    .option('--password-file <file>', 'file with a password that seals it')
    .action((name: string, flags: Flags) => giveRecovery(context, name, flags));
  add(
    'rotate',
    "put a name's successor in the place of its key: the next post takes the name over",
    'stele keys rotate alice --recovery alice-recovery.json',
  )
    .argument('<name>')
    .option('--recovery <file>', 'the recovery file; needed unless it was never given out')
    .option('--password-file <file>', 'file with the password that seals it')
    .option('--replace', 'also when nothing here says that this is the successor; export the old key first')
    .action((name: string, flags: Flags) => rotate(context, name, flags));
}

async function giveRecovery(context: Context, name: string, flags: Flags): Promise<void> {
  const keyring = await open(context, flags);
  await keyring.create(name);
  const seed = keyring.recovery(name);
  if (seed === null) {
    const again = "No second one can be made: a name's successor is decided by its first post.";
    throw new Failure(`The recovery file of ${visible(name)} is not here: it was given out, or never was. ${again}`);
  }
  const output = String(flags.output);
  const key = await keyFromSeed(seed);
  await writeOnce(output, await writeRecovery({ name, key }, await readPassword(flags)));
  // The key is removed only after the file was written, so that a failed write loses nothing.
  keyring.forgetRecovery(name);
  const { publicKey } = key;
  print(
    context,
    flags,
    { name, publicKey, file: output },
    () =>
      `Wrote ${visible(output)}. Keep it apart from this machine: with it, and nothing else, ${visible(name)} can be saved.\n`,
  );
}

async function rotate(context: Context, name: string, flags: Flags): Promise<void> {
  const keyring = await open(context, flags);
  const seed = flags.recovery === undefined ? null : await readSeed(name, String(flags.recovery), flags);
  const { publicKey } = keyring.rotate(name, seed, flags.replace === true);
  print(context, flags, { name, publicKey }, () =>
    [
      `${publicKey}  ${visible(name)}`,
      'Next:',
      `  stele post ${shellWord(name)} "This name has a new key."   takes the name over, and voids the old key`,
      `  stele keys recovery ${shellWord(name)} -o FILE   gives out the file that saves this key`,
      '',
    ].join('\n'),
  );
}

async function readSeed(name: string, file: string, flags: Flags): Promise<string> {
  const recovery = await readRecovery(await readFile(file, 'utf8').catch(unreadable(file)), await readPassword(flags));
  if (recovery.name === name) return recovery.key.exportSeed();
  throw new Failure(`${visible(file)} is for the name ${visible(recovery.name)}.`);
}

/** The password in the file, without the end of its line: blanks belong to it. @throws Failure */
async function readPassword({ passwordFile }: Flags): Promise<string | undefined> {
  if (passwordFile === undefined) return undefined;
  const file = String(passwordFile);
  const password = (await readFile(file, 'utf8').catch(unreadable(file))).replace(/^\ufeff|\r?\n$/g, '');
  if (password === '') throw new Failure(`${visible(file)} is empty: put a password into it.`);
  return password;
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    throw new Failure(`Cannot read ${visible(file)}: ${error instanceof Error ? error.message : String(error)}.`);
  };
}

/** Writes a file that only its owner can read. It is on disk when this returns. */
async function writeOnce(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    const why = error instanceof Error && 'code' in error && error.code === 'EEXIST' ? 'it exists' : String(error);
    throw new Failure(`Cannot write ${visible(file)}: ${why}. Choose another file.`);
  }
}

async function list(context: Context, flags: Flags): Promise<void> {
  print(context, flags, (await open(context, flags)).list(), (keys) => {
    if (keys.length === 0) return 'No keys yet: the first post under a name makes one.\n';
    const note = (isHere: boolean) => (isHere ? '  (recovery file not taken yet)' : '');
    return keys
      .map(({ name, publicKey, isRecoveryHere }) => `${publicKey}  ${visible(name)}${note(isRecoveryHere)}\n`)
      .join('');
  });
}

async function exportKey(context: Context, name: string, flags: Flags): Promise<void> {
  const seed = (await open(context, flags)).export(name);
  if (seed === null) throw new Failure(`There is no key for ${visible(name)}: see \`stele keys list\`.`);
  print(context, flags, { name, seed }, () => `${seed}\n`);
}

async function importKey(context: Context, name: string, flags: Flags): Promise<void> {
  const seed = await seedIn(await readText(context.io.stdin), flags);
  const { publicKey } = (await open(context, flags)).import(name, seed);
  print(context, flags, { name, publicKey }, () => `${publicKey}  ${visible(name)}\n`);
}

/** The seed in a copy of a key. @throws Failure */
async function seedIn(text: string, flags: Flags): Promise<string> {
  const password = (await readPassword(flags)) ?? null;
  // Words and sealing come with the first copy that needs them: no other command does.
  const { readCopy } = await import('../client/copies.ts');
  const reading = await readCopy(text, password);
  if (reading.kind === 'key') return reading.key.seed;
  throw new Failure(COPY_FAULTS[reading.kind]);
}

const COPY_FAULTS = {
  recovery: 'This is a recovery file: `stele keys rotate` takes it.',
  sealed: 'This file is sealed: give its password with --password-file.',
  'wrong-password': 'This is not the password of the file.',
  checksum: 'The words do not fit together: one of them is wrong, or they stand in another order.',
  malformed: 'This is no key: 64 hex digits, 24 words, or the file that the page gives out.',
} as const;

function open({ io, dependencies }: Context, flags: Flags): Promise<Keyring> {
  const { dataDir } = dataOptions(flags, io.environment);
  const passphrase = passphraseOption(flags, io.environment);
  return dependencies.openKeyring({ dataDir, passphrase, warn: (message) => io.stderr.write(`${message}\n`) });
}
