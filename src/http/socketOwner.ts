/**
 * Whose program is at the other end of a connection within this machine. Linux tells it in `/proc/net/tcp`: a proxy
 * runs as a user of its own, and other people of a shared machine do, too.
 */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { geteuid } from 'node:process';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

/** One row: who holds which end. */
interface Row {
  local: number;
  remote: number;
  uid: number;
  /** 0: the program has closed the connection, and the system only finishes it. */
  inode: number;
}

/** Reading the tables takes milliseconds, so connections that come together share one reading. */
let next: Promise<Row[] | null> | null = null;
let current: Promise<unknown> = Promise.resolve();

/** @returns null where the system does not tell (macOS). */
export async function isOwnUser({ localPort, remotePort }: Socket): Promise<boolean | null> {
  const uid = geteuid?.();
  next ??= startReading();
  const rows = await next;
  const between = (rows ?? []).filter(({ local, remote }) => local === remotePort && remote === localPort);
  const isTold = (rows ?? []).some(({ local, remote }) => local === localPort && remote === remotePort);
  if (uid === undefined || !isTold) return null;
  return between.length > 0 && between.every((row) => row.uid === uid && row.inode !== 0);
}

/** Begins when the reading under way is done, so that it sees every connection that asked until then. */
function startReading(): Promise<Row[] | null> {
  const reading = current.then(() => {
    next = null;
    return readRows();
  });
  current = reading;
  return reading;
}

async function readRows(): Promise<Row[] | null> {
  try {
    const texts = await Promise.all(TABLES.map((file) => readFile(file, 'latin1').catch(() => '')));
    return texts.flatMap((text) => text.split('\n').slice(1)).flatMap(readRow);
  } catch {
    return null;
  }
}

function readRow(line: string): Row[] {
  const [, local = '', remote = '', , , , , uid, , inode] = line.trim().split(/\s+/);
  if (inode === undefined) return [];
  return [{ local: portOf(local), remote: portOf(remote), uid: Number(uid), inode: Number(inode) }];
}

const portOf = (end: string) => Number.parseInt(end.split(':')[1] ?? '', 16);
