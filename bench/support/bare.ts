/** Questions over HTTP by many clients, asked of a node and of bare servers that answer the same bytes from a constant. */
import type { ChildProcess } from 'node:child_process';
import { createLoader, exchange, forkScript } from '../load/loader.ts';
import { startMercurius } from '../references/mercurius.ts';
import type { Bench } from '../runner/row.ts';

export const CLIENTS = 16;
/** Requests made for each second of a round: more than any server answers. */
const MOST_A_SECOND = 12_000;

export interface Question {
  document: string;
  /** Variables that differ, so that requests read different rows of the database. */
  variables: readonly object[];
}

/** @param isNew whether each request comes in words of its own, so that its answer is made. */
export type Load = (url: string, question: Question, isNew?: boolean) => Promise<number>;

/**
 * Answers a second that {@link CLIENTS} clients are given.
 * @param isProxied see `LoadJob`.
 */
export function createLoad(bench: Bench, duration: number, isProxied = false): Load {
  const loader = createLoader();
  bench.onEnd(loader.close);
  let asked = 0;
  return async (url, { document: query, variables }, isNew = false) => {
    const count = isNew ? Math.ceil((MOST_A_SECOND * duration) / 1_000) : variables.length;
    const bodies = Array.from({ length: count }, (_, i) => {
      const extensions = isNew ? { asked: ++asked } : undefined;
      return JSON.stringify({ query, variables: variables[i % variables.length], extensions });
    });
    const job = { kind: 'http', url, clients: CLIENTS, bodies, repeat: !isNew, duration, isProxied } as const;
    return (await loader.run({ ...job, expect: '{"data":{"' })).rate;
  };
}

/** A bare server, ended with the row. */
export interface Bare {
  /** Hands over what `node` answers to a question, makes sure that the same bytes come back, and returns where. */
  answerAs(node: string, question: Question): Promise<string>;
}

export function startBareYoga(bench: Bench): Bare {
  return createBare(bench, forkScript(new URL('../references/yoga.ts', import.meta.url)));
}

/** Null where it cannot be installed. */
export function startBareMercurius(bench: Bench): Bare | null {
  const child = startMercurius();
  if (child) return createBare(bench, child);
  bench.say('mercurius cannot be installed here: the row goes without it');
  return null;
}

function createBare(bench: Bench, child: ChildProcess): Bare {
  bench.onEnd(() => child.kill());
  return {
    async answerAs(node, { document: query, variables }) {
      const body = JSON.stringify({ query, variables: variables[0] });
      const answer = async (url: string) => {
        const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        return response.text();
      };
      const constant = await answer(`${node}/graphql`);
      const { url } = await exchange<{ url: string }>(child, (JSON.parse(constant) as { data: object }).data);
      const same = await answer(url);
      if (same === constant) return url;
      throw new Error(`the bare server answers ${same.slice(0, 200)}, we ${constant.slice(0, 200)}`);
    },
  };
}
