/** The best chain, step by step: what a lost connection missed, the next one replays. */
import { MORE_POSTS, STEPS, TIP } from './documents.ts';
import { ClientError } from './errors.ts';
import type { ClientStepsSubscription, FollowedPostFragment } from './generated/graphql.ts';
import { type Node, request } from './request.ts';
import { type ResumeOptions, resume } from './resume.ts';
import { stream } from './stream.ts';

/** A post as `follow` tells of it. `content` is null when the node does not have the text or does not serve it. */
export type Post = FollowedPostFragment;

type Edge = ClientStepsSubscription['chainChanged'];

/** A block that has joined the best chain, or left it. */
export interface ChainStep {
  /** Where the chain stands after this step. All that a follower has to keep, to go on from here at any time. */
  cursor: string;
  kind: Edge['kind'];
  block: Omit<Edge['node'], 'transactions'> & {
    /** All posts of the block, in their order. */
    transactions: readonly Post[];
  };
}

/** The last block of the best chain. */
export interface Tip {
  /** For `follow({ after })`: what comes on top of this block. */
  cursor: string;
  hash: string;
  height: number;
}

/** Blocks of at most a mebibyte each; a reader who lets more of them wait is sent the rest later. */
const MAX_WAITING = 64;

/** Asks the node for the tip. @throws ClientError; the signal's reason. */
export async function readTip(node: Node, signal?: AbortSignal): Promise<Tip> {
  const { chain } = await request(node, TIP, {}, { signal });
  const [edge] = chain.edges;
  if (!edge) throw new ClientError('NOT_A_NODE', `${node.url} has a chain without a block`);
  return { cursor: edge.cursor, ...edge.node };
}

/** Every step after the cursor, without a gap or a repeat, until the signal aborts. */
export async function* follow(
  node: Node,
  after: string | undefined,
  options: ResumeOptions,
): AsyncGenerator<ChainStep, never> {
  const { signal } = options;
  let cursor = after ?? (await readTip(node, signal)).cursor;

  async function* steps(): AsyncGenerator<ChainStep> {
    for await (const { chainChanged } of stream(node, STEPS, { after: cursor }, { signal, maxWaiting: MAX_WAITING })) {
      const step = await wholeStep(node, chainChanged, signal);
      cursor = step.cursor;
      yield step;
    }
  }

  /** A reader that was too slow subscribes again from its own cursor, and so misses nothing. */
  async function* atItsOwnPace(): AsyncGenerator<ChainStep> {
    for (let isSlow = true; isSlow; ) {
      isSlow = false;
      try {
        yield* steps();
      } catch (error) {
        if (!(error instanceof ClientError && error.code === 'READER_TOO_SLOW')) throw error;
        isSlow = true;
      }
    }
  }

  return yield* resume(atItsOwnPace, options);
}

/** Adds the posts of a large block that are beyond its first page, which came with the block. */
async function wholeStep(node: Node, { cursor, kind, node: block }: Edge, signal: AbortSignal): Promise<ChainStep> {
  const posts = [...block.transactions.nodes];
  let { hasNextPage, endCursor } = block.transactions.pageInfo;
  while (hasNextPage) {
    const page = await request(node, MORE_POSTS, { hash: block.hash, after: endCursor }, { signal });
    if (!page.block) throw new ClientError('UNREACHABLE', `the node does not hold block ${block.hash} any more`);
    posts.push(...page.block.transactions.nodes);
    ({ hasNextPage, endCursor } = page.block.transactions.pageInfo);
  }
  return { cursor, kind, block: { ...block, transactions: posts } };
}
