/** A real nginx in front of a node, for tests. Debian's package is enough. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from './directories.ts';

const PROGRAM = '/usr/sbin/nginx';

export const hasNginx = existsSync(PROGRAM);

export interface Nginx {
  port: number;
  close(): Promise<void>;
}

/** @param servers the part of a configuration within `http { }`, for a port that is free. */
export async function startNginx(servers: (port: number) => string): Promise<Nginx> {
  const directory = temporaryDirectory();
  // The workers of an nginx that root starts run as another user.
  chmodSync(directory, 0o755);
  const port = await freePort();
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, configuration(directory, servers(port)));
  const child = spawn(PROGRAM, ['-p', directory, '-c', file, '-e', join(directory, 'error.log')], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error(`nginx did not start: ${readFileSync(join(directory, 'error.log'), 'utf8')}`);
  });
  await Promise.race([answering(port), failed]);
  return {
    port,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The file that operators copy, for a port without TLS and a node somewhere else. */
export function deployedServer(port: number, nodePort: number): string {
  const text = readFileSync(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8');
  return text
    .replace('listen 443 ssl http2;', `listen 127.0.0.1:${port};`)
    .replace(/^\s*ssl_certificate.*$/gm, '')
    .replace('server 127.0.0.1:4000;', `server 127.0.0.1:${nodePort};`);
}

function configuration(directory: string, servers: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  return `
    daemon off;
    pid ${join(directory, 'nginx.pid')};
    worker_processes 1;
    events { worker_connections 1024; }
    http {
      access_log off;
      ${temporary.join('\n')}
      ${servers}
    }`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answering(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
