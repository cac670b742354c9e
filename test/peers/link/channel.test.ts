import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { dial, fault, HELLO, serveHttp, serveJson, serveNothing, serveTcp } from '../scripted.ts';

const greetAt = (url: string, timeouts = {}) => dial(url, timeouts).handshake(HELLO);

/** Writes the same for ever, as fast as it is taken. */
function flood(response: ServerResponse, piece: Buffer): void {
  const write = () => {
    while (response.write(piece));
  };
  response.on('drain', write);
  write();
}

it('a node that refuses for its rate is asked again after the pause that it names', async () => {
  let asked = 0;
  const { url } = await serveHttp((_, response) => {
    asked += 1;
    if (asked > 1) return void response.end('{"errors":[{"message":"no","extensions":{"code":"BANNED"}}]}');
    response.writeHead(429, { 'retry-after': '1' });
    response.end('{"errors":[{"message":"later","extensions":{"code":"TOO_MANY_REQUESTS"}}]}');
  });
  await expect(greetAt(url)).rejects.toEqual(fault('refused', 'BANNED'));
  expect(asked).toBe(2);
});

describe('a node that gives no answer', () => {
  it('does not listen', async () => {
    await expect(greetAt(await serveNothing())).rejects.toEqual(fault('unreachable', 'ECONNREFUSED'));
  });

  it('has an unknown name', async () => {
    await expect(greetAt('http://node.invalid')).rejects.toEqual(fault('unreachable'));
  });

  it('has a name whose look-up never ends', async () => {
    const link = dial('http://node.example', { connectMs: 10 }, { resolve: () => new Promise(() => undefined) });
    await expect(link.handshake(HELLO)).rejects.toEqual(fault('unreachable', 'no connection within 10 ms'));
  });

  it('accepts the connection and sends nothing', async () => {
    const { url } = await serveTcp(() => undefined);
    await expect(greetAt(url, { answerMs: 20 })).rejects.toEqual(fault('timeout', 'within 20 ms'));
  });

  it('does not speak TLS', async () => {
    const { port } = await serveTcp((socket) => socket.end('hello\r\n'));
    await expect(greetAt(`https://127.0.0.1:${port}`)).rejects.toEqual(fault('unreachable'));
  });

  it('begins TLS and sends nothing more', async () => {
    const { port } = await serveTcp(() => undefined);
    const handshake = greetAt(`https://127.0.0.1:${port}`, { connectMs: 20 });
    await expect(handshake).rejects.toEqual(fault('unreachable', 'no connection within 20 ms'));
  });

  it('sends the head of its answer one byte at a time', async () => {
    const { url } = await serveTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      const drip = setInterval(() => socket.write('x'), 1);
      socket.once('close', () => clearInterval(drip));
    });
    await expect(greetAt(url, { answerMs: 40 })).rejects.toEqual(fault('timeout'));
  });

  it('sends the body of its answer one byte at a time', async () => {
    const { url } = await serveHttp((_, response) => {
      const drip = setInterval(() => response.write(' '), 1);
      response.once('close', () => clearInterval(drip));
    });
    await expect(greetAt(url, { answerMs: 40 })).rejects.toEqual(fault('timeout'));
  });

  it('has more time for a long answer', async () => {
    const { url } = await serveTcp(() => undefined);
    const link = dial(url, { answerMs: 1, bulkMs: 20 });
    await expect(link.headers([], 1)).rejects.toEqual(fault('timeout', 'within 20 ms'));
  });

  it.each([
    ['before its answer', ''],
    ['in its head', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['in its body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"data":'],
    ['in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\n{"data":'],
  ])('disappears %s', async (_, said) => {
    const { url, connections } = await serveTcp((socket) => socket.once('data', () => socket.end(said)));
    await expect(greetAt(url)).rejects.toEqual(fault('unreachable'));
    expect(connections).toHaveLength(1);
  });
});

