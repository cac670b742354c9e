/** The numbers of a node's state that `/metrics` tells. */
import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadyReport } from '../http/readiness.ts';
import { READY_CODES } from '../http/readiness.ts';
import { counter, gauge, type Reading, type Sample } from '../metrics.ts';
import type { NodeParts } from './assemble.ts';

export function readings({ chain, pool, peers, miner, services, verification }: NodeParts): Reading[] {
  return [
    gauge('tip_height', 'Height of the best chain.', () => chain.tip.height),
    gauge(
      'tip_timestamp_seconds',
      'Time in the header of the tip, in seconds since 1970.',
      () => chain.tip.header.time,
    ),
    gauge('orphan_blocks', 'Blocks that wait for their parent.', () => chain.orphanCount),
    gauge('sync_target_height', 'Height of the best chain that peers have proved.', () => peers.status.targetHeight()),
    gauge(
      'refused_branch_height',
      'Height of a branch with more work that is refused; 0 when there is none.',
      () => peers.status.refusedBranch()?.tip.height ?? 0,
    ),
    gauge('unverified_blocks', 'Blocks of a snapshot that are still to be checked.', () => {
      const { height, targetHeight } = verification.progress ?? { height: 0, targetHeight: 0 };
      return targetHeight - height;
    }),
    gauge('peers_outgoing', 'Nodes that this one has connected to.', () => peers.counts().outgoing),
    gauge('peers_incoming', 'Nodes that have introduced themselves lately.', () => peers.counts().incoming),
    gauge('peers_known', 'Addresses of nodes that are remembered.', () => peers.counts().known),
    gauge('peers_banned', 'Nodes that are banned now.', () => peers.counts().banned),
    gauge('pool_posts', 'Pending posts.', () => pool.count),
    gauge('pool_size_bytes', 'Bytes of pending posts.', () => pool.bytes),
    gauge('pool_limit_posts', 'Most posts that may be pending.', () => pool.limits.maxCount),
    gauge('pool_limit_bytes', 'Most bytes that pending posts may take.', () => pool.limits.maxBytes),
    gauge('miner_hash_rate', 'Hashes a second; 0 when idle.', () => miner.progress().hashRate),
    gauge('subscribers', 'Open subscriptions.', () => services.feed.subscribers),
    counter('peer_bans_total', 'Nodes and callers that were banned for what they sent.', () => peers.counts().bans),
    counter('miner_blocks_found_total', 'Blocks found by this node.', () => miner.progress().blocksFound),
  ];
}

/** Whether the node is ready, and each reason why it may not be: 1 for those that hold. */
export function readinessReadings(read: () => ReadyReport): Reading[] {
  const reasons = () => {
    const given = new Set<string>(read().reasons.map(({ code }) => code));
    return READY_CODES.map((reason) => ({ labels: { reason }, value: Number(given.has(reason)) }));
  };
  return [
    gauge('ready', '1 while the node serves an up-to-date chain, as /ready says.', () => Number(read().ready)),
    {
      type: 'gauge',
      name: 'not_ready_reason',
      help: 'For each reason that /ready knows, 1 while it holds.',
      labels: ['reason'],
      read: reasons,
    },
  ];
}

const FILES = ['stele.db', 'stele.db-wal', 'search.db', 'search.db-wal', 'keys.json'];

export function logReadings(sink: { readonly lost: number }): Reading[] {
  return [counter('log_lines_lost_total', 'Lines of the log that could not be written.', () => sink.lost)];
}

export function damageReading(store: { damaged(): number }): Reading {
  return counter('damaged_posts_total', 'Posts that were found damaged, and are not served so.', () => store.damaged());
}

/** What the data take on disk, and how much room there is. */
export function diskReadings(dataDir: string): Reading[] {
  const sizes = (): Sample =>
    FILES.map((file) => ({
      labels: { file },
      value: statSync(join(dataDir, file), { throwIfNoEntry: false })?.size ?? 0,
    }));
  const room = (): number => {
    const { bavail, bsize } = statfsSync(dataDir);
    return bavail * bsize;
  };
  return [
    {
      type: 'gauge',
      name: 'file_size_bytes',
      help: 'Size of the files of the data directory; those that end in -wal are logs of what is not yet in the database.',
      labels: ['file'],
      read: sizes,
    },
    gauge('disk_free_bytes', 'Room left on the disk of the data directory.', () => unlessGone(room)),
  ];
}

/** A directory that was deleted under the node must not take the other metrics along. */
function unlessGone(read: () => number): number {
  try {
    return read();
  } catch {
    return Number.NaN;
  }
}
