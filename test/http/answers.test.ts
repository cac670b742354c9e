/** Requests that come without waiting for answers, over real sockets. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { inOrder, MAX_WAITING } from '../../src/http/answers.ts';

let server: Server;
const served: { path: string; response: ServerResponse }[] = [];
const clients: Socket[] = [];
const faults: unknown[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  served.length = 0;
  faults.length = 0;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function start(): Promise<Socket> {
  const take = (request: IncomingMessage, response: ServerResponse) =>
    served.push({ path: request.url ?? '', response });
  server = createServer(inOrder(take, (error) => faults.push(error)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return dial();
}

async function dial(): Promise<Socket> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  clients.push(client);
  await new Promise((resolve) => client.once('connect', resolve));
  return client;
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const requests = (count: number) => Array.from({ length: count }, (_, i) => get(`/${i}`)).join('');
const pathsServed = () => served.map(({ path }) => path);
/** Ends the newest answer under way. */
const answer = () => served.at(-1)?.response.end('ok');

it('a connection sends one answer at a time, in the order of the requests', async () => {
  const client = await start();
  let text = '';
  client.on('data', (chunk) => {
    text += chunk;
  });
  client.write(requests(3));
  await vi.waitFor(() => expect(pathsServed()).toEqual(['/0']));
  answer();
  await vi.waitFor(() => expect(pathsServed()).toEqual(['/0', '/1']));
  answer();
  await vi.waitFor(() => expect(pathsServed()).toEqual(['/0', '/1', '/2']));
  answer();
  await vi.waitFor(() => expect(text.match(/HTTP\/1.1 200/g)).toHaveLength(3));
});

it('an answer that the client does not read delays the next one', async () => {
  const client = await start();
  client.pause();
  client.write(requests(2));
  await vi.waitFor(() => expect(served).toHaveLength(1));
  const { response } = served[0] as { response: ServerResponse };
  response.end(Buffer.alloc(16 * 1_048_576));
  // Another connection is answered meanwhile, so the server has had turns enough.
  const other = await dial();
  other.write(get('/other'));
  await vi.waitFor(() => expect(served).toHaveLength(2));
  served[1]?.response.end('ok');
  await new Promise((resolve) => other.once('data', resolve));
  expect(pathsServed()).toEqual(['/0', '/other']);
  client.resume();
  await vi.waitFor(() => expect(pathsServed()).toEqual(['/0', '/other', '/1']));
});

it('connections do not wait for one another', async () => {
  const client = await start();
  client.write(get('/a'));
  (await dial()).write(get('/b'));
  await vi.waitFor(() => expect(pathsServed().toSorted()).toEqual(['/a', '/b']));
});

it('a connection that sends more than may wait is read no further', async () => {
  const client = await start();
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.on('error', () => {});
  let read = 0;
  server.prependListener('request', () => {
    read += 1;
  });
  client.write(requests(1_000));
  await closed;
  // That of the first answer, those that wait, and the one too many.
  expect(read).toBe(MAX_WAITING + 2);
});

it('a connection that sends more than may wait is closed, and what waited is not served', async () => {
  const client = await start();
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.on('error', () => {});
  client.write(requests(MAX_WAITING + 10));
  await closed;
  expect(pathsServed()).toEqual(['/0']);
});

it('what waits for a connection that ends is not served', async () => {
  const client = await start();
  client.write(requests(MAX_WAITING));
  await vi.waitFor(() => expect(served).toHaveLength(1));
  const { response } = served[0] as { response: ServerResponse };
  const closed = new Promise((resolve) => response.once('close', resolve));
  client.destroy();
  await closed;
  expect(pathsServed()).toEqual(['/0']);
});

it('what comes behind an answer that is the last of its connection is not served', async () => {
  const client = await start();
  client.resume();
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.write(requests(10));
  await vi.waitFor(() => expect(served).toHaveLength(1));
  served[0]?.response.writeHead(401, { connection: 'close' }).end('no');
  await ended;
  expect(pathsServed()).toEqual(['/0']);
});

it('what comes behind a request that Node itself refuses, and ends the connection for, is not served', async () => {
  const client = await start();
  client.resume();
  const ended = new Promise((resolve) => client.once('end', resolve));
  // Without a host, which HTTP 1.1 demands.
  client.write(`GET /first HTTP/1.1\r\n\r\n${requests(3)}`);
  await ended;
  expect(pathsServed()).toEqual([]);
});

it('an error while a request is served ends its connection, and is logged', async () => {
  await start();
  const fault = new Error('of this program');
  server.removeAllListeners('request').on(
    'request',
    inOrder(
      () => {
        throw fault;
      },
      (error) => faults.push(error),
    ),
  );
  const client = await dial();
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.write(requests(2));
  await closed;
  expect(faults).toEqual([fault]);
});
