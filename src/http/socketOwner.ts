/**
 * Finds the program at the other end of a local connection, and whether that program speaks for others. Linux tells
 * both in `/proc`. A proxy mostly runs as a user of its own, and other people of a shared machine do; one that runs as the
 * node's user gives itself away by its own sockets: it serves others.
 */
import type { Socket } from 'node:net';
import { geteuid } from 'node:process';
import { holdersOf, type Program } from './processes.ts';
import { type End, isLoopbackEntry, isSameEntry, isSameLoopback, readSockets, type SocketRow } from './socketTable.ts';

/** Programs that carry connections from elsewhere over one that they have opened themselves, and so have no visitors to see. */
const TUNNELS = /^(ssh|autossh|frpc|ngrok|cloudflared|tailscaled|bore|chisel|rathole|zrok)$/;

/**
 * Milliseconds for which a reading of the system's tables serves all connections that were open when it began: a browser opens
 * several at once, and each reading costs as much as twenty queries.
 */
const FRESH_MS = 1_000;
const opened = new WeakMap<Socket, number>();

/** Notes when a connection was opened, so that {@link isOwnUser} may use a reading that began later. */
export function noteOpened(socket: Socket): void {
  opened.set(socket, performance.now());
}

/**
 * Whether a program of the node's own user is at the other end, and nothing says that it passes on what others send.
 * @returns null where the system does not tell (macOS).
 */
export async function isOwnUser(socket: Socket): Promise<boolean | null> {
  const { localPort, remoteAddress } = socket;
  const uid = geteuid?.();
  if (uid === undefined) return null;
  if (!localPort || !remoteAddress) return false;
  const since = Math.max(opened.get(socket) ?? Number.POSITIVE_INFINITY, performance.now() - FRESH_MS);
  const rows = await readSockets(since);
  const row = rows.find(isOtherEndOf(socket));
  // The other end has closed, as a proxy does whose visitor hung up; or the system has no socket tables at all.
  if (!row) return rows.some(({ isListening, local }) => isListening && local.port === localPort) ? false : null;
  if (row.uid !== uid || row.inode === 0) return false;
  const holders = await holdersOf(row.inode, since);
  return !holders.some((program) => speaksForOthers(program, rows, localPort));
}

/** Reads the socket's own ends once: each look asks the system, and the table has a row for each socket of the machine. */
function isOtherEndOf(socket: Socket): (row: SocketRow) => boolean {
  const { localAddress = '', localPort, remoteAddress = '', remotePort } = socket;
  return ({ local, remote }) =>
    local.port === remotePort &&
    remote.port === localPort &&
    isSameLoopback(remoteAddress, local.address) &&
    isSameLoopback(localAddress, remote.address);
}

/**
 * Whether a program is connected to by somebody, or waits for other machines to connect. Browsers and commands are and do
 * not; one that only waits for programs of this machine may (such as a browser that is driven by another program).
 * @param own the node's port, which counts for nothing where the program is the node itself.
 */
function speaksForOthers({ name, sockets }: Program, rows: readonly SocketRow[], own: number): boolean {
  if (TUNNELS.test(name)) return true;
  const listening = rows.filter(({ isListening, local }) => isListening && local.port !== own);
  const ports = new Set(listening.map(({ local }) => local.port));
  const isOpen = listening.some(({ inode, local }) => sockets.has(inode) && !isLoopbackEntry(local.address));
  if (isOpen) return true;
  const visited = rows.filter((row) => !row.isListening && sockets.has(row.inode) && ports.has(row.local.port));
  // A program that is connected to itself has no visitor.
  return visited.some((row) => !rows.some((other) => sockets.has(other.inode) && areEndsOfOne(row, other)));
}

function areEndsOfOne(one: SocketRow, other: SocketRow): boolean {
  const isSame = (a: End, b: End) => a.port === b.port && isSameEntry(a.address, b.address);
  return isSame(one.local, other.remote) && isSame(one.remote, other.local);
}
