/** A whole node without sockets: real store, chain, pool, miner and API, asked as HTTP asks it. */
import type { ExecutionResult } from 'graphql';
import { pino } from 'pino';
import { JsonApi } from '../../src/graphql/jsonApi.ts';
import type { Caller } from '../../src/graphql/ports.ts';
import { skeleton } from '../../src/mempool/lookalike.ts';
import { assemble, type NodeParts, surroundings } from '../../src/node/assemble.ts';
import type { NodeOptions } from '../../src/options/config.ts';
import type { Dialer } from '../../src/peers/ports.ts';
import { openStore } from '../../src/store/sqlite/open.ts';
import { GENESIS } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { testNodeOptions } from '../support/nodeOptions.ts';

export const OPERATOR: Caller = { address: '127.0.0.1', isOperator: true };
export const STRANGER: Caller = { address: '203.0.113.7', isOperator: false };

let strangers = 0;
/** Somebody who has never called before: what one sends that breaks rules counts against nobody else. */
export function newStranger(): Caller {
  strangers += 1;
  return { ...STRANGER, address: `198.18.${strangers >> 8}.${strangers & 255}` };
}

/** The code of the first error of an answer. */
export const codeOf = (answer: { errors?: { extensions: { code: string } }[] }) => answer.errors?.[0]?.extensions.code;

export interface ApiError {
  message: string;
  extensions: { code: string; id?: string };
  path?: string[];
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what each test asserts
  data: any;
  errors?: ApiError[];
}

export interface SentRequest {
  method: string;
  /** Behind the endpoint, such as `?query={node{id}}`. */
  search?: string;
  headers: Record<string, string>;
  body?: string;
}

export interface TestNode extends NodeParts {
  directory: string;
  /** Every record the node has logged. */
  logged: Record<string, unknown>[];
  ask(query: string, variables?: Record<string, unknown>, caller?: Caller): Promise<Answer>;
  /** Sends any request. */
  request(sent: SentRequest, caller?: Caller): Promise<Response>;
  /** Sends any body. */
  send(body: string, headers?: Record<string, string>, caller?: Caller): Promise<Response>;
  /** Subscribes in the process, through the pipeline that the transports use. */
  follow(query: string, variables?: Record<string, unknown>, caller?: Caller): Promise<AsyncIterator<ExecutionResult>>;
  /** Closes the node; the same directory can be opened again. */
  restart(): Promise<TestNode>;
  dispose(): Promise<void>;
}

export async function startTestNode(
  options: Partial<NodeOptions> = {},
  directory = temporaryDirectory(),
  dialer?: Dialer,
): Promise<TestNode> {
  const logged: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => logged.push(JSON.parse(line)) });
  const { genesis = GENESIS } = options;
  const store = await openStore({ directory, genesis, skeletonOf: skeleton });
  const chosen = testNodeOptions({ ...options, dataDir: directory });
  const parts = await assemble(chosen, { ...surroundings(chosen, log, store), ...(dialer && { dialer }) });
  const { pipeline } = parts;
  const json = new JsonApi(pipeline, parts.services);

  const request: TestNode['request'] = async ({ method, search = '', headers, body = null }, caller = OPERATOR) => {
    const sent = { method, url: `/graphql${search}`, headers, body, raw: null, context: { caller } };
    const [text, init] = await json.answer(sent);
    return new Response(text as string | null, init);
  };

  const send: TestNode['send'] = async (body, headers = {}, caller = OPERATOR) =>
    request({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }, caller);

  return {
    ...parts,
    directory,
    logged,
    request,
    send,
    async ask(query, variables = {}, caller = OPERATOR) {
      const response = await send(JSON.stringify({ query, variables }), {}, caller);
      return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
    },
    async follow(query, variables = {}, caller = OPERATOR) {
      const prepared = await pipeline.prepare({ caller }, { query, variables });
      const result = 'document' in prepared ? await pipeline.subscribe(prepared) : prepared;
      if (Symbol.asyncIterator in result) return result[Symbol.asyncIterator]();
      throw new Error(`not subscribed: ${JSON.stringify(result)}`);
    },
    async restart() {
      await parts.close();
      return startTestNode(options, directory);
    },
    async dispose() {
      await parts.close();
    },
  };
}
