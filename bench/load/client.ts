/** The process behind `loader.ts`: takes a job, does it, sends what it found. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';
import { quantile } from '../runner/statistics.ts';
import type { LoadJob, LoadResult } from './loader.ts';

/** One client: one connection, one question at a time. */
interface Client {
  ask(body: string): Promise<string>;
  close(): void;
}

process.on('message', async (job: LoadJob) => {
  try {
    process.send?.(await work(job));
  } catch (error) {
    process.send?.({ fault: error instanceof Error ? error.message : String(error) });
  }
});

async function work(job: LoadJob): Promise<LoadResult> {
  const { kind, url, clients: count, bodies, repeat, duration, expect, isProxied = false } = job;
  const open = async () => (kind === 'http' ? openHttp(url, isProxied) : openRelay(url));
  const clients = await Promise.all(Array.from({ length: count }, open));
  const times: number[] = [];
  let next = 0;
  const start = performance.now();
  const isOver = () => performance.now() - start >= duration || (!repeat && next >= bodies.length);
  await Promise.all(
    clients.map(async (client) => {
      while (!isOver()) {
        const asked = performance.now();
        const answer = await client.ask(bodies[next++ % bodies.length] as string);
        times.push(performance.now() - asked);
        if (!answer.includes(expect)) throw new Error(`not what was asked for: ${answer.slice(0, 300)}`);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const client of clients) client.close();
  return { rate: times.length / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

let visitors = 0;

/** An address that no client has had before. */
function nextVisitor(): string {
  visitors += 1;
  return `10.${visitors >> 16}.${(visitors >> 8) & 255}.${visitors & 255}`;
}

function openHttp(url: string, isProxied: boolean): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const visitor = isProxied ? { 'x-forwarded-for': nextVisitor() } : {};
  return {
    ask: (body) =>
      new Promise((resolve, reject) => {
        const length = Buffer.byteLength(body);
        const headers = { 'content-type': 'application/json', 'content-length': length, ...visitor };
        const sent = request(url, { method: 'POST', agent, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

async function openRelay(url: string): Promise<Client> {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  return {
    async ask(body) {
      const answer = once(socket, 'message');
      socket.send(body);
      const [data] = (await answer) as [Buffer];
      return data.toString();
    },
    close: () => socket.close(),
  };
}