describe('a node whose answer is too long', () => {
  it.each([
    ['in large pieces', Buffer.alloc(65_536, ' ')],
    ['in small ones', Buffer.from(' ')],
  ])('is cut off, %s', async (_, piece) => {
    const { url, connections } = await serveHttp((_, response) => flood(response, piece));
    await expect(greetAt(url)).rejects.toEqual(fault('too-large', 'longer than'));
    const [socket] = connections;
    await new Promise((resolve) => (socket?.closed ? resolve(null) : socket?.once('close', resolve)));
  });

  it('is cut off in the head', async () => {
    const { url } = await serveTcp((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`));
    await expect(greetAt(url)).rejects.toEqual(fault('malformed', 'not HTTP'));
  });

  it('cannot evade the limit by compression', async () => {
    const packed = gzipSync(JSON.stringify({ data: { headers: Array(1_000_000).fill('0') } }));
    const { url } = await serveHttp((request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    });
    await expect(greetAt(url)).rejects.toEqual(fault('malformed'));
  });
});

describe('a node that answers something else', () => {
  it.each([301, 302, 303, 307, 308])('does not lead us elsewhere (%i)', async (status) => {
    const other = await serveJson({});
    const { url } = await serveHttp((_, response) => response.writeHead(status, { location: other.url }).end());
    await expect(greetAt(url)).rejects.toEqual(fault('malformed', 'redirect'));
    expect(other.connections).toHaveLength(0);
  });

  it.each([
    ['SSH-2.0-OpenSSH_9.6\r\n', 'not HTTP'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xfe', 'not UTF-8'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n<html', 'not JSON'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', 'not JSON'],
    ['HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\n<html', 'status 404'],
    ['HTTP/1.1 204 No Content\r\n\r\n', 'status 204'],
  ])('is none: %j', async (said, message) => {
    const { url } = await serveTcp((socket) => socket.once('data', () => socket.end(said, 'latin1')));
    await expect(greetAt(url)).rejects.toEqual(fault('malformed', message));
  });

  it.each([403, 413, 429, 500, 502, 503])('counts as unreachable for now (%i)', async (status) => {
    const { url } = await serveHttp((_, response) => response.writeHead(status).end('<html>'));
    await expect(greetAt(url)).rejects.toEqual(fault('refused', String(status)));
  });
});

describe('a connection', () => {
  const REFUSED = { errors: [{ message: 'no', extensions: { code: 'OPERATOR_ONLY' } }] };

  it('is used again', async () => {
    const { url, connections } = await serveJson(REFUSED);
    const link = dial(url);
    for (let i = 0; i < 3; i++) await expect(link.handshake(HELLO)).rejects.toEqual(fault('refused'));
    expect(connections).toHaveLength(1);
  });

  it('that the peer closes as it is used again is opened again, once', async () => {
    const answer = JSON.stringify(REFUSED);
    let stale = 1;
    const { url, connections } = await serveTcp((socket) => {
      let asked = 0;
      socket.on('data', () => {
        asked++;
        // Our request may come in two pieces; what is destroyed hears no second one.
        if (asked > 1 && stale-- > 0) socket.resetAndDestroy();
        else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`);
      });
    });
    const link = dial(url);
    await expect(link.handshake(HELLO)).rejects.toEqual(fault('refused'));
    await expect(link.handshake(HELLO)).rejects.toEqual(fault('refused'));
    expect(connections).toHaveLength(2);
  });

  it('follows no proxy of the environment', async () => {
    const proxy = await serveJson({});
    for (const name of ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'NODE_USE_ENV_PROXY']) vi.stubEnv(name, proxy.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url } = await serveJson(REFUSED);
    await expect(greetAt(url)).rejects.toEqual(fault('refused'));
    expect(proxy.connections).toHaveLength(0);
  });

  it('ends with its link, and requests under way fail', async () => {
    const { url, connections } = await serveTcp((socket) => socket.once('data', () => link.close()));
    const link = dial(url);
    await expect(link.handshake(HELLO)).rejects.toEqual(fault('unreachable', 'closed'));
    await expect(link.handshake(HELLO)).rejects.toEqual(fault('unreachable', 'closed'));
    expect(connections).toHaveLength(1);
  });
});
