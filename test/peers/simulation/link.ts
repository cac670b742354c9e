/** The peers' links over the simulated network. */
import { type Dialer, LinkError, type Listener, type PeerLink } from '../../../src/peers/ports.ts';
import type { Caller, Host, PeerServer, SimNetwork } from './network.ts';
import type { Stream } from './stream.ts';

export function createDialer(network: SimNetwork, caller: Caller): Dialer {
  return { dial: (url) => createLink(network, caller, url) };
}

export function createLink(network: SimNetwork, caller: Caller, url: string): PeerLink {
  const { name } = caller.host;
  /** What is to be told when the link is closed. */
  const open = new Set<() => void>();
  let isClosed = false;

  /** A call that ends with the link. */
  function call<Answer>(what: string, act: (server: PeerServer, to: Host) => Promise<Answer>): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const onClose = () => reject(new LinkError('unreachable', 'the link was closed'));
      if (isClosed) return onClose();
      open.add(onClose);
      const ended = network.call(caller, url, what, act).finally(() => open.delete(onClose));
      ended.then(resolve, reject);
    });
  }

  return {
    handshake: (mine) => call('greet', (server) => server.handshake(mine, name)),
    headers: (locator, limit) => call('headers', (server) => server.headers(locator, limit)),
    body: (hash, only) => call(`body ${short(hash)}`, (server) => server.body(hash, only)),
    posts: (ids) => call(`posts ${ids.map(short)}`, (server) => server.posts(ids)),
    lacking: () => call('lacking', (server) => server.lacking()),
    pending: (after) => call('pending', (server) => server.pending(after)),
    offer: (block) => call('offer', (server) => server.offer(block, name)),
    submit: (posts) => call(`submit ${posts.map(({ id }) => short(id))}`, (server) => server.submit(posts, name)),
    async listen(listener: Listener) {
      let stream: Stream | null = null;
      let isOver = false;
      const close = () => stream?.close();
      try {
        const standing = await call('listen', async (server, to) => {
          // Whoever asked has given up meanwhile.
          if (isOver || isClosed) throw new LinkError('unreachable', 'nobody listens any more');
          stream = network.stream(caller, to, server, listener);
          return stream;
        });
        open.add(close);
        standing.begin();
        await standing.ended;
      } finally {
        isOver = true;
        open.delete(close);
        close();
      }
    },
    close() {
      isClosed = true;
      for (const tell of [...open]) tell();
    },
  };
}

const short = (id: string): string => id.slice(-6);
