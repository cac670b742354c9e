import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { headerToHex } from '../../../src/domain/header.ts';
import type { Listener } from '../../../src/peers/ports.ts';
import { GENESIS, GENESIS_ENTRY } from '../../support/chain.ts';
import { dial, fault, serve, serveHttp, serveNothing, serveTcp } from '../scripted.ts';

const ID = 'ab'.repeat(32);
const LISTENER: Listener = { onOpen() {}, onBlock() {}, onPost() {}, onRevealed() {} };

interface Message {
  type: string;
  id?: string;
  payload?: { query?: string };
}

type Answer = (socket: WebSocket, message: Message) => void;

const say = (socket: WebSocket, message: unknown) => socket.send(JSON.stringify(message));

/** Serves the subscriptions as a node would, up to where `answer` takes over. */
async function serveSocket(answer: Answer, onConnection: (socket: WebSocket) => void = () => undefined) {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data) => answer(socket, JSON.parse(String(data))));
    onConnection(socket);
  });
  return serve(server);
}

/** An honest node with nothing to tell. */
const honest: Answer = (socket, { type, id, payload }) => {
  if (type === 'connection_init') say(socket, { type: 'connection_ack' });
  if (type === 'ping') say(socket, { type: 'pong' });
  if (type !== 'subscribe' || !payload?.query?.includes('query')) return;
  say(socket, { type: 'next', id, payload: { data: { node: { id: ID } } } });
  say(socket, { type: 'complete', id });
};

const asks = (field: string, { type, payload }: Message) => type === 'subscribe' && payload?.query?.includes(field);

/** Honest, and tells this in answer to one of the subscriptions, as soon as it stands. */
const telling =
  (field: string, ...payloads: unknown[]): Answer =>
  (socket, message) => {
    if (asks(field, message)) socket.once('stands', () => tell(socket, message.id, payloads));
    honest(socket, message);
    if (asks('query', message)) socket.emit('stands');
  };

const tell = (socket: WebSocket, id: string | undefined, payloads: readonly unknown[]) => {
  for (const payload of payloads) say(socket, { type: 'next', id, payload });
};

/** Ask for their bytes back: a frame of WebSocket, and a message of GraphQL in one. */
const PING_FRAME = Buffer.concat([Buffer.of(0x89, 125), Buffer.alloc(125)]);
const PING_MESSAGE = Buffer.concat([Buffer.of(0x81, 126, 0, 200), Buffer.from('{"type":"ping"}'.padEnd(200))]);

const listenTo = (url: string, timeouts = {}) => dial(url, timeouts).listen(LISTENER);

describe('a subscription', () => {
  const node = { hash: GENESIS.hash, header: headerToHex(GENESIS.header), height: 0, chainWork: '0'.repeat(64) };
  const step = { chainChanged: { kind: 'ATTACHED', node: { ...node, transactionIds: [] } } };

  it('reports that it is open, then events in order, until it is closed', async () => {
    const { url } = await serveSocket(telling('chainChanged', { data: step }, { data: step }));
    const heard: string[] = [];
    const link = dial(url);
    const listening = link.listen({
      ...LISTENER,
      onOpen: () => heard.push('open'),
      onBlock({ hash }) {
        heard.push(hash);
        if (heard.length === 3) link.close();
      },
      onPost: (id) => heard.push(id),
    });
    await expect(listening).resolves.toBeUndefined();
    expect(heard).toEqual(['open', GENESIS_ENTRY.hash, GENESIS_ENTRY.hash]);
  });

  it('reports nothing after it was closed, and nothing before it is open', async () => {
    const early: Answer = (socket, message) => {
      if (asks('transactionPending', message)) {
        tell(socket, message.id, [{ data: { transactionPending: { id: 'cd'.repeat(32) } } }]);
      }
      telling('transactionPending', ...Array(9).fill({ data: { transactionPending: { id: ID } } }))(socket, message);
    };
    const { url } = await serveSocket(early);
    const heard: string[] = [];
    const link = dial(url);
    const onPost = (id: string) => {
      heard.push(id);
      link.close();
    };
    await link.listen({ ...LISTENER, onPost });
    expect(heard).toEqual([ID]);
  });

  it('opens once, however often the peer acknowledges', async () => {
    const twice: Answer = (socket, message) => {
      if (asks('query', message)) tell(socket, message.id, [{ data: {} }, { data: {} }]);
      honest(socket, message);
      if (message.type === 'complete' || asks('query', message)) socket.close(4400);
    };
    let opened = 0;
    const link = dial((await serveSocket(twice)).url);
    await expect(link.listen({ ...LISTENER, onOpen: () => opened++ })).rejects.toEqual(fault('refused'));
    expect(opened).toBe(1);
  });

  it('does not hide an error of this program', async () => {
    const link = dial((await serveSocket(honest)).url);
    const onOpen = () => {
      throw new RangeError('our own');
    };
    await expect(link.listen({ ...LISTENER, onOpen })).rejects.toThrow(RangeError);
  });
});

