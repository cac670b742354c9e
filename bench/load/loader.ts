/**
 * Load from a process of its own, so that what the clients cost is not counted as the server's. Both still share the
 * machine's cores, for our side and for the reference alike.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs a script of this project, TypeScript or not, as a process that is spoken to by messages. In production, as our own
 * program runs: graphql-js is twice as slow otherwise, in a reference as in ours.
 */
export function forkScript(script: URL, args: readonly string[] = []): ChildProcess {
  const env = { ...process.env, NODE_ENV: 'production' };
  return fork(script, [...args], { execArgv: ['--import', 'tsx'], serialization: 'advanced', env });
}

/** Sends a message and waits for the next one that comes back. */
export async function exchange<Answer>(child: ChildProcess, message: object): Promise<Answer> {
  const ended = new AbortController();
  const answer = once(child, 'message', { signal: ended.signal });
  child.send(message);
  const end = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`);
  });
  try {
    const [value] = (await Promise.race([answer, end])) as [Answer];
    return value;
  } finally {
    ended.abort();
    answer.catch(() => {});
    end.catch(() => {});
  }
}

export interface LoadJob {
  kind: 'http' | 'relay';
  url: string;
  /** How many ask at the same time, each its next question when the last one was answered. */
  clients: number;
  bodies: readonly string[];
  /** Whether to begin again after the last body; else that is the end. */
  repeat: boolean;
  /** Milliseconds to go on at most. */
  duration: number;
  /** What each answer must contain. */
  expect: string;
  /** Whether each client is a visitor of its own, as a proxy tells of them: who asks much from one address is refused. */
  isProxied?: boolean;
}

export interface LoadResult {
  /** Answers a second. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

export interface Loader {
  run(job: LoadJob): Promise<LoadResult>;
  close(): void;
}

export function createLoader(): Loader {
  const child = forkScript(new URL('./client.ts', import.meta.url));
  return {
    async run(job) {
      const answer = await exchange<LoadResult | { fault: string }>(child, job);
      if ('fault' in answer) throw new Error(answer.fault);
      return answer;
    },
    close: () => child.kill(),
  };
}
