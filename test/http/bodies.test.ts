import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Bodies, type BodyLimits } from '../../src/http/bodies.ts';

let server: Server;
let bodies: Bodies;
afterEach(() => {
  bodies.close();
  server.closeAllConnections();
  server.close();
});

const NONE: BodyLimits = {
  maxTotalBytes: 1e9,
  maxBytesPerAddress: 1e9,
  smallBytes: 0,
  minBytesPerSecond: 1,
  patience: 1e9,
  interval: 5,
};

/** A server that reads each body that is let in, and answers what became of it. */
async function serve(limits: Partial<BodyLimits>, onSlow: (address: string) => void = () => {}) {
  bodies = new Bodies({ ...NONE, ...limits }, onSlow);
  server = createServer((request, response) => {
    if (bodies.admit(request, response, Number(request.headers['content-length']), String(request.headers.host))) {
      request.resume().once('end', () => response.end('read'));
    } else response.end('no room');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (length: number, sent: string, address = 'x'): Socket => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket
      .on('error', () => {})
      .write(`POST / HTTP/1.1\r\nHost: ${address}\r\nContent-Length: ${length}\r\n\r\n${sent}`);
    return socket;
  };
}

it('the announced length of a body counts until it is read, or its connection ends', async () => {
  const send = await serve({ maxTotalBytes: 100 });
  const first = send(60, 'x');
  await once(server, 'request');
  expect(bodies.total).toBe(60);
  expect(String((await once(send(41, 'x'), 'data'))[0])).toContain('no room');
  const second = send(40, 'x');
  await once(server, 'request');
  expect(bodies.total).toBe(100);
  first.write('x'.repeat(59));
  expect(String((await once(first, 'data'))[0])).toContain('read');
  expect(bodies.total).toBe(40);
  second.destroy();
  while (bodies.total > 0) await new Promise(setImmediate);
});

it('room is kept for other addresses, and for small bodies', async () => {
  const send = await serve({ maxTotalBytes: 100, maxBytesPerAddress: 60, smallBytes: 20 });
  const begin = async (length: number, address: string) => {
    const socket = send(length, 'x', address);
    await once(server, 'request');
    return socket;
  };
  const answered = async (socket: Promise<Socket>) => String((await once(await socket, 'data'))[0]);
  await begin(50, 'greedy');
  expect(await answered(begin(11, 'greedy'))).toContain('no room');
  await begin(50, 'another');
  expect(await answered(begin(21, 'third'))).toContain('no room');
  const small = await begin(20, 'third');
  small.write('x'.repeat(19));
  expect(String((await once(small, 'data'))[0])).toContain('read');
});

it('a body that is too slow is cut off, and no other', async () => {
  const cut: string[] = [];
  const send = await serve({ patience: 0, minBytesPerSecond: 10_000 }, (address) => cut.push(address));
  // As much at once as the pace asks for in ten seconds.
  const steady = send(1e6, 'x'.repeat(100_000));
  const slow = send(1e6, 'x', 'slow');
  slow.resume();
  await once(slow, 'close');
  expect(cut).toEqual(['slow']);
  expect(steady.destroyed).toBe(false);
  expect(bodies.total).toBe(1e6);
  steady.destroy();
});
