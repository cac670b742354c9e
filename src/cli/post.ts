/** `stele post`: signed by the node's own key for the author. */
import type { Command } from 'commander';
import type { Flags } from '../options/table.ts';
import { addClientOptions, type Context, clientFor, postId, print, readText } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, collect } from './flags.ts';
import { graphql } from './generated/gql.ts';
import type { PostMutationVariables } from './generated/graphql.ts';
import { describePost } from './posts.ts';
import { makeSeal } from './reveal.ts';
import { shellWord, visible } from './text.ts';

const POST = graphql(`
  mutation Post($input: PostInput!) {
    post(input: $input) {
      transaction {
        ...PostLine
      }
      isRecoveryHere
      status {
        state
        reason
        message
      }
    }
  }
`);

export function addPost(program: Command, context: Context): void {
  const command = program
    .command('post')
    .description("post a text, signed by the node's own key for the author (operator)")
    .argument('<author>', 'the name to post under; a new name gets a new key')
    .argument('<content>', 'the text; - reads it from standard input')
    .option('--topic <topic>', 'a topic; may be given several times', collect)
    .option('--reply-to <id>', 'the post that this one answers')
    .option('--supersedes <id>', 'the post of the same name that this one replaces, as a new version')
    .option('--seal <file>', 'keep the text secret, to be opened by `stele reveal` with this file, which is made now');
  addExamples(
    addClientOptions(command),
    'stele post alice "Hello, stone." --topic greetings --topic first',
    'echo "A longer text" | stele post alice -',
    'stele post alice "It will rain on Sunday." --seal prediction.json',
  );
  command.action((author: string, content: string, flags: Flags) => post(context, author, content, flags));
}

async function post(context: Context, author: string, content: string, flags: Flags): Promise<void> {
  const text = content === '-' ? (await readText(context.io.stdin)).replace(/\r?\n$/, '') : content;
  const seal = typeof flags.seal === 'string' ? await makeSeal(flags.seal, author, text) : null;
  const input = {
    // Blanks at the ends come from the clipboard, and the pool refuses them.
    author: author.trim(),
    content: text,
    topics: (flags.topic as string[] | undefined) ?? [],
    replyTo: typeof flags.replyTo === 'string' ? postId(flags.replyTo) : null,
    supersedes: typeof flags.supersedes === 'string' ? postId(flags.supersedes) : null,
    sealWith: seal?.salt ?? null,
  };
  await handIn(context, flags, input, seal);
}

/**
 * Has the node sign and take a post, and tells what became of it.
 * @param seal of a text that is kept secret.
 * @throws Failure when the post is refused.
 */
export async function handIn(
  context: Context,
  flags: Flags,
  input: PostMutationVariables['input'],
  seal: Awaited<ReturnType<typeof makeSeal>> | null = null,
): Promise<void> {
  // Where no answer comes, the post may have been taken: the file of the seal stays.
  const { post: result } = await clientFor(context, flags).request(POST, { input });
  const { transaction, status } = result;
  if (transaction) {
    await seal?.keep(transaction.id);
    return print(context, flags, result, () => describePost(transaction) + recoveryNote(input.author, result));
  }
  await seal?.discard();
  if (flags.json) print(context, flags, result, String);
  throw new Failure(`Refused: ${visible(status.message ?? '')} (${status.reason})`);
}

/** Until the recovery file is taken, the name is as safe as this one machine. */
function recoveryNote(author: string, { isRecoveryHere }: { isRecoveryHere: boolean }): string {
  if (!isRecoveryHere) return '';
  return `Take the file that saves ${visible(author)} when its key is lost or stolen: stele keys recovery ${shellWord(author)} -o FILE\n`;
}
