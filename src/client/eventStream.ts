/**
 * One subscription over one HTTP request, as server-sent events (the GraphQL over SSE protocol, "distinct connections
 * mode"). For runtimes without a WebSocket of their own, such as Node 20. See {@link resume} for what follows its end.
 */
import { ClientError } from './errors.ts';
import { lifetimeOf } from './lifetime.ts';
import {
  checkLength,
  type Document,
  decoded,
  headersOf,
  type Node,
  readAnswer,
  readText,
  textOf,
  unreachable,
} from './request.ts';

/** Longest silence: a node sends a comment every 12 seconds where it has nothing to tell. */
const SILENCE_MS = 30_000;

interface Event {
  name: string;
  data: string;
}

/**
 * What the node sends, until it completes or the signal aborts. A slow reader slows the node down; the node cuts off readers that are too slow.
 * @throws ClientError UNREACHABLE when the connection is lost or cannot be had, REFUSED, NOT_A_NODE; the signal's reason.
 */
export async function* eventStream<Data, Variables>(
  node: Node,
  document: Document<Data, Variables>,
  variables: Variables,
  { signal }: { signal: AbortSignal },
): AsyncGenerator<Data> {
  const silence = createSilence(node.url);
  const lifetime = lifetimeOf(signal, silence.signal);
  try {
    silence.expectSoon();
    const body = JSON.stringify({ query: await textOf(document), variables });
    const headers = { ...headersOf(node), accept: 'text/event-stream' };
    const response = await node.fetch(node.url, { method: 'POST', headers, body, signal: lifetime.signal });
    if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      // Refused before it began: an answer as to a query, or something that is no node at all.
      readAnswer(node.url, await readText(response), response.status);
      throw new ClientError('NOT_A_NODE', `${node.url} answers a subscription without a stream`);
    }
    for await (const { name, data } of events(response.body, silence.expectSoon)) {
      if (name === 'complete') return;
      if (name === 'next') yield readAnswer<Data>(node.url, data);
    }
    throw new ClientError('UNREACHABLE', 'connection lost');
  } catch (error) {
    if (error instanceof ClientError) throw error;
    throw lifetime.signal.aborted ? lifetime.signal.reason : unreachable(node.url, error);
  } finally {
    silence.end();
    lifetime.release();
  }
}

/** A signal that aborts when `expectSoon` has not been called for {@link SILENCE_MS}. */
function createSilence(url: string) {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => clearTimeout(timer);
  const tooLong = () => controller.abort(new ClientError('UNREACHABLE', `${url} has fallen silent`));
  const expectSoon = () => {
    end();
    timer = setTimeout(tooLong, SILENCE_MS);
  };
  return { signal: controller.signal, expectSoon, end };
}

/** The events of a body (HTML, 9.2.6), with the fields that GraphQL over SSE uses. */
async function* events(body: ReadableStream<Uint8Array>, onBytes: () => void): AsyncGenerator<Event> {
  let text = '';
  for await (const part of decoded(body)) {
    onBytes();
    const blocks = `${text}${part}`.split(/\r?\n\r?\n/);
    text = blocks.pop() ?? '';
    checkLength(text);
    for (const block of blocks) yield readEvent(block);
  }
}

function readEvent(block: string): Event {
  const fields = block.split(/\r?\n/).map((line) => /^(\w*): ?(.*)$/s.exec(line) ?? []);
  const valuesOf = (field: string) => fields.flatMap(([, name, value = '']) => (name === field ? [value] : []));
  return { name: valuesOf('event').at(-1) ?? 'message', data: valuesOf('data').join('\n') };
}
