/** The nodes that a copy follows, with what it takes to reach them: Node 20 has no WebSocket of its own. */
import { WebSocket } from 'ws';
import type { Node } from '../client/request.ts';
import type { ArchiveOptions } from '../options/scale.ts';

type Upstreams = Pick<ArchiveOptions, 'upstreams' | 'upstreamToken'>;

export const upstreamNodes = ({ upstreams, upstreamToken: token }: Upstreams): Node[] =>
  upstreams.map((url) => ({ url, token, fetch: globalThis.fetch, webSocketImpl: WebSocket }));
