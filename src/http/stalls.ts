/**
 * Cuts off connections whose other side has stopped reading: a vanished or very slow subscriber, a client that asks for
 * much and takes none of it. What waits for it in memory is bounded in bytes and in time, whatever the transport.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** The bounds for bytes that clients do not read. */
export interface StallLimits {
  /** Bytes that may wait for one connection. */
  maxWaitingBytes: number;
  /** Bytes that may wait for all connections together: beyond, those that hold most of them are cut off. */
  maxTotalBytes: number;
  /** Milliseconds that waiting bytes may make no progress. */
  patience: number;
  /** Milliseconds between two looks. */
  interval: number;
}

/** The limits for slow readers unless tests set others. */
export const STALL_LIMITS: StallLimits = {
  maxWaitingBytes: 16 * 1_048_576,
  maxTotalBytes: 128 * 1_048_576,
  patience: 30_000,
  // About ten of the largest answers can be made between two checks.
  interval: 500,
};

interface Watched {
  taken: number;
  since: number;
}

/** Watches every connection of a server. @returns how to end it. */
export function cutOffStalls(server: Server, limits: StallLimits, onCut: (socket: Socket) => void): () => void {
  const sockets = new Map<Socket, Watched>();
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, { taken: 0, since: performance.now() });
    socket.once('close', () => sockets.delete(socket));
  });
  const cut = (socket: Socket) => {
    sockets.delete(socket);
    onCut(socket);
    socket.destroy();
  };
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [socket, watched] of sockets) if (isStalled(socket, watched, limits, now)) cut(socket);
    for (const socket of tooMany([...sockets.keys()], limits.maxTotalBytes)) cut(socket);
  }, limits.interval).unref();
  return () => clearInterval(timer);
}

function isStalled(socket: Socket, watched: Watched, limits: StallLimits, now: number): boolean {
  const waiting = socket.writableLength;
  const taken = socket.bytesWritten - waiting;
  if (waiting === 0 || taken > watched.taken) {
    watched.taken = taken;
    watched.since = now;
  }
  return waiting > limits.maxWaitingBytes || now - watched.since > limits.patience;
}

/** The connections that hold most of the waiting bytes, as many as must go for the rest to be few enough. */
function tooMany(sockets: readonly Socket[], most: number): Socket[] {
  let total = sockets.reduce((sum, { writableLength }) => sum + writableLength, 0);
  if (total <= most) return [];
  const largestFirst = sockets.toSorted((a, b) => b.writableLength - a.writableLength);
  const last = largestFirst.findIndex(({ writableLength }) => {
    total -= writableLength;
    return total <= most;
  });
  return largestFirst.slice(0, last + 1);
}
