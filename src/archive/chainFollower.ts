/** Follows the best chain of a node: first what is missing, in long steps, then each block as it comes. */
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { bitsToWork } from '../domain/compact.ts';
import { RuleError } from '../domain/errors.ts';
import { checkProofOfWork, type Header, hashHeader } from '../domain/header.ts';
import type { ArchiveDependencies } from './ports.ts';
import type { Upstream } from './upstream.ts';
import { UpstreamError } from './upstreamError.ts';

/** Blocks that are fetched, and their signatures checked, ahead of the one that is being stored. */
const AHEAD = 8;

/** Takes over the chain of one node: the first load, then each step as it happens. */
export class ChainFollower {
  readonly #dependencies: ArchiveDependencies;
  readonly #onMoved: () => void;

  /** @param onMoved called after each block. */
  constructor(dependencies: ArchiveDependencies, onMoved: () => void) {
    this.#dependencies = dependencies;
    this.#onMoved = onMoved;
  }

  /** Follows until the node cannot be followed any more. @throws UpstreamError and what goes wrong here. */
  async follow(upstream: Upstream): Promise<never> {
    const { chain, cursors } = this.#dependencies;
    for (;;) {
      await this.#catchUp(upstream);
      for await (const { kind, hash } of upstream.steps(cursors.ofBlock(chain.tip.hash))) {
        // Detached blocks are skipped: they leave our chain when a branch with more work has come.
        if (kind === 'ATTACHED') await this.#takeAll(upstream, [hash], 0n);
      }
    }
  }

  /** All blocks of the node's best chain that are missing here. */
  async #catchUp(upstream: Upstream): Promise<void> {
    let locator = await this.#locator();
    for (;;) {
      const headers = await upstream.headers(locator);
      const hashes = headers.map(hashHeader);
      const isLinked = headers.every(({ previousHash }, i) => i === 0 || previousHash === hashes[i - 1]);
      if (!isLinked)
        throw new UpstreamError('malformed', `${upstream.url} gives headers that do not follow each other`);
      const last = hashes.at(-1);
      if (last === undefined) return;
      await this.#takeAll(upstream, hashes, await this.#provenWork(upstream, headers, hashes));
      locator = [last, ...locator].slice(0, 100);
    }
  }

  /**
   * The work of the chain up to the last of the headers, each of which has shown its own. Blocks below it need not be on disk
   * before the next is looked at.
   */
  async #provenWork({ url }: Upstream, headers: readonly Header[], hashes: readonly Hash[]): Promise<bigint> {
    const { chain, powLimit } = this.#dependencies;
    const parent = await chain.entry(headers[0]?.previousHash ?? '');
    if (!parent) return 0n;
    try {
      for (const [i, header] of headers.entries()) checkProofOfWork(header, hashes[i] as Hash, powLimit);
    } catch (error) {
      if (error instanceof RuleError) throw new UpstreamError('bad-block', `${url} gives a header without its work`);
      throw error;
    }
    return headers.reduce((work, { bits }) => work + bitsToWork(bits), parent.chainWork);
  }

  /** Blocks of our chain from the tip downward, ever further apart. */
  async #locator(): Promise<Hash[]> {
    const { chain, store } = this.#dependencies;
    const heights: number[] = [];
    let step = 1;
    for (let height = chain.tip.height; height > 0; height -= step) {
      heights.push(height);
      if (heights.length > 10) step *= 2;
    }
    const hashes = await Promise.all(heights.map((height) => store.bestHash(height)));
    return hashes.filter((hash) => hash !== null);
  }

  /** Takes blocks in their order; the next ones are fetched meanwhile. */
  async #takeAll(upstream: Upstream, hashes: readonly Hash[], provenWork: bigint): Promise<void> {
    const fetched: Promise<Block | null>[] = [];
    for (const [i, hash] of hashes.entries()) {
      while (fetched.length < hashes.length && fetched.length <= i + AHEAD) {
        const block = this.#fetch(upstream, hashes[fetched.length] as Hash);
        // An error is reported when the block's turn comes.
        block.catch(() => {});
        fetched.push(block);
      }
      const block = await (fetched[i] as Promise<Block | null>);
      delete fetched[i];
      if (block) await this.#take(upstream, block, hash, provenWork);
    }
  }

  /** @returns the block; null when it is stored here already. */
  async #fetch(upstream: Upstream, hash: Hash): Promise<Block | null> {
    const { chain } = this.#dependencies;
    const known = await chain.entry(hash);
    if (known && !known.invalidReason) return null;
    const block = await upstream.block(hash);
    chain.prepare(block);
    return block;
  }

  async #take({ url }: Upstream, block: Block, hash: Hash, provenWork: bigint): Promise<void> {
    const result = await this.#dependencies.chain.accept(block, provenWork);
    if (result.outcome === 'orphan')
      throw new UpstreamError('missing-block', `${url} tells of block ${hash} and not of ${result.missing} below it`);
    if (result.outcome === 'rejected' || result.outcome === 'refused')
      throw new UpstreamError(
        'bad-block',
        `${url} tells of block ${hash}, which breaks ${result.reason}: ${result.message}`,
      );
    this.#onMoved();
  }
}
