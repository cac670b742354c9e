/** A server of the protocol that says whatever a {@link PeerLink} of the test says, in the forms of the real schema. */
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { buildSchema, type GraphQLResolveInfo, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { type Header, headerToHex, hexToHeader } from '../../src/domain/header.ts';
import { readTransaction, type Transaction, transactionToWire } from '../../src/domain/transaction.ts';
import type { Handshake, Hello, PeerLink } from '../../src/peers/ports.ts';
import { GENESIS, GENESIS_ENTRY, type Mined } from '../support/chain.ts';
import { peerWith } from './fixtures.ts';
import { HELLO, type Scripted, serve } from './scripted.ts';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

/** What is asked, by the names of `src/peers/link/documents.ts`. */
export type Question = 'Greet' | 'Headers' | 'Body' | 'Posts' | 'Lacking' | 'Pending' | 'Offer' | 'Submit';

export interface ScriptedNode extends Scripted {
  /** What it was asked, in order. */
  asked: Question[];
  /** Resolves when it has been asked this, so many times. */
  was(question: Question, times?: number): Promise<void>;
  /** Resolves when another node's subscriptions stand. */
  listened: Promise<void>;
  /** Tells those who listen that a block has joined its chain. */
  announce(mined: Mined): void;
  /** Tells them that a post has entered its pool. */
  announcePost(id: string): void;
}

export interface Script extends Partial<PeerLink> {
  /** Its best chain above genesis, lowest first. */
  chain?: readonly Mined[];
  /** Its pool. */
  pool?: readonly Transaction[];
  /** What it says of itself. */
  hello?: Partial<Handshake>;
  /** Milliseconds that it takes for each answer. */
  slowness?: number;
  /** Takes an answer in its own hands: true when it does. */
  seize?(question: Question, response: ServerResponse): boolean;
}

let nodes = 0;

/** Says what an honest node with this chain and pool would, but for what the script replaces. */
function linkOf({ chain = [], pool = [], hello, ...replaced }: Script): PeerLink {
  const { hash: tip, height, chainWork } = chain.at(-1)?.entry ?? GENESIS_ENTRY;
  nodes += 1;
  const nodeId = nodes.toString(16).padStart(32, '0');
  return peerWith(chain, {
    handshake: async () => ({ ...HELLO, nodeId, tip, height, chainWork, addresses: [], ...hello }),
    posts: async (ids) => pool.filter(({ id }) => ids.includes(id)),
    pending: async () => ({ ids: pool.map(({ id }) => id), next: null }),
    offer: async () => ({ outcome: 'duplicate' }),
    submit: async () => {},
    ...replaced,
  });
}

export async function serveNode(script: Script): Promise<ScriptedNode> {
  const link = linkOf(script);
  const asked: Question[] = [];
  const questions = new EventEmitter();
  async function was(question: Question, times = 1): Promise<void> {
    while (asked.filter((one) => one === question).length < times) await once(questions, question);
  }
  const ears = createEars();
  const root = { ...answersOf(link), node: { id: '0'.repeat(32) } };
  const server = createServer(async (request, response) => {
    const { query, variables } = JSON.parse(await bodyOf(request));
    const question = /^\s*\w+ (\w+)/.exec(query)?.[1] as Question;
    if (script.slowness) await delay(script.slowness);
    if (!script.seize?.(question, response)) {
      const answer = await graphql({ schema, source: query, rootValue: root, variableValues: variables });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }
    asked.push(question);
    questions.emit(question);
  });
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  const listened = new Promise<void>((resolve) => {
    // The one operation that ends by itself is the one that asks whether the others stand.
    useServer({ schema, roots: { query: root, subscription: ears.root }, onComplete: () => resolve() }, sockets);
  });
  return { ...(await serve(server)), asked, was, listened, ...ears };
}

type PostInput = Parameters<typeof readTransaction>[0];
interface OfferInput {
  header: string;
  transactionIds: string[];
  transactions: PostInput[];
}

const readPost = (post: PostInput) => readTransaction(post, GENESIS.hash);

/** Resolvers that ask the link. */
function answersOf(link: PeerLink) {
  return {
    async addPeer({ input: { hello } }: { input: { hello: Hello } }) {
      const { addresses, ...handshake } = await link.handshake(hello);
      return { outcome: 'CONNECTED', message: null, addresses, node: nodeOf(handshake) };
    },
    async headers({ locator, first }: { locator: string[]; first: number }) {
      return (await link.headers(locator, first)).map(headerToHex);
    },
    async block({ hash }: { hash: string }, _: unknown, { variableValues }: GraphQLResolveInfo) {
      const body = await link.body(hash, variableValues.only as string[] | undefined);
      return body && { body: body.map(postToWire) };
    },
    async transactionsById({ ids }: { ids: string[] }) {
      const posts = await link.posts(ids);
      return ids.map((id) => posts.find((post) => post.id === id)).map((post) => post && postToWire(post));
    },
    missingContents: () => link.lacking(),
    async pendingTransactions({ after }: { after: string | null }) {
      const { ids, next } = await link.pending(after);
      return { nodes: ids.map((id) => ({ id })), pageInfo: { hasNextPage: next !== null, endCursor: next } };
    },
    async addBlock({ input: { header, transactionIds: ids, transactions } }: { input: OfferInput }) {
      const answer = await link.offer({ header: hexToHeader(header), ids, transactions: transactions.map(readPost) });
      const outcome = answer.outcome === 'missing' ? 'missing-transactions' : answer.outcome;
      return { missing: [], ...answer, outcome: outcome.toUpperCase().replace('-', '_') };
    },
    async submitTransactions({ input: { transactions } }: { input: { transactions: PostInput[] } }) {
      await link.submit(transactions.map(readPost));
      return { statuses: transactions.map(() => ({ state: 'PENDING' })) };
    },
  };
}

/** The open subscriptions. */
function createEars() {
  const onBlock = new Set<Readable>();
  const onPost = new Set<Readable>();
  const onRevealed = new Set<Readable>();
  function join(ears: Set<Readable>) {
    const listener = new Readable({ objectMode: true, read() {} });
    ears.add(listener);
    return listener.once('close', () => ears.delete(listener));
  }
  return {
    root: {
      chainChanged: () => join(onBlock),
      transactionPending: () => join(onPost),
      transactionRevealed: () => join(onRevealed),
    },
    announce({ block, entry }: Mined) {
      const node = { ...shownTip(entry), header: headerToHex(block.header), transactionIds: idsOf(block.transactions) };
      for (const listener of onBlock) listener.push({ chainChanged: { kind: 'ATTACHED', cursor: '', node } });
    },
    announcePost(id: string) {
      for (const listener of onPost) listener.push({ transactionPending: { id } });
    },
  };
}

/** Shortened, as they are asked for. */
const idsOf = (transactions: readonly Transaction[]) => () => transactions.map(({ id }) => id.slice(0, 16));

const shownTip = ({ chainWork, ...tip }: { hash: string; height: number; chainWork: bigint }) => ({
  ...tip,
  chainWork: chainWork.toString(16).padStart(64, '0'),
});

function nodeOf({ network, nodeId: id, version, protocol, url: publicUrl, tip: hash, height, chainWork }: Hello) {
  return {
    id,
    version,
    protocol,
    publicUrl,
    network: { genesis: network },
    tip: shownTip({ hash, height, chainWork }),
  };
}

function postToWire(transaction: Transaction) {
  return { ...transactionToWire(transaction), statement: new TextDecoder().decode(transaction.bytes) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
  });
  await once(request, 'end');
  return body;
}

/** Headers in the order in which they are sent, for scripts that change them. */
export const headersOf = (mined: readonly Mined[]): Header[] => mined.map(({ block }) => block.header);
