/** The numbers of a node's state that `/metrics` tells. */
import type { Reading } from '../metrics.ts';
import type { NodeParts } from './assemble.ts';

export function readings({ chain, pool, peers, miner, services }: NodeParts): Reading[] {
  return [
    ['tip_height', 'Height of the best chain.', () => chain.tip.height],
    ['tip_time_seconds', 'Time in the header of the tip.', () => chain.tip.header.time],
    ['orphan_blocks', 'Blocks that wait for their parent.', () => chain.orphanCount],
    ['sync_target_height', 'Height of the best chain that peers have proved.', () => peers.targetHeight()],
    [
      'refused_branch_height',
      'Height of a branch with more work that is refused; 0 when there is none.',
      () => peers.refusedBranch()?.tip.height ?? 0,
    ],
    ['peers_outgoing', 'Nodes that this one has connected to.', () => peers.counts().outgoing],
    ['peers_incoming', 'Nodes that have introduced themselves lately.', () => peers.counts().incoming],
    ['pool_posts', 'Pending posts.', () => pool.count],
    ['pool_bytes', 'Bytes of pending posts.', () => pool.bytes],
    ['miner_hash_rate', 'Hashes a second; 0 when idle.', () => miner.progress().hashRate],
    ['miner_blocks_found', 'Blocks found since the start.', () => miner.progress().blocksFound],
    ['subscribers', 'Open subscriptions.', () => services.feed.subscribers],
  ];
}
