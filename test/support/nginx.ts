/** A real nginx, HAProxy or Caddy in front of a node, for tests. Debian's packages are enough. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from './directories.ts';
import { freePort } from './freePort.ts';

const NGINX = '/usr/sbin/nginx';
const HAPROXY = '/usr/sbin/haproxy';
const CADDY = '/usr/bin/caddy';

export const hasNginx = existsSync(NGINX);
export const hasHaproxy = existsSync(HAPROXY);
export const hasCaddy = existsSync(CADDY);

export interface ReverseProxy {
  port: number;
  close(): Promise<void>;
}

/**
 * @param servers the part of a configuration within `http { }`, for a port that is free.
 * @param more what stands before that. The workers of an nginx that root starts run as another user, unless told otherwise.
 */
export async function startNginx(servers: (port: number) => string, more = ''): Promise<ReverseProxy> {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  const port = await freePort();
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, `${more}${configuration(directory, servers(port))}`);
  const log = join(directory, 'error.log');
  return startProxy(NGINX, ['-p', directory, '-c', file, '-e', log], port, () => readFileSync(log, 'utf8'));
}

/** An HAProxy that is told nothing but where the node is. It runs as the user who starts it. */
export async function startHaproxy(nodePort: number): Promise<ReverseProxy> {
  const port = await freePort();
  const file = join(temporaryDirectory(), 'haproxy.cfg');
  writeFileSync(
    file,
    `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen node
  bind 127.0.0.1:${port}
  server node 127.0.0.1:${nodePort}
`,
  );
  return startProxy(HAPROXY, ['-f', file, '-db'], port, () => '');
}

/**
 * Caddy with the file that operators copy, for another port and a node somewhere else. What asks the world for a certificate asks
 * an authority of Caddy's own.
 */
export async function startCaddy(nodePort: number): Promise<ReverseProxy & { authority(): Buffer }> {
  const directory = temporaryDirectory();
  const port = await freePort();
  const text = readFileSync(new URL('../../deploy/Caddyfile', import.meta.url), 'utf8');
  const file = join(directory, 'Caddyfile');
  writeFileSync(
    file,
    `{
  admin off
  local_certs
  skip_install_trust
  auto_https disable_redirects
  default_bind 127.0.0.1
  https_port ${port}
  storage file_system ${directory}
}
${text.replace('127.0.0.1:4000', `127.0.0.1:${nodePort}`)}`,
  );
  const caddy = await startProxy(CADDY, ['run', '--config', file, '--adapter', 'caddyfile'], port, () => '');
  return { ...caddy, authority: () => readFileSync(join(directory, 'pki/authorities/local/root.crt')) };
}

async function startProxy(program: string, args: string[], port: number, log: () => string): Promise<ReverseProxy> {
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error(`${program} did not start: ${log()}`);
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

/** Resolves when a port of this machine takes connections. */
export async function answering(port: number): Promise<void> {
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
