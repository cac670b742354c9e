import { expect, test } from 'vitest';
import type { ChainStep, Post } from '../../src/client/follow.ts';
import { postsOf } from '../../src/client/followPosts.ts';

const post = (id: string) => ({ id, author: 'ada', topics: [] as string[] }) as unknown as Post;

function step(kind: ChainStep['kind'], cursor: string, ids: string[]): ChainStep {
  return { kind, cursor, block: { hash: cursor, transactions: ids.map(post) } } as unknown as ChainStep;
}

test('detached blocks are reported from the top down, and the cursor is never ahead of the posts', async () => {
  async function* steps(): AsyncGenerator<ChainStep, never> {
    yield step('ATTACHED', 'b', ['1', '2']);
    yield step('DETACHED', 'a', ['1', '2']);
    yield step('ATTACHED', 'empty', []);
    yield step('ATTACHED', 'c', ['2']);
    throw new Error('enough');
  }
  const told: string[] = [];
  const following = (async () => {
    for await (const { kind, post, cursor } of postsOf('a', steps(), {})) told.push(`${kind} ${post.id} ${cursor}`);
  })();
  await expect(following).rejects.toThrow('enough');
  expect(told).toEqual(['ATTACHED 1 a', 'ATTACHED 2 b', 'DETACHED 2 b', 'DETACHED 1 a', 'ATTACHED 2 c']);
});
