/** A whole node of ours that others reach over sockets, and that a test can look into. */
import { rm } from 'node:fs/promises';
import { pino } from 'pino';
import { expect } from 'vitest';
import type { PeerRecord } from '../../src/graphql/ports.ts';
import { listen } from '../../src/http/server.ts';
import { serve } from '../../src/node/start.ts';
import type { NodeOptions } from '../../src/options/config.ts';
import { createDialer, type Timeouts } from '../../src/peers/link/httpLink.ts';
import { OPERATOR, startTestNode, type TestNode } from '../graphql/fixture.ts';
import { GENESIS } from '../support/chain.ts';
import { testNodeOptions } from '../support/nodeOptions.ts';

export interface LiveNode extends TestNode {
  url: string;
  /** Resolves when something holds, which is looked at whenever anything has changed. */
  until(holds: () => unknown): Promise<void>;
  /** Resolves when a post that is held here has its content. */
  untilHas(id: string): Promise<void>;
  /** How another node stands here, by its address. */
  peer(url: string): PeerRecord | undefined;
  /** Posts by `author`, and gives the id. */
  post(content: string, author?: string): Promise<string>;
  /** Mines one block of what is pending, and gives its hash. */
  mine(): Promise<string>;
  /** Stops the node and takes its data away. */
  stop(): Promise<void>;
}

export interface LiveOptions extends Partial<NodeOptions> {
  /** Whether it tells the others where it is; to be local proves nothing then, as on the Internet. */
  isPublic?: boolean;
}

export async function startLiveNode(
  { isPublic = false, ...options }: LiveOptions = {},
  timeouts: Partial<Timeouts> = {},
): Promise<LiveNode> {
  const onFault = (error: unknown) => {
    throw error;
  };
  const http = await listen({ host: '127.0.0.1', port: 0, keepAliveTimeout: 75_000, onFault });
  const { allowPrivatePeers: allowPrivate = false } = options;
  const dialer = createDialer({ network: GENESIS.hash, allowPrivate, timeouts });
  const chosen = { ...options, publicUrl: isPublic ? http.url : null, operatorToken: TOKEN };
  const node = await startTestNode(chosen, undefined, dialer);
  const until = watch(node);
  const running = serve(node, testNodeOptions({ ...chosen, dataDir: node.directory }), pino({ level: 'silent' }), http);
  return {
    ...node,
    url: running.url,
    until: (holds) => until(async () => holds()),
    untilHas: (id) => until(async () => (await node.store.contents.lacking([id])).length === 0),
    peer: (url) => node.peers.list().find((peer) => peer.url === url),
    async post(content, author = 'alice') {
      const { data, errors } = await node.ask(POST, { input: { author, content } }, OPERATOR);
      expect(errors).toBeUndefined();
      expect(data.post.status.state).toBe('PENDING');
      return data.post.transaction.id;
    },
    async mine() {
      const { data, errors } = await node.ask(MINE, {}, OPERATOR);
      expect(errors).toBeUndefined();
      expect(data.mine.outcome).toBe('MINED');
      return data.mine.blocks[0].hash;
    },
    async stop() {
      await running.close();
      await rm(node.directory, { recursive: true });
    },
  };
}

const TOKEN = 'operator';
const POST = 'mutation ($input: PostInput!) { post(input: $input) { transaction { id } status { state } } }';
const MINE = 'mutation { mine(input: { blocks: 1, allowEmpty: true }) { outcome blocks { hash } } }';

/** Whatever changes in a node goes through its feed. */
function watch({ services: { feed } }: TestNode): (holds: () => Promise<unknown>) => Promise<void> {
  const changed = feed.changed.bind(feed);
  const arrived = feed.arrived.bind(feed);
  const revealed = feed.revealed.bind(feed);
  let wake = () => {};
  let change = new Promise<void>(() => {});
  const turn = () => {
    wake();
    change = new Promise((resolve) => {
      wake = resolve;
    });
  };
  turn();
  feed.changed = (topic) => {
    changed(topic);
    turn();
  };
  feed.arrived = (post) => {
    arrived(post);
    turn();
  };
  feed.revealed = (post) => {
    revealed(post);
    turn();
  };
  return async (holds) => {
    for (let next = change; !(await holds()); next = change) await next;
  };
}
