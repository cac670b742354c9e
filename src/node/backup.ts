/** Backups of a node's data with its keys: what `backup`, `restore` and `start --snapshot` do. */
import { join } from 'node:path';
import type { BackupRequest, RestoreRequest } from '../cli/ports.ts';
import type { Hash } from '../domain/bytes.ts';
import { sealedCopy } from '../keyring/sealedCopy.ts';
import { randomBytes } from '../keyring/sodium.ts';
import { skeleton } from '../mempool/lookalike.ts';
import { KEY_FILE } from '../options/config.ts';
import type { BackupFacts } from '../store/ports.ts';
import { backUp as backUpDatabase } from '../store/sqlite/backup.ts';
import { restoreBackup as restoreDatabase } from '../store/sqlite/restoreBackup.ts';

/** @throws StoreError, KeyringError */
export async function backUp({ dataDir, withKeys, passphrase, ...rest }: BackupRequest): Promise<BackupFacts> {
  const file = join(dataDir, KEY_FILE);
  const keys = withKeys ? sealedCopy({ file, passphrase, random: randomBytes }) : null;
  return backUpDatabase({ ...rest, directory: dataDir, keys, now: Date.now() });
}

interface RestoreOptions extends RestoreRequest {
  /** Hashes that a stranger's chain must have, by height. */
  checkpoints?: ReadonlyMap<number, Hash>;
}

/** @throws StoreError */
export async function restoreBackup(options: RestoreOptions): Promise<BackupFacts> {
  const { dataDir, genesis, file, isUnverified, checkpoints = new Map() } = options;
  const now = Math.floor(Date.now() / 1000);
  const snapshot = isUnverified ? { genesis, checkpoints, now, skeletonOf: skeleton } : null;
  return restoreDatabase({ genesis, file, directory: dataDir, keyFile: join(dataDir, KEY_FILE), snapshot });
}
