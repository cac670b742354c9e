/** Sealed posts: `stele post --seal FILE` keeps what opens the post in a file, `stele reveal FILE` opens it. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { bytesToHex } from '../domain/bytes.ts';
import { SALT_BYTES } from '../domain/transaction.ts';
import type { Flags } from '../options/table.ts';
import { addClientOptions, type Context, clientFor, postId, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples } from './flags.ts';
import { graphql } from './generated/gql.ts';
import { describePost } from './posts.ts';

const REVEAL = graphql(`
  mutation Reveal($input: RevealInput!) {
    reveal(input: $input) {
      outcome
      transaction {
        ...PostLine
      }
    }
  }
`);

/** The content and salt that open a sealed post. Without them the post stays sealed for ever. */
interface OpeningFile {
  format: 'stele-opening';
  /** Null from before the post is sent until a node has answered. */
  id: string | null;
  author: string;
  content: string;
  salt: string;
}

/** A file that is on disk before the post that it opens is sent anywhere. */
export interface Seal {
  salt: string;
  /** The post is taken, under this id. */
  keep(id: string): Promise<void>;
  /** The post was refused: nothing is sealed. */
  discard(): Promise<void>;
}

export async function makeSeal(path: string, author: string, content: string): Promise<Seal> {
  const opening: OpeningFile = {
    format: 'stele-opening',
    id: null,
    author,
    content,
    salt: bytesToHex(randomBytes(SALT_BYTES)),
  };
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new Failure(`${path} exists: it may open another post, so it stays.`) : error;
  });
  async function write(id: string | null): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify({ ...opening, id }, null, 2)}\n`);
    await file.write(bytes, 0, bytes.length, 0);
    await file.sync();
  }
  await write(null);
  return {
    salt: opening.salt,
    keep: (id) => write(id).finally(() => file.close()),
    async discard() {
      await file.close();
      await rm(path);
    },
  };
}

export function addReveal(program: Command, context: Context): void {
  const command = program
    .command('reveal')
    .description('open a sealed post: its text becomes public, on this node and all others')
    .argument('<file>', 'the file that `post --seal` wrote')
    .option('--id <id>', 'the post, where the file does not know it yet');
  addExamples(addClientOptions(command), 'stele reveal prediction.json');
  command.action((file: string, flags: Flags) => reveal(context, file, flags));
}

async function reveal(context: Context, file: string, flags: Flags): Promise<void> {
  const { content, salt, id: kept } = await readOpening(file);
  const given = (flags.id as string | undefined) ?? kept;
  if (given === null) throw new Failure(`${file} does not know the id of its post: give it with --id.`);
  const id = postId(given);
  const { reveal: result } = await clientFor(context, flags).request(REVEAL, { input: { id, content, salt } });
  print(context, flags, result, ({ outcome, transaction }) => `${OUTCOMES[outcome]}\n${describePost(transaction)}`);
}

const OUTCOMES = {
  REVEALED: 'Revealed.',
  ALREADY_HERE: 'Revealed before.',
  WITHHELD: 'Right, and not shown: the operator of this node withholds it. Other nodes may show it.',
};

async function readOpening(file: string): Promise<OpeningFile> {
  try {
    const opening = JSON.parse((await readFile(file, 'utf8')).replace(/^\ufeff/, '')) as Partial<OpeningFile> | null;
    if (opening?.format === 'stele-opening') return { id: null, ...opening } as OpeningFile;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Failure(`${file} is no file that \`stele post --seal\` wrote.`);
}