describe('a node that does not open a subscription', () => {
  it('does not listen', async () => {
    await expect(listenTo(await serveNothing())).rejects.toEqual(fault('unreachable', 'ECONNREFUSED'));
  });

  it.each([
    [200, 'malformed'],
    [302, 'malformed'],
    [404, 'malformed'],
    [429, 'refused'],
    [503, 'refused'],
  ])('answers %i: %s', async (status, name) => {
    const { url } = await serveHttp((_, response) =>
      response.writeHead(status, { location: 'http://a.example' }).end(),
    );
    await expect(listenTo(url)).rejects.toEqual(fault(name));
  });

  it('sends nothing', async () => {
    const { url } = await serveTcp(() => undefined);
    await expect(listenTo(url, { answerMs: 20 })).rejects.toEqual(fault('timeout'));
  });

  it('sends one byte at a time', async () => {
    const { url } = await serveTcp((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nx: ');
      const drip = setInterval(() => socket.write('x'), 1);
      socket.once('close', () => clearInterval(drip));
    });
    await expect(listenTo(url, { answerMs: 40 })).rejects.toEqual(fault('timeout'));
  });

  it('speaks another protocol over WebSocket', async () => {
    const server = createServer();
    new WebSocketServer({ server, handleProtocols: () => false });
    await expect(listenTo((await serve(server)).url)).rejects.toEqual(fault('malformed'));
  });

  it('never acknowledges', async () => {
    const { url } = await serveSocket(() => undefined);
    await expect(listenTo(url, { answerMs: 30 })).rejects.toEqual(fault('timeout'));
  });

  it('acknowledges, and then does not confirm the subscription', async () => {
    const { url } = await serveSocket((socket) => say(socket, { type: 'connection_ack' }));
    await expect(listenTo(url, { answerMs: 30 })).rejects.toEqual(fault('timeout'));
  });

  it.each([
    ['with a code', { message: 'enough', extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }, 'refused'],
    ['of another schema', { message: 'Cannot query field' }, 'malformed'],
  ])('has an error %s', async (_, error, name) => {
    const failing: Answer = (socket, message) => {
      if (asks('chainChanged', message)) say(socket, { type: 'error', id: message.id, payload: [error] });
      else honest(socket, message);
    };
    await expect(listenTo((await serveSocket(failing)).url)).rejects.toEqual(fault(name));
  });
});

describe('a node whose subscription breaks', () => {
  it.each([
    ['text', 'malformed'],
    ['null', 'malformed'],
    ['{"type":"unheard of"}', 'malformed'],
    ['x'.repeat(600_000), 'too-large'],
  ])('sends %.30s', async (message, name) => {
    const { url } = await serveSocket(honest, (socket) => socket.send(message));
    await expect(listenTo(url)).rejects.toEqual(fault(name));
  });

  it('sends invalid frames', async () => {
    let raw: Socket | undefined;
    const { url, connections } = await serveSocket((socket, message) => {
      raw = connections[0];
      honest(socket, message);
      if (asks('query', message)) raw?.write(Buffer.alloc(100, 0xff));
    });
    await expect(listenTo(url)).rejects.toEqual(fault('malformed'));
  });

  it.each([
    ['chainChanged', { data: { chainChanged: null } }, 'malformed'],
    ['transactionPending', { data: { transactionPending: { id: 'no' } } }, 'malformed'],
    ['transactionPending', { data: null }, 'malformed'],
    ['chainChanged', { errors: [{ message: 'slow', extensions: { code: 'SUBSCRIBER_TOO_SLOW' } }] }, 'refused'],
  ])('tells of %s: %j', async (field, payload, name) => {
    const { url } = await serveSocket(telling(field, payload));
    await expect(listenTo(url)).rejects.toEqual(fault(name));
  });

  it('ends a subscription', async () => {
    const ending: Answer = (socket, message) => {
      honest(socket, message);
      if (asks('transactionPending', message)) say(socket, { type: 'complete', id: message.id });
    };
    await expect(listenTo((await serveSocket(ending)).url)).rejects.toEqual(fault('unreachable', 'ended'));
  });

  it.each([
    [1000, 'unreachable'],
    [1001, 'unreachable'],
    [1012, 'unreachable'],
    [4400, 'refused'],
    [4429, 'refused'],
  ])('closes with %i, and is not connected to again', async (code, name) => {
    const closing: Answer = (socket, message) => {
      honest(socket, message);
      if (asks('query', message)) socket.close(code);
    };
    const { url, connections } = await serveSocket(closing);
    await expect(listenTo(url)).rejects.toEqual(fault(name));
    const [socket] = connections as [Socket];
    if (!socket.closed) await once(socket, 'close');
    expect(connections).toHaveLength(1);
  });

  it('closes the connection without a message', async () => {
    const { url, connections } = await serveSocket((socket, message) => {
      honest(socket, message);
      if (asks('query', message)) connections[0]?.resetAndDestroy();
    });
    await expect(listenTo(url)).rejects.toEqual(fault('unreachable'));
  });

  it('vanishes, and is given up after a while', async () => {
    const mute: Answer = (socket, message) => message.type !== 'ping' && honest(socket, message);
    const { url } = await serveSocket(mute);
    await expect(listenTo(url, { pingMs: 5, pongMs: 10 })).rejects.toEqual(fault('timeout', 'within 10 ms'));
  });

  it('stays connected as long as it answers pings', async () => {
    let signs = 0;
    const { url } = await serveSocket((socket, message) => {
      if (message.type === 'ping' && ++signs === 5) socket.close(1001);
      else honest(socket, message);
    });
    await expect(listenTo(url, { pingMs: 2 })).rejects.toEqual(fault('unreachable'));
    expect(signs).toBe(5);
  });

  it.each([
    ['frames', PING_FRAME, 'unreachable'],
    ['messages', PING_MESSAGE, 'malformed'],
  ])('asks for signs of ours for ever, in %s, and reads none', async (_, ping, name) => {
    const pings = Buffer.concat(Array(1_000).fill(ping));
    const { url, connections } = await serveSocket((socket, message) => {
      honest(socket, message);
      const [raw] = connections;
      if (!raw || !asks('query', message)) return;
      raw.removeAllListeners('data').pause();
      const write = () => {
        while (raw.write(pings));
      };
      raw.on('drain', write);
      write();
    });
    await expect(listenTo(url)).rejects.toEqual(fault(name));
  });
});
