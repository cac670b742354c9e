import { afterEach, expect, it, vi } from 'vitest';
import { Board } from '../../../../../src/web/app/data/feed/board.ts';
import { PendingPosts } from '../../../../../src/web/app/data/feed/pendingPosts.ts';
import { at, post } from './posts.ts';

afterEach(() => vi.unstubAllGlobals());

it('a post whose place was told while its fate is asked keeps that place, and of no such post is the fate asked', async () => {
  const board = new Board();
  for (const id of ['a', 'b', 'c']) board.showPending(post(id));
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (_: unknown, { body }: { body: string }) => {
    const { id } = JSON.parse(body).variables;
    const nothing = { nodes: [], pageInfo: { hasNextPage: false } };
    if (id === undefined) return Response.json({ data: { pendingTransactions: nothing } });
    asked.push(id);
    if (id === 'b') for (const [position, told] of ['b', 'c'].entries()) board.attach(told, at(3, 6 + position));
    const { position: _position, ...block } = at(3);
    return Response.json({ data: { transactionStatus: { state: 'INCLUDED', message: null, block } } });
  });
  await new PendingPosts(board, () => {}).read();
  expect(asked).toEqual(['a', 'b']);
  expect(['a', 'b', 'c'].map((id) => board.get(id)?.place)).toEqual([at(3, 0), at(3, 6), at(3, 7)]);
});
