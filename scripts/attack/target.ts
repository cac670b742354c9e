/** A node under attack: strangers of any address who send it things, and what it looks like from outside meanwhile. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { WebSocket } from 'ws';
import type { Dice } from '../../test/support/dice.ts';
import type { NodeProcess } from '../../test/support/nodeProcess.ts';

export interface Sent {
  method?: string;
  /** The API's unless another is named. */
  path?: string;
  search?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Ends the connection after so many milliseconds, answered or not. */
  hangUpAfter?: number;
}

/** Runs in a thread, as it is. */
const WATCH = `
  const { parentPort, workerData } = require('node:worker_threads');
  let longest = 0;
  parentPort.on('message', () => {
    parentPort.postMessage(longest);
    longest = 0;
  });
  const ask = async () => {
    const started = performance.now();
    await (await fetch(workerData, { signal: AbortSignal.timeout(10000) })).text();
    return performance.now() - started;
  };
  const next = () => void ask().catch(() => Infinity).then((took) => {
    longest = Math.max(longest, took);
    setTimeout(next, 20);
  });
  next();`;

export class Target {
  readonly #node: NodeProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #sockets = new Set<{ destroy(): void }>();
  #watch: Worker | null = null;
  readonly dice: Dice;
  /** Bytes sent since the start. */
  bytes = 0;
  requests = 0;

  constructor(node: NodeProcess, dice: Dice) {
    this.#node = node;
    this.dice = dice;
  }

  get port(): number {
    return this.#node.port;
  }

  get isAlive(): boolean {
    return this.#node.process.exitCode === null && this.#node.process.signalCode === null;
  }

  /** An address that nobody else has: the node trusts its proxy, which this program is. */
  address(): string {
    return `198.${this.dice.between(18, 19)}.${this.dice.between(0, 255)}.${this.dice.between(1, 254)}`;
  }

  /** Sends a request. @returns the status and the length of the answer; status 0: there was none. */
  send({
    method = 'POST',
    path = '/graphql',
    search = '',
    headers = {},
    body,
    hangUpAfter,
  }: Sent): Promise<{ status: number; length: number }> {
    this.requests += 1;
    this.bytes += Buffer.byteLength(body ?? '') + search.length + 150;
    const own = { 'content-type': 'application/json', 'x-forwarded-for': this.address() };
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve) => {
      const options = { host: '127.0.0.1', port: this.port, path: `${path}${search}`, method, agent: this.#agent };
      const sent = httpRequest({ ...options, headers: { ...own, ...length, ...headers } }, (response) => {
        let received = 0;
        response.on('data', (chunk: Buffer) => {
          received += chunk.length;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, length: received }));
        response.on('error', () => resolve({ status: 0, length: received }));
      });
      sent.on('error', () => resolve({ status: 0, length: 0 }));
      if (hangUpAfter !== undefined) setTimeout(() => sent.destroy(), hangUpAfter);
      sent.end(body);
    });
  }

  ask(query: string, variables: object = {}, more: Sent = {}): Promise<{ status: number; length: number }> {
    return this.send({ ...more, body: JSON.stringify({ query, variables }) });
  }

  /** A connection on which anything may be written, and from which nothing is read. */
  async pipe(text: string): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    this.#sockets.add(socket);
    socket.on('error', () => {}).pause();
    this.requests += 1;
    this.bytes += text.length;
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    socket.write(text);
    return socket;
  }

  /** A WebSocket that has introduced itself. */
  async webSocket(): Promise<WebSocket> {
    const headers = { 'x-forwarded-for': this.address() };
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/graphql`, 'graphql-transport-ws', { headers });
    this.#sockets.add({ destroy: () => socket.terminate() });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('open', resolve).once('close', resolve));
    this.frame(socket, JSON.stringify({ type: 'connection_init' }));
    return socket;
  }

  frame(socket: WebSocket, text: string): void {
    this.requests += 1;
    this.bytes += text.length;
    if (socket.readyState === socket.OPEN) socket.send(text);
  }

  subscribe(socket: WebSocket, id: string, query: string, variables: object = {}): void {
    this.frame(socket, JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }));
  }

  /** Lets go of every connection. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /**
   * The longest that `/health` took since this was last asked, in milliseconds; Infinity when it did not answer within ten
   * seconds. Asked for on a thread of its own, which the attack does not hold up.
   */
  async longestHealth(): Promise<number> {
    this.#watch ??= new Worker(WATCH, { eval: true, workerData: `${this.#node.url}/health` });
    this.#watch.postMessage(null);
    const [milliseconds] = await once(this.#watch, 'message');
    return milliseconds;
  }

  async close(): Promise<void> {
    this.hangUp();
    await this.#watch?.terminate();
  }

  /** Milliseconds of processor time, on all threads, and bytes of memory, as the kernel counts them. */
  usage(): { cpu: number; memory: number } {
    const pid = this.#node.process.pid ?? 0;
    // proc(5): the fields behind the name in brackets; utime and stime are the 14th and 15th, in hundredths.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      cpu: 10 * (Number(stat[11]) + Number(stat[12])),
      memory: 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]),
    };
  }

  /** The longest delay of the event loop in milliseconds since this was last asked. */
  async longestTurn(): Promise<number> {
    const text = await (await fetch(`${this.#node.url}/metrics`, { signal: AbortSignal.timeout(60_000) })).text();
    return 1_000 * Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1]);
  }
}
