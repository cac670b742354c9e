/** Posts of the feed and their places, for tests. */
import type { Place, Post } from '../../../../../src/web/app/data/feed/board.ts';

export const post = (id: string, place: Place | null = null): Post => ({
  id,
  author: 'Ada',
  publicKey: '00'.repeat(32),
  timestamp: 0,
  topics: [],
  size: 1,
  content: id,
  contentState: 'HERE',
  salt: null,
  signature: '',
  statement: '',
  work: 0,
  replyTo: null,
  supersedes: null,
  supersededBy: null,
  withheld: null,
  block: place,
  position: place?.position ?? null,
  parent: null,
  replies: { totalCount: 0 },
});

export const at = (height: number, position = 0): Place => ({ hash: `hash ${height}`, height, time: '', position });
