/** The posts of the best chain, one by one, as their blocks join it and leave it. */
import type { ChainStep, Post } from './follow.ts';

/** Which posts to follow: all fields that are given must match, byte for byte. */
export interface FollowedPosts {
  /** Name of the author. */
  author?: string | undefined;
  /** Key of the author, 64 lower-case hex digits. */
  publicKey?: string | undefined;
  /** One of the post's topics. */
  topic?: string | undefined;
  /** Id of the post that is answered, 64 lower-case hex digits. */
  replyTo?: string | undefined;
}

/** A post that has joined the best chain with its block, or left it. */
export interface PostStep {
  kind: ChainStep['kind'];
  post: Post;
  block: Omit<ChainStep['block'], 'transactions'>;
  /**
   * Keep this cursor when the post is dealt with, to go on from there another time. Until the last post of a block the cursor
   * is the one before the block: none of the block's posts can be missed then, and earlier ones of the block come again.
   */
  cursor: string;
}

/** @param start cursor where the steps begin. */
export async function* postsOf(
  start: string,
  steps: AsyncGenerator<ChainStep, never>,
  wanted: FollowedPosts,
): AsyncGenerator<PostStep, never> {
  let before = start;
  for await (const step of steps) {
    const { transactions, ...block } = step.block;
    const posts = transactions.filter((post) => isWanted(post, wanted));
    // Posts leave the chain in the opposite order.
    if (step.kind === 'DETACHED') posts.reverse();
    for (const [i, post] of posts.entries()) {
      yield { kind: step.kind, post, block, cursor: i === posts.length - 1 ? step.cursor : before };
    }
    before = step.cursor;
  }
  throw new Error('following has no end');
}

function isWanted(post: Post, { author, publicKey, topic, replyTo }: FollowedPosts): boolean {
  return (
    (author === undefined || post.author === author) &&
    (publicKey === undefined || post.publicKey === publicKey) &&
    (topic === undefined || post.topics.includes(topic)) &&
    (replyTo === undefined || post.replyTo === replyTo)
  );
}
