/** The numbers that `/metrics` of archives and servers tells. */
import type { ArchiverState } from '../archive/archiver.ts';
import { gauge, type Reading } from '../metrics.ts';
import type { Mirror } from '../serve/mirror.ts';

/** Metrics of `stele archive`. @param state null while another archive writes. */
export function archiveReadings(state: () => ArchiverState | null, isWriting: () => boolean): Reading[] {
  return [
    gauge('archive_writing', '1 while this archive writes the database, 0 while it stands by.', () =>
      Number(isWriting()),
    ),
    gauge('tip_height', 'Height of the best chain.', () => state()?.height ?? Number.NaN),
    gauge(
      'archive_upstream_height',
      'Height of the chain of the node that is followed.',
      () => state()?.targetHeight ?? Number.NaN,
    ),
    gauge('archive_lag_blocks', 'Blocks that the copy is behind the node.', () => {
      const now = state();
      return now ? Math.max(now.targetHeight - now.height, 0) : Number.NaN;
    }),
    gauge('archive_lag_seconds', 'Seconds since the copy was last as new as the node.', () => {
      const at = state()?.inStepAt ?? null;
      return at === null ? Number.NaN : (Date.now() - at) / 1000;
    }),
  ];
}

/** Metrics of `stele serve`. */
export function servedReadings(mirror: Mirror, feed: { subscribers: number }): Reading[] {
  return [
    gauge('tip_height', 'Height of the best chain.', () => mirror.tip.height),
    gauge('pool_posts', 'Pending posts.', () => mirror.count),
    gauge('pool_size_bytes', 'Bytes of pending posts.', () => mirror.bytes),
    gauge('subscribers', 'Open subscriptions.', () => feed.subscribers),
    gauge('copy_lag_blocks', 'Blocks that the copy is behind the node.', () =>
      Math.max((mirror.heard.state?.tip.height ?? mirror.tip.height) - mirror.tip.height, 0),
    ),
    gauge('copy_lag_seconds', 'Seconds since the copy was last as new as the node.', () => mirror.heard.lag),
  ];
}
