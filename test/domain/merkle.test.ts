import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHash, type Hash, ZERO_HASH } from '../../src/domain/bytes.ts';
import { merkleBranch, merkleRootOfBranch, merkleTree } from '../../src/domain/merkle.ts';
import { someHash } from './fixtures.ts';

/** Bitcoin's block 170, the first payment: two transactions. */
const BLOCK_170 = {
  ids: [
    'b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082',
    'f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16',
  ],
  root: '7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff',
};

/** Bitcoin's block 100,000: four transactions. */
const BLOCK_100000 = {
  ids: [
    '8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87',
    'fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4',
    '6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4',
    'e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d',
  ],
  root: 'f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766',
};

const [A, B, C, D, E, F] = [1, 2, 3, 4, 5, 6].map(someHash) as [Hash, Hash, Hash, Hash, Hash, Hash];

describe('merkleTree', () => {
  it('of nothing is 32 zero bytes', () => {
    expect(merkleTree([])).toEqual({ root: ZERO_HASH, mutated: false });
  });

  it('of one id is the id', () => {
    expect(merkleTree([A])).toEqual({ root: A, mutated: false });
  });

  it.each([BLOCK_170, BLOCK_100000])('of a real block is its root, $root', ({ ids, root }) => {
    expect(merkleTree(ids)).toEqual({ root, mutated: false });
  });

  it('depends on the order', () => {
    expect(merkleTree([A, B]).root).not.toBe(merkleTree([B, A]).root);
  });

  // CVE-2012-2459: each of the second lists has the root of the first.
  it.each([
    ['the last of three', [A, B, C], [A, B, C, C]],
    ['the last pair of six', [A, B, C, D, E, F], [A, B, C, D, E, F, E, F]],
    ['the last of five, and then what came of it', [A, B, C, D, E], [A, B, C, D, E, E, E, E]],
  ])('tells a list that repeats %s', (_name, ids, mutated) => {
    expect(merkleTree(ids).mutated).toBe(false);
    const tree = merkleTree(mutated);
    expect(tree.mutated).toBe(true);
    expect(tree.root).toBe(merkleTree(ids).root);
  });

  it('finds an equal pair that is not at the end', () => {
    expect(merkleTree([A, A, B]).mutated).toBe(true);
    expect(merkleTree([A, A]).mutated).toBe(true);
  });

  it('accepts an id that occurs twice without an equal pair', () => {
    expect(merkleTree([A, B, A]).mutated).toBe(false);
    expect(merkleTree([A, B, B, C]).mutated).toBe(false);
  });
});

describe('merkleBranch', () => {
  it('of the only leaf is empty', () => {
    expect(merkleBranch([A], 0)).toEqual([]);
    expect(merkleRootOfBranch(A, [])).toBe(A);
  });

  it('of an odd end starts with the leaf itself', () => {
    expect(merkleBranch([A, B, C], 2)[0]).toEqual({ hash: C, left: false });
  });

  it('leads from every leaf of every list to its root, in as many steps as the tree has levels', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHash);
    const ids = fc.array(hash, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(ids, fc.nat(), (list, n) => {
        const at = n % list.length;
        const branch = merkleBranch(list, at);
        expect(branch).toHaveLength(Math.ceil(Math.log2(list.length)));
        expect(merkleRootOfBranch(list[at] as Hash, branch)).toBe(merkleTree(list).root);
      }),
    );
  });

  it('leads to another root from another leaf', () => {
    const { root } = merkleTree([A, B, C, D]);
    expect(merkleRootOfBranch(E, merkleBranch([A, B, C, D], 1))).not.toBe(root);
    expect(merkleRootOfBranch(C, merkleBranch([A, B, C, D], 1))).not.toBe(root);
  });
});
