/** The system's table of TCP sockets (`/proc/net/tcp` and `tcp6`): Linux only, elsewhere there are none. */
import { readFile } from 'node:fs/promises';
import { Latest } from './latest.ts';

/** One end of a connection, or a socket that listens. */
export interface SocketRow {
  local: End;
  remote: End;
  isListening: boolean;
  uid: number;
  /** The inode that `/proc/PID/fd` names. 0: the program has closed the socket, and the system finishes it. */
  inode: number;
}

/** One end of a connection in `/proc/net/tcp`. */
export interface End {
  /** The address in the table's form: words of 32 bits with reversed bytes, in hexadecimal. */
  address: string;
  port: number;
}

/** States of `include/net/tcp_states.h`. */
const LISTEN = '0A';

const table = new Latest(async () => {
  const files = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'latin1').catch(() => ''));
  return (await Promise.all(files)).flatMap((text) => text.split('\n').slice(1, -1).map(readRow));
});

/** Reads all sockets. @param since see {@link Latest.get}. */
export const readSockets = (since: number): Promise<SocketRow[]> => table.get(since);

/** Number, addresses, state, queues, timers, retransmissions, user, time-outs, inode. */
function readRow(line: string): SocketRow {
  const [, local = '', remote = '', state, , , , uid, , inode] = line.trim().split(/\s+/);
  return {
    local: readEnd(local),
    remote: readEnd(remote),
    isListening: state === LISTEN,
    uid: Number(uid),
    inode: Number(inode),
  };
}

function readEnd(text: string): End {
  const [address = '', port = ''] = text.split(':');
  return { address, port: Number.parseInt(port, 16) };
}

/** IPv4 in the table of IPv6. */
const MAPPED = '0000000000000000FFFF0000';

/** Whether two entries of the table are one address, in whichever of the two tables each stands. */
export function isSameEntry(one: string, other: string): boolean {
  return one.replace(MAPPED, '') === other.replace(MAPPED, '');
}

/** Whether a text such as `127.0.0.1`, `::1` or `::ffff:127.0.0.1` and an entry of the table are one loopback address. */
export function isSameLoopback(text: string, entry: string): boolean {
  if (text === '::1') return entry === '00000000000000000000000001000000';
  const bytes = text.replace(/^::ffff:/i, '').split('.');
  if (bytes.length !== 4) return false;
  return entry.replace(MAPPED, '') === Buffer.from(bytes.reverse().map(Number)).toString('hex').toUpperCase();
}

/** Whether an entry of the table is an address that only this machine reaches. */
export function isLoopbackEntry(entry: string): boolean {
  return isSameLoopback('::1', entry) || /^[0-9A-F]{6}7F$/.test(entry.replace(MAPPED, ''));
}
