import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../../src/domain/bytes.ts';
import { bindName, type KeyBinding, successorOf } from '../../src/domain/names.ts';
import { ALICE, BOB, reasonOf, seedToSigner } from './fixtures.ts';

const CAROL = seedToSigner('ca'.repeat(32));
const keys = { A: ALICE.publicKey, B: BOB.publicKey, C: CAROL.publicKey };
type Label = keyof typeof keys;

/** `A>B`: signed by A, naming B as successor; `A`: naming nobody. */
function claim(text: string) {
  const [signer, successor] = text.split('>') as [Label, Label | undefined];
  return { author: 'name', publicKey: keys[signer], successor: successor ? successorOf(keys[successor]) : null };
}

function describeBinding({ publicKey, successor }: KeyBinding): string {
  const labels = Object.keys(keys) as Label[];
  const heir = labels.find((label) => successorOf(keys[label]) === successor);
  return labels.find((label) => keys[label] === publicKey) + (heir ? `>${heir}` : '');
}

/** What the posts leave the name bound to, or the number of the first that is refused. */
function bindAll(posts: string): string {
  let bound: KeyBinding | undefined;
  for (const [i, post] of posts.split(' ').entries()) {
    const before = bound;
    if (reasonOf(() => bindName(before, claim(post))) === 'name-taken') return `${i + 1} is taken`;
    bound = bindName(before, claim(post));
  }
  return bound ? describeBinding(bound) : '';
}

describe('the owner of a name', () => {
  it.each([
    ['A', 'A'],
    ['A>B', 'A>B'],
    ['A B', '2 is taken'],
    ['A>B B', 'B'],
    ['A>B B>C', 'B>C'],
    ['A>B B>C C', 'C'],
    ['A>B C', '2 is taken'],
    // The old key is void, and so is what it says of a successor after its first post.
    ['A>B B A', '3 is taken'],
    ['A>B A>C', 'A>B'],
    ['A>B A>C C', '3 is taken'],
    ['A>B A>C B', 'B'],
    ['A A>B B', '3 is taken'],
    ['A>B B B>C C', '4 is taken'],
    // A successor of its own: nobody else follows.
    ['A>A', 'A>A'],
    ['A>A A>B B', '3 is taken'],
    ['A>B B>B B>C C', '4 is taken'],
    // Back again.
    ['A>B B>A A>C C', 'C'],
  ])('%s: %s', (posts, end) => {
    expect(bindAll(posts)).toBe(end);
  });

  it('a post that binds nothing leaves the binding unchanged', () => {
    const bound = bindName(undefined, claim('A>B'));
    expect(bindName(bound, claim('A>C'))).toBe(bound);
  });

  it('a successor is the SHA-256 of the 32 bytes of a key', () => {
    expect(successorOf('00'.repeat(32))).toBe('66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925');
    expect(hexToBytes(successorOf(ALICE.publicKey))).toHaveLength(32);
  });
});
