/** `stele watch`: the chain as it grows, live. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { clientOptions, type Flags } from '../config.ts';
import { type Client, createClient } from './client.ts';
import { addClientOptions, type Context } from './context.ts';
import { type ChainEdge, followChain } from './follow.ts';
import { graphql } from './generated/gql.ts';
import type { PostLineFragment } from './generated/graphql.ts';
import { positive } from './mine.ts';
import { addExamples } from './options.ts';
import { describeBlock, describePost } from './posts.ts';
import { paintFor, toJson, visible } from './text.ts';

const NOW = graphql(`
  query WatchFrom {
    chain(first: 1) {
      edges {
        cursor
        node {
          ...BlockLine
        }
      }
    }
  }
`);

const MORE_POSTS = graphql(`
  query MorePosts($hash: Hexadecimal!, $after: String) {
    block(hash: $hash) {
      transactions(first: 100, after: $after) {
        nodes {
          ...PostLine
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export function addWatch(program: Command, context: Context): void {
  const command = program
    .command('watch')
    .description('follow the chain live, blocks that lose included; goes on where it was after a lost connection')
    .option('--after <cursor>', 'begin behind this cursor of an earlier --json line (default: now)')
    .option('--blocks <number>', 'end after so many lines (default: never)', positive);
  addExamples(addClientOptions(command), 'stele watch', 'stele watch --json | jq .block.height');
  command.action((flags: Flags) => watch(context, flags));
}

async function watch(context: Context, flags: Flags): Promise<void> {
  const { io, dependencies } = context;
  const options = clientOptions(flags, io.environment);
  const client = createClient(options);
  // Asked for in any case: a wrong address is found now, and a first connection that is lost early misses nothing.
  const [now] = (await client.request(NOW, {})).chain.edges;
  const after = (flags.after as string | undefined) ?? now?.cursor ?? '';
  const onLost = (why: string, milliseconds: number) =>
    void io.stderr.write(`Lost the node (${visible(why)}); trying again in ${(milliseconds / 1000).toFixed(1)} s.\n`);
  let left = Number(flags.blocks ?? Number.POSITIVE_INFINITY);
  for await (const edge of followChain({ ...options, after, pause: dependencies.pause, onLost })) {
    const posts = await allPosts(client, edge);
    const line = flags.json ? jsonLine(edge, posts) : describeEdge(context, edge, posts);
    // A reader that is slower than the chain holds us back, rather than fill our memory.
    if (!io.stdout.write(line)) await once(io.stdout, 'drain');
    if (--left <= 0) return;
  }
}

/** The first page came with the block; a large block has more. */
async function allPosts(client: Client, { node }: ChainEdge): Promise<readonly PostLineFragment[]> {
  const posts = [...node.transactions.nodes];
  let { hasNextPage, endCursor } = node.transactions.pageInfo;
  while (hasNextPage) {
    const { block } = await client.request(MORE_POSTS, { hash: node.hash, after: endCursor });
    if (!block) break;
    posts.push(...block.transactions.nodes);
    ({ hasNextPage, endCursor } = block.transactions.pageInfo);
  }
  return posts;
}

function jsonLine({ cursor, kind, node }: ChainEdge, transactions: readonly PostLineFragment[]): string {
  return `${toJson({ cursor, kind, block: { ...node, transactions } })}\n`;
}

function describeEdge({ io }: Context, { kind, node }: ChainEdge, posts: readonly PostLineFragment[]): string {
  const paint = paintFor(io.stdout);
  if (kind === 'DETACHED') return `${paint('red', `- ${describeBlock(node)}`)}\n`;
  const shown = posts.map((post) => describePost(post).replace(/^(?=.)/gm, '    '));
  return `${paint('green', `+ ${describeBlock(node)}`)}\n${shown.join('')}`;
}
