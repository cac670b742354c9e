/** The nodes that a copy follows, with what it takes to reach them: Node 20 has no WebSocket of its own. */
import { WebSocket } from 'ws';
import type { Node } from '../client/request.ts';
import type { ArchiveOptions } from '../options/scale.ts';

type Upstreams = Pick<ArchiveOptions, 'upstreams' | 'upstreamToken'>;

/** Bytes of a message: more than a post takes, which is the longest that subscriptions of a copy tell. */
const MAX_MESSAGE = 512 * 1_024;

class BoundedWebSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, { maxPayload: MAX_MESSAGE });
  }
}

/** A redirect leads to an address that the operator did not give. */
const fetchThere: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, { ...init, redirect: 'error' });

export const upstreamNodes = ({ upstreams, upstreamToken: token }: Upstreams): Node[] =>
  upstreams.map((url) => ({ url, token, fetch: fetchThere, webSocketImpl: BoundedWebSocket }));
