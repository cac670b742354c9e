/** Answers the addresses whose documents are made of the chain: feeds, receipts, and pages with a head that says what they are. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../../graphql/ports.ts';
import type { Answering, ApiError, PageOptions } from '../ports.ts';
import { readAddress, type Subject, type Wanted } from './address.ts';
import { RECEIPT_TYPE, toAtom } from './atom.ts';
import { type Sent, sendChanged } from './conditional.ts';
import { AUTHOR, BOARD, POST, RECEIPT } from './documents.ts';
import { feedFrom } from './feed.ts';
import type { TypedDocumentString } from './generated/graphql.ts';
import { type Head, headOfAuthor, headOfPost, headOfTopic, toHead } from './head.ts';
import { toJsonFeed } from './jsonFeed.ts';

/** Posts in a feed. */
const LENGTH = 30;
/** Bytes of a document that are written, hashed and compressed for a cost of one. */
const BYTES_A_COST = 160;
const TYPES = { atom: 'application/atom+xml; charset=utf-8', json: 'application/feed+json; charset=utf-8' } as const;
/** A feed is read by programs, and nothing in it is to be run. */
const POLICY = { 'content-security-policy': "default-src 'none'; sandbox" };

/** The document of the page, with a head of its own or as it is. */
export interface IndexPort {
  withHead(head: string): { body: string; headers: Record<string, string> };
  send(request: IncomingMessage, response: ServerResponse): void;
}

type Ask = <Data, Variables extends object>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
) => Promise<Data>;

interface Asked {
  request: IncomingMessage;
  response: ServerResponse;
  base: string;
  ask: Ask;
  /** Waits until there is time for the next step of making a document. */
  pace(): Promise<void> | null;
  /** Sends the document, at its caller's cost. */
  send(sent: Sent): Promise<void>;
}

/** The API did not answer; its errors say why. */
class Unanswered extends Error {
  override readonly name = 'Unanswered';
  readonly first: ApiError | undefined;

  constructor(errors: readonly ApiError[] = []) {
    super(errors[0]?.message ?? 'there is no answer');
    this.first = errors[0];
  }
}

/** @returns what answers a request; null when its address is none that is made of the chain. */
export function createMaking({ api, publicUrl }: PageOptions, index: IndexPort) {
  return (request: IncomingMessage): Answering | null => {
    const wanted = readAddress(request.url ?? '/');
    if (!wanted) return null;
    return (response, caller) => {
      const base = publicUrl ?? ownBase(request);
      const send = (sent: Sent) => {
        api.owe(caller, Buffer.byteLength(sent.body) / BYTES_A_COST);
        return sendChanged(request, response, sent);
      };
      return answer({ request, response, base, ask: asker(response, caller), pace: () => api.pace(), send }, wanted);
    };
  };

  function asker(response: ServerResponse, caller: Caller): Ask {
    return async (document, variables) => {
      const params = { query: document.toString(), variables: variables as Record<string, unknown> };
      const { data, errors } = await api.ask(response, caller, params);
      if (!data || errors) throw new Unanswered(errors);
      return data as never;
    };
  }

  async function answer(asked: Asked, wanted: Wanted): Promise<void> {
    try {
      if (wanted.what === 'feed') await sendFeed(asked, wanted);
      else if (wanted.what === 'receipt') await sendReceipt(asked, wanted.id);
      else await sendPage(asked, wanted.subject, index);
    } catch (error) {
      if (asked.response.destroyed || asked.response.headersSent) asked.response.destroy();
      // The page asks by itself, and says what is wrong.
      else if (wanted.what === 'page') index.send(asked.request, asked.response);
      else sendFault(asked.response, error);
    }
  }
}

async function sendFeed(asked: Asked, { subject, format }: Extract<Wanted, { what: 'feed' }>): Promise<void> {
  const { base, ask } = asked;
  const top = subject.kind === 'post' ? await ask(POST, { id: subject.id }) : null;
  if (top && !top.transaction) return sendText(asked.response, 404, 'no such post');
  const { node, transactions } = await ask(BOARD, { filter: filterOf(subject), first: LENGTH });
  const posts = [...transactions.nodes, ...(top?.transaction ? [top.transaction] : [])];
  const feed = feedFrom({ base, subject, format }, node.network, posts);
  const parts: Buffer[] = [];
  for (const part of format === 'atom' ? toAtom(feed) : toJsonFeed(feed)) {
    parts.push(Buffer.from(part));
    await asked.pace();
  }
  const headers = { 'content-type': TYPES[format], ...POLICY };
  await asked.send({ body: Buffer.concat(parts), headers, modified: feed.updated });
}

/** The filter of a feed: latest versions only, of an author, on a topic, in reply to a post, or of all. */
function filterOf(subject: Subject) {
  if (subject.kind === 'author') return { author: subject.name, latestOnly: true };
  if (subject.kind === 'topic') return { topic: subject.name, latestOnly: true };
  return subject.kind === 'post' ? { replyTo: subject.id, latestOnly: true } : { latestOnly: true };
}

async function sendReceipt({ response, ask, send }: Asked, id: string): Promise<void> {
  const { transaction } = await ask(RECEIPT, { id });
  const body = transaction?.receipt;
  if (body == null) return sendText(response, 404, transaction ? 'the post is in no block' : 'no such post');
  const headers = {
    'content-type': RECEIPT_TYPE,
    'content-disposition': `attachment; filename="receipt-${id.slice(0, 12)}.json"`,
    ...POLICY,
  };
  await send({ body, headers });
}

async function sendPage(
  { request, response, base, ask, send }: Asked,
  subject: Subject,
  index: IndexPort,
): Promise<void> {
  const head = await headOf(ask, subject);
  if (head) await send(index.withHead(toHead(base, subject, head)));
  else index.send(request, response);
}

async function headOf(ask: Ask, subject: Subject): Promise<Head | null> {
  if (subject.kind === 'board') return null;
  if (subject.kind === 'post') {
    const { transaction } = await ask(POST, { id: subject.id });
    return transaction && headOfPost(transaction);
  }
  // A name that is too long is nobody's.
  const { node, author } = await ask(AUTHOR, { name: subject.name });
  const network = node.network.name;
  return subject.kind === 'author' ? headOfAuthor(subject.name, network, author) : headOfTopic(subject.name, network);
}

/** The server has checked that the name which a request asks for is the name of a host. */
const ownBase = ({ headers }: IncomingMessage) => `http://${headers.host ?? 'localhost'}`;

function sendFault(response: ServerResponse, error: unknown): void {
  const extensions = error instanceof Unanswered ? error.first?.extensions : undefined;
  const wait = extensions?.retryAfterMs;
  if (typeof wait === 'number') response.setHeader('retry-after', String(Math.max(1, Math.ceil(wait / 1_000))));
  const message = error instanceof Unanswered ? error.message : 'this went wrong here';
  sendText(response, typeof wait === 'number' ? 429 : 503, message);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${text}\n`);
}
