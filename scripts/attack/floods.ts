/** Attacks by number: frames, connections that are reset, posts, and what is asked of a pool that is full of them. */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { makePosts } from '../../bench/support/blocks.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { crowd, type Kind, times } from './kind.ts';

/** Everything that `send` sends leaves in as few chunks as the system takes. */
function atOnce(socket: WebSocket, send: () => void): void {
  const pipe = Reflect.get(socket, '_socket') as Socket;
  pipe.cork();
  send();
  pipe.uncork();
}

export const frameFloods: Kind = {
  name: 'floods of frames',
  async run(target, effort) {
    const { dice } = target;
    const sockets = await Promise.all(Array.from({ length: 2 * effort }, () => target.webSocket()));
    let id = 0;
    const flood = dice.shuffle<(socket: WebSocket) => void>([
      (socket) => target.subscribe(socket, `${id++}`, `subscription{transactionStatus(id:"${'0'.repeat(64)}"){state}}`),
      (socket) => target.subscribe(socket, `${id++}`, `subscription Q${id}{chainChanged{node{hash body{id}}}}`),
      (socket) => target.subscribe(socket, `${id++}`, `{nothing${id}}`),
      (socket) => target.subscribe(socket, `${id++}`, '{node{height}}'),
      (socket) => {
        target.subscribe(socket, 'same', 'subscription{nodeStatus{height}}');
        target.frame(socket, '{"id":"same","type":"complete"}');
      },
      (socket) => target.frame(socket, '{"type":"ping"}'),
      (socket) => target.frame(socket, '{"type":"pong","payload":{}}'),
      (socket) => socket.ping(),
      (socket) => socket.pong(Buffer.alloc(125)),
    ]);
    for (const send of flood) {
      for (const socket of sockets) {
        if (socket.readyState !== socket.OPEN) continue;
        if (dice.chance(0.2)) socket.pause();
        atOnce(socket, () => {
          for (let i = dice.between(50, 400); i > 0; i--) send(socket);
        });
      }
      await delay(100);
    }
    await delay(1_500);
  },
};

/** Many more requests and frames in few bytes than anybody means to send. */
export const crumbs: Kind = {
  name: 'crumbs of requests and frames',
  async run(target, effort) {
    const { dice } = target;
    for (let i = 0; i < 4 * effort; i++) {
      const [method, path] = [
        dice.pick(['GET', 'HEAD', 'POST']),
        dice.pick(['/', '/health', '/graphql', '/feed.atom']),
      ];
      await target.pipe(`${method} ${path} HTTP/1.1\r\nhost:x\r\n\r\n`.repeat(dice.between(100, 4_000)));
      const accept = dice.pick(['multipart/mixed;', 'text/html,', ',;', ' ;q=']).repeat(900);
      await target.send({ method: 'GET', search: '?query={node{id}}', headers: { accept } });
      const socket = await target.webSocket();
      const frames = dice.between(100, 20_000);
      atOnce(socket, () => {
        for (let at = 0; at < frames; at++) socket.send(dice.pick(['', ' ']), { fin: false });
      });
      target.bytes += 7 * frames;
    }
    await delay(1_000);
  },
};

export const resets: Kind = {
  name: 'connections that are reset',
  run: (target, effort) =>
    crowd(16, 40 * effort, async () => {
      const { dice } = target;
      const body = JSON.stringify({ query: '{transactions(first:100){nodes{id content}}}' });
      const head = (more: string) => `HTTP/1.1\r\nhost: x\r\nx-forwarded-for: ${target.address()}\r\n${more}\r\n`;
      const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ';
      const sent = dice.pick([
        `POST /graphql ${head(`content-type: application/json\r\ncontent-length: ${body.length}\r\n`)}${body}`,
        `GET /graphql ${head(`${upgrade}dGhlIHNhbXBsZSBub25jZQ==\r\n`)}`,
        `POST /graphql ${head('content-type: application/json\r\ncontent-length: 9999\r\n')}`,
        `GET / ${head('accept: text/html\r\n')}`,
        `GET /metrics ${head('')}`,
      ]);
      const socket = await target.pipe(sent.repeat(dice.between(1, 3)));
      await delay(dice.between(0, 20));
      socket.resetAndDestroy();
    }),
};

/** Posts of the chain's own authors, which the pool takes. */
export const posts: Kind = {
  name: 'posts by the hundred',
  async run(target, effort) {
    const { dice } = target;
    const seed = dice.between(1, 1e9);
    const query =
      'mutation ($input: SubmitTransactionsInput!) { submitTransactions(input: $input) { statuses { state } } }';
    await crowd(4, 4 * effort, async (i) => {
      const transactions = makePosts(100, { seed, label: `attack ${i}` }).map(transactionToWire);
      const spoiled = transactions.map((one) => (dice.chance(0.1) ? { ...one, signature: '00'.repeat(64) } : one));
      await target.ask(query, { input: { transactions: spoiled } });
    });
  },
};

export const pool: Kind = {
  name: 'reads of a pool',
  run: (target, effort) =>
    crowd(4, 10 * effort, async () => {
      const { dice } = target;
      const query = dice.pick([
        () => `{${times(29, (i) => `a${i}:pendingTransactions(first:1){totalCount}`)}}`,
        () => `{${times(20, (i) => `a${i}:pendingTransactions(last:${dice.between(1, 100)}){nodes{id}}`)}}`,
        () => `{${times(29, (i) => `a${i}:find(digits:"${dice.between(10_000_000, 99_999_999)}"){transactions{id}}`)}}`,
        () => `{node{pool{${times(25, (i) => `a${i}:minimumWork(kind:${dice.pick(['KNOWN_NAME', 'NEW_NAME'])})`)}}}}`,
        () => '{pendingTransactions(first:100){nodes{statement content status{state} parent{id}}}}',
        () => `{${times(29, (i) => `a${i}:authorsByPrefix(prefix:"a"){name since{hash} keyCount}`)}}`,
        () =>
          `{${times(14, (i) => `a${i}:transactions(first:20,filter:{author:"author ${i}",text:"ka"}){totalCount}`)}}`,
      ])();
      await target.ask(query);
    }),
};
