import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { cutOffStalls, type StallLimits } from '../../src/http/stalls.ts';

const CHUNK = Buffer.alloc(65_536, 'x');
let end: (() => void) | null = null;
let server: Server;

/** A server that writes without asking whether anybody reads, and what it has cut off. */
async function serve(limits: Partial<StallLimits>, write: (response: ServerResponse) => void) {
  const cut: Socket[] = [];
  server = createServer((_, response) => write(response)).listen(0, '127.0.0.1');
  end = cutOffStalls(
    server,
    { maxWaitingBytes: 1e12, maxTotalBytes: 1e12, patience: 1e12, interval: 5, ...limits },
    (socket) => cut.push(socket),
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  client.on('error', () => {});
  return { client, cut };
}

afterEach(() => {
  end?.();
  server.closeAllConnections();
  server.close();
});

describe('a connection whose other side does not read', () => {
  it('is cut off when too many bytes wait for it', async () => {
    const { client, cut } = await serve({ maxWaitingBytes: 1_000_000 }, (response) => {
      const flood = () => {
        if (response.destroyed) return;
        response.write(CHUNK);
        setImmediate(flood);
      };
      flood();
    });
    client.pause();
    await once(server, 'request');
    while (cut.length === 0) await new Promise(setImmediate);
    expect(cut).toHaveLength(1);
    client.destroy();
  });

  it('is cut off when a few bytes wait for too long', async () => {
    const { client, cut } = await serve({ patience: 50 }, (response) => {
      // More than the two kernels will take between them.
      for (let i = 0; i < 200; i++) response.write(CHUNK);
    });
    client.pause();
    while (cut.length === 0) await new Promise(setImmediate);
    expect(cut).toHaveLength(1);
    client.destroy();
  });
});

describe('connections that do not read', () => {
  it('are cut off, the worst first, when too many bytes wait for all of them', async () => {
    let answers = 0;
    const { client, cut } = await serve({ maxTotalBytes: 100_000_000 }, (response) => {
      answers += 1;
      // The second one asks for twice as much.
      response.end(Buffer.alloc(answers * 40_000_000));
    });
    client.pause();
    await once(server, 'request');
    const connected = once(server, 'connection');
    const second = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
      second.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    });
    second.on('error', () => {}).pause();
    while (cut.length === 0) await new Promise(setImmediate);
    expect(cut).toHaveLength(1);
    expect(cut[0]).toBe((await connected)[0]);
    client.destroy();
    second.destroy();
  });
});

describe('a connection whose other side reads', () => {
  it('stays open, however long it is silent', async () => {
    const { client, cut } = await serve({ patience: 20, maxWaitingBytes: 50_000_000 }, (response) => {
      response.write(CHUNK);
      // Silent for several times the patience, then the rest.
      let looks = 0;
      const later = setInterval(() => {
        if (++looks < 20) return;
        clearInterval(later);
        response.end(CHUNK);
      }, 5);
    });
    let received = 0;
    client.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    while (received < 2 * CHUNK.length) await new Promise(setImmediate);
    expect(cut).toHaveLength(0);
    client.destroy();
  });
});
