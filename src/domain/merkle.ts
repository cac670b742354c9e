/**
 * Bitcoin's Merkle tree over transaction ids: SHA-256d of pairs, an odd end paired with itself.
 *
 * The doubling lets two different lists share one root (CVE-2012-2459), so a list that has an equal pair anywhere in
 * the tree, other than the doubled end, counts as mutated and is never accepted.
 */
import { bytesToHash, concatBytes, type Hash, hashToBytes, ZERO_HASH } from './bytes.ts';
import { rule } from './errors.ts';
import { sha256d } from './hash.ts';

/** The root over a list of ids, and whether the list was mutated. */
export interface MerkleTree {
  root: Hash;
  /** True when some level holds an equal pair that doubling did not make. */
  mutated: boolean;
}

/** One step from a leaf to the root: the neighbour, and whether it stands on the left. */
export interface MerkleStep {
  hash: Hash;
  left: boolean;
}

/** The root over the ids in their order; 32 zero bytes for none. */
export function merkleTree(ids: readonly Hash[]): MerkleTree {
  if (ids.length === 0) return { root: ZERO_HASH, mutated: false };
  let level = ids.map(hashToBytes);
  let mutated = false;
  while (level.length > 1) {
    mutated ||= hasEqualPair(level);
    level = parents(level);
  }
  return { root: bytesToHash(level[0] as Uint8Array), mutated };
}

/** The neighbours on the way from the leaf at `index` to the root, lowest first. `index` must be within the list. */
export function merkleBranch(ids: readonly Hash[], index: number): MerkleStep[] {
  const work = merkleBranchInParts(ids, index);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Pairs hashed between two pauses: about a millisecond. */
const PAIRS_A_PART = 64;

/** The same, with a pause after each part of the work, for a caller that has others to serve. */
export function* merkleBranchInParts(ids: readonly Hash[], index: number): Generator<'', MerkleStep[]> {
  const steps: MerkleStep[] = [];
  let level = ids.map(hashToBytes);
  for (let at = index; level.length > 1; at >>>= 1) {
    const neighbour = level[at ^ 1] ?? level[at];
    steps.push({ hash: bytesToHash(neighbour as Uint8Array), left: at % 2 === 1 });
    const above: Uint8Array[] = [];
    for (let first = 0; first < level.length; first += 2 * PAIRS_A_PART) {
      above.push(...parents(level.slice(first, first + 2 * PAIRS_A_PART)));
      yield '';
    }
    level = above;
  }
  return steps;
}

/** The root to which a leaf and its branch lead. */
export function merkleRootOfBranch(id: Hash, branch: readonly MerkleStep[]): Hash {
  let node = hashToBytes(id);
  for (const { hash, left } of branch) {
    const other = hashToBytes(hash);
    node = sha256d(left ? concatBytes(other, node) : concatBytes(node, other));
  }
  return bytesToHash(node);
}

/**
 * Checks that an id stands at a position under a root, the sides following from the position alone. Where the tree
 * doubles an odd end, only the first of the two copies counts, and nothing may stand on the right of it: so under the
 * root of a list that is not mutated, an id has the one position it has there.
 * @throws RuleError `merkle-tree-mutated`, `merkle-root-mismatch`.
 */
export function checkBranch(id: Hash, position: number, branch: readonly Hash[], root: Hash): void {
  let node = id;
  let isEnd = false;
  for (const [level, hash] of branch.entries()) {
    const left = ((position >>> level) & 1) === 1;
    const equal = hash === node;
    const mutated = left ? equal : isEnd && !equal;
    rule(!mutated, 'merkle-tree-mutated', 'the branch is of a tree that repeats a part of itself (CVE-2012-2459)');
    isEnd ||= equal;
    node = merkleRootOfBranch(node, [{ hash, left }]);
  }
  rule(position >>> branch.length === 0, 'merkle-root-mismatch', `position ${position} is beyond the branch`);
  rule(node === root, 'merkle-root-mismatch', `the branch leads to ${node}, the header has ${root}`);
}

function parents(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const left = level[i] as Uint8Array;
    above.push(sha256d(concatBytes(left, level[i + 1] ?? left)));
  }
  return above;
}

function hasEqualPair(level: readonly Uint8Array[]): boolean {
  for (let i = 0; i + 1 < level.length; i += 2) {
    const left = level[i] as Uint8Array;
    const right = level[i + 1] as Uint8Array;
    if (left.every((byte, at) => byte === right[at])) return true;
  }
  return false;
}
