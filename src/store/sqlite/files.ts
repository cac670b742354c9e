/** Checks the files of a data directory before SQLite opens them, for damage that SQLite ignores silently. */
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../storeError.ts';

/** 0 for a file that is not there, and for one that cannot be: SQLite says why when it opens the file. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/**
 * A database that is missing or empty is a new one, unless files beside it show that there was one.
 * @throws StoreError `database-lost`.
 */
export function checkNotLost(directory: string, file: string): void {
  if (sizeOf(file) > 0) return;
  const beside = (name: string) => join(directory, name);
  // A first start makes the lock before the database, and keys only after it.
  const hasKeys = existsSync(beside('keys.json')) && existsSync(beside('lock'));
  const traces = ['stele.db-wal', 'search.db'].filter((name) => sizeOf(beside(name)) > 0);
  if (hasKeys) traces.push('keys.json');
  if (traces.length === 0) return;
  const state = existsSync(file) ? 'is empty' : 'is missing';
  const message = `${file} ${state}, though ${traces.join(' and ')} beside it show that a node has run here: restore it \
from a backup, or begin a new chain by moving the lock and ${traces.join(' and ')} away.`;
  throw new StoreError('database-lost', message);
}

/**
 * SQLite reads its log up to the first frame that is damaged, and forgets the rest without a word. Tells of commits that are
 * lost by that, and keeps a copy of the log.
 * @param keep false where nothing may be written.
 */
export function checkLog(file: string, keep: boolean, warn: (message: string) => void): void {
  const log = `${file}-wal`;
  const lost = sizeOf(log) === 0 ? 0 : countLostCommits(readFileSync(log));
  if (lost === 0) return;
  const copy = `${log}.damaged`;
  if (keep) copyFileSync(log, copy);
  const kept = keep ? `; the log as it was is kept in ${copy}` : '';
  const what =
    lost === 1
      ? 'the last commit in it cannot be read: it was being written when the power failed, or is lost'
      : `the last ${lost} commits in it cannot be read: the latest posts and blocks are lost, unless others have them`;
  warn(`${log} is damaged: ${what}${kept}.`);
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** Commits behind the first damaged frame of a write-ahead log (SQLite, "WAL-mode File Format"). */
export function countLostCommits(log: Uint8Array): number {
  if (log.length < HEADER_BYTES) return 0;
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  const isLittle = (view.getUint32(0) & 1) === 0;
  const pageSize = view.getUint32(8);
  const frameBytes = FRAME_HEADER_BYTES + (pageSize === 1 ? 65_536 : pageSize);
  const [salt1, salt2] = [view.getUint32(16), view.getUint32(20)];
  let sum = addChecksum(view, 0, 24, isLittle, [0, 0]);
  let isWhole = sum[0] === view.getUint32(24) && sum[1] === view.getUint32(28);
  let lost = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    // Frames of an earlier round of the log have other salts.
    const isOfRound = view.getUint32(at + 8) === salt1 && view.getUint32(at + 12) === salt2;
    if (isWhole) {
      sum = addChecksum(view, at, 8, isLittle, sum);
      sum = addChecksum(view, at + FRAME_HEADER_BYTES, frameBytes - FRAME_HEADER_BYTES, isLittle, sum);
      isWhole = isOfRound && sum[0] === view.getUint32(at + 16) && sum[1] === view.getUint32(at + 20);
    }
    const isCommit = view.getUint32(at + 4) > 0;
    if (!isWhole && isOfRound && isCommit) lost += 1;
  }
  return lost;
}

/** The checksum of SQLite's log, carried on over some bytes. */
function addChecksum(
  view: DataView,
  start: number,
  length: number,
  isLittle: boolean,
  [first, second]: readonly [number, number],
): [number, number] {
  let [a, b] = [first, second];
  for (let at = start; at < start + length; at += 8) {
    a = (a + view.getUint32(at, isLittle) + b) >>> 0;
    b = (b + view.getUint32(at + 4, isLittle) + a) >>> 0;
  }
  return [a, b];
}
