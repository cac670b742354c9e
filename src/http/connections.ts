/** Limits connections: in all, so that file handles are left for the node, and from each address. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { quietly } from './quietly.ts';
import { limitKey } from './visitor.ts';

/** The bounds for open connections; more are refused as they come. */
interface ConnectionLimits {
  maxConnections: number;
  maxConnectionsPerAddress: number;
  /** Addresses that are not counted, such as trusted proxies. */
  isExempt(address: string): boolean;
}

const TOO_MANY = 'HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n';

/** @param onRefused told of an address whose connections are turned away. */
export function limitConnections(
  server: Server,
  { maxConnections, maxConnectionsPerAddress, isExempt }: ConnectionLimits,
  onRefused: (address: string) => void,
): void {
  const open = new Map<string, number>();
  const tell = quietly(onRefused);
  server.maxConnections = maxConnections;
  server.on('drop', (data) => tell(limitKey(data?.remoteAddress ?? 'unknown')));
  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress = 'gone' } = socket;
    if (isExempt(remoteAddress)) return;
    const address = limitKey(remoteAddress);
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    if (count <= maxConnectionsPerAddress) return;
    tell(address);
    socket.end(TOO_MANY);
    socket.destroySoon();
  });
}
