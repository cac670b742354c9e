/** The built program as its users run it: a process with a data directory and a port of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Where a node says it is. */
export interface Links {
  url: string;
  playground: string;
  page: string;
}

export interface NodeProcess {
  /** Such as http://127.0.0.1:4000. */
  url: string;
  port: number;
  /** As it prints them, with the operator's token where that is needed. */
  links: Links;
  process: ChildProcess;
  finished: Promise<Finished>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Finished>;
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  input = '',
  environment: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  const child = launch(args, environment);
  child.stdin?.end(input);
  return finish(child);
}

/**
 * Starts a node on the `dev` network and waits until it says where it is.
 * @param port 0: any free one.
 */
export async function startNodeProcess(
  dataDir: string,
  port = 0,
  args: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<NodeProcess> {
  const fixed = ['start', '--json', '--network', 'dev', '--data-dir', dataDir, '--port', String(port)];
  return startProcess([...fixed, ...args], environment);
}

/** Starts a program that serves, with `--json` among its arguments, and waits until it says where it is. */
export async function startProcess(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<NodeProcess> {
  const child = launch(args, environment);
  const finished = finish(child);
  const links = await Promise.race([announced(child), finished.then(failed)]);
  const { url } = links;
  return {
    url,
    links,
    port: Number(new URL(url).port),
    process: child,
    finished,
    end(signal) {
      child.kill(signal);
      return finished;
    },
  };
}

export interface ApiAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what its reader asserts
  data: any;
  errors?: { message: string; extensions: { code: string } }[];
}

/** @param dataDir of the node, to ask with its operator's token: a process that serves others is not taken for the operator's. */
export async function ask(url: string, query: string, variables: object = {}, dataDir?: string): Promise<ApiAnswer> {
  const token = dataDir && readFileSync(join(dataDir, 'operator-token'), 'utf8').trim();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as ApiAnswer;
}

function launch(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], {
    // Posts of tests claim one time, whatever the clock says.
    env: { STELE_POOL_CLAIM_HOURS: '10000000', ...process.env, ...environment },
  });
}

/** What it has written, once it has ended. */
export async function finish(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}

/** Where a node started with `--json` is: the line that says so stands among those of its log. */
export function announced(child: ChildProcess): Promise<Links> {
  return new Promise((resolve) => {
    if (!child.stdout) throw new Error('the process has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = JSON.parse(line) as Partial<Links>;
      if (told.url !== undefined) resolve(told as Links);
    });
  });
}

function failed({ code, stderr }: Finished): never {
  throw new Error(`the node ended with ${code}: ${stderr}`);
}
