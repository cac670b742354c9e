import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isOwnUser } from '../../src/http/socketOwner.ts';

let server: Server;
let child: ChildProcess | undefined;
let visitor: Socket | undefined;
afterEach(() => {
  server.close();
  child?.kill();
  visitor?.destroy();
  visitor = undefined;
});

async function listen(host: string): Promise<number> {
  server = createServer({ allowHalfOpen: true }).listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Connects. @returns the server's end. */
async function accepted(begin: () => unknown): Promise<Socket> {
  const connection = once(server, 'connection');
  begin();
  const [socket] = await connection;
  socket.on('error', () => {});
  return socket;
}

describe.skipIf(!existsSync('/proc/net/tcp'))('the other end of a connection', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.2'],
    ['::1', '::1'],
    ['::', '127.0.0.1'],
  ])('is of the same user: a server on %s, called from %s', async (host, localAddress) => {
    const port = await listen(host);
    let client: Socket | undefined;
    const end = await accepted(() => {
      client = connect({ port, host: host === '::' ? '127.0.0.1' : host, localAddress });
    });
    expect(await isOwnUser(end)).toBe(true);
    client?.destroy();
  });

  it('the owner of a connection is unknown when its program has ended', async () => {
    const port = await listen('127.0.0.1');
    const end = await accepted(() => {
      child = spawn(process.execPath, ['-e', `require('net').connect(${port}, '127.0.0.1', () => process.exit())`]);
    });
    await once(child as ChildProcess, 'exit');
    expect(await isOwnUser(end)).toBe(false);
    end.destroy();
    expect(await isOwnUser(end)).toBe(false);
  });

  it('the owner of a connection is unknown when it ends during the look-up', async () => {
    const port = await listen('127.0.0.1');
    let client: Socket | undefined;
    const end = await accepted(() => {
      client = connect(port, '127.0.0.1').on('error', () => {});
    });
    const answer = isOwnUser(end);
    client?.resetAndDestroy();
    end.resetAndDestroy();
    expect(await answer).toBe(false);
  });

  it.each<[what: string, host: string, isVisited: boolean | null, isOwn: boolean]>([
    ['passes on what others send', '127.0.0.1', true, false],
    ['waits for other machines', '0.0.0.0', false, false],
    ['waits for programs of this machine', '127.0.0.1', false, true],
    ['has visited itself', '127.0.0.1', null, true],
    ['has visited itself by the other family', '::1', null, true],
  ])('where a program of the same user %s', async (_, host, isVisited, isOwn) => {
    const port = await listen('127.0.0.1');
    const program = `
      const net = require('net');
      const call = () => net.connect(${port}, '127.0.0.1');
      const visit = () => net.connect(server.address().port, '${host}').once('connect', call);
      const server = net.createServer(${isVisited ? 'call' : ''}).listen(0, '${host}', () => console.log(server.address().port));
      process.stdin.on('data', ${isVisited === null ? 'visit' : 'call'});`;
    const started = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    child = started;
    const [line] = await once(started.stdout, 'data');
    const end = await accepted(() => {
      if (isVisited) visitor = connect(Number(String(line)), '127.0.0.1');
      else started.stdin.write('call');
    });
    expect(await isOwnUser(end)).toBe(isOwn);
    end.destroy();
  });

  it.skipIf(process.geteuid?.() !== 0)('is of another user', async () => {
    const port = await listen('127.0.0.1');
    const end = await accepted(() => {
      const program = `require('net').connect(${port}, '127.0.0.1'); setInterval(() => {}, 1000)`;
      child = spawn(process.execPath, ['-e', program], { uid: 65_534 });
    });
    expect(await isOwnUser(end)).toBe(false);
    end.destroy();
  });
});
