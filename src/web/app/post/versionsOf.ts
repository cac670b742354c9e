import type { Post } from '../data/feed/board.ts';

/** The versions of a post as the node gives them, and behind them the post itself while it is pending. */
export const withItself = (post: Post, versions: readonly Post[]): readonly Post[] =>
  versions.some(({ id }) => id === post.id) ? versions : [...versions, post];

/** The version that a version replaces, among the others. */
export const replacedIn = (versions: readonly Post[], { supersedes }: Post): Post | undefined =>
  versions.find(({ id }) => id === supersedes);
