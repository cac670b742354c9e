import { describe, expect, it } from 'vitest';
import { Board, type Place } from '../../../../../src/web/app/data/feed/board.ts';
import { at, post } from './posts.ts';

/** A board with two posts in each of the blocks 1 and 2, and one pending. */
function filled(): Board {
  const board = new Board();
  const mined = (id: string, place: Place) => post(id, place);
  board.append([mined('2b', at(2, 1)), mined('2a', at(2, 0))], 'page 1');
  board.append([mined('1b', at(1, 1)), mined('1a', at(1, 0))], 'page 2');
  board.showPending(post('p'));
  return board;
}

it('a board knows which of its posts are replaced by others', () => {
  const board = filled();
  board.showPending({ ...post('q'), supersedes: '1a' });
  board.showPending({ ...post('r'), supersedes: 'elsewhere' });
  expect(board.replacedBy(['q', 'r', 'p', 'unknown'])).toEqual(['1a']);
});

describe('the order of a board', () => {
  it('is: pending posts, then the newest block first, and within a block the last post first', () => {
    expect(filled().shown).toEqual(['p', '2b', '2a', '1b', '1a']);
  });

  it('follows posts into blocks and out of them', () => {
    const board = filled();
    board.showPending(post('q'));
    expect(board.shown.slice(0, 2)).toEqual(['q', 'p']);
    expect(board.attach('p', at(3))).toBe(true);
    expect(board.shown.slice(0, 3)).toEqual(['q', 'p', '2b']);
    board.detach('hash 2');
    for (const id of ['2b', '2a']) {
      expect(board.get(id)).toMatchObject({ place: null, note: { kind: 'detached' } });
    }
    // They arrived before the other.
    expect(board.shown).toEqual(['q', '2a', '2b', 'p', '1b', '1a']);
    expect(board.attach('unknown', at(3))).toBe(false);
  });

  it('keeps a dropped post with the reason, until it is pending again', () => {
    const board = filled();
    board.drop('p', 'too old');
    board.drop('2a', 'on the chain, and so not dropped');
    expect(board.get('p')?.note).toEqual({ kind: 'dropped', why: 'too old' });
    expect(board.get('2a')?.note).toBeNull();
    expect(board.pendingIds()).toEqual([]);
    board.showPending(post('p'));
    expect(board.pendingIds()).toEqual(['p']);
  });
});

describe('a board that is held still', () => {
  it('changes only the states of posts, and lets new posts wait', () => {
    const board = filled();
    board.hold(true);
    board.showPending(post('q'));
    board.showMined(post('r'), at(3));
    board.attach('p', at(3, 1));
    board.detach('hash 1');
    expect(board.shown).toEqual(['p', '2b', '2a', '1b', '1a']);
    expect(board.waiting).toBe(2);
    expect(board.get('p')?.place?.height).toBe(3);
    board.hold(false);
    expect(board.waiting).toBe(0);
    expect(board.shown).toEqual(['q', '1a', '1b', 'p', 'r', '2b', '2a']);
  });

  it('still takes older posts at the end', () => {
    const board = filled();
    board.hold(true);
    board.showPending(post('q'));
    board.append([post('0', at(0))], 'page 3');
    board.append([post('0', at(0))], 'page 3');
    expect(board.shown.slice(-2)).toEqual(['1a', '0']);
    expect(board.waiting).toBe(1);
  });
});

describe('posts far from the view', () => {
  it('lose texts that can be read again, and get them back', () => {
    const board = filled();
    board.append([post('x', at(0))], undefined);
    board.evict(0, 1);
    expect(board.shown.map((id) => board.get(id)?.post?.id)).toEqual(['p', '2b', undefined, undefined, undefined, 'x']);
    board.refill([post('1a', at(1, 0)), post('unknown')]);
    expect(board.get('1a')).toMatchObject({ post: { id: '1a' }, place: at(1, 0) });
    expect(board.size).toBe(6);
  });
});
