/**
 * Subscriptions over one WebSocket (protocol graphql-transport-ws), which is opened again, later and later, when it is
 * lost.
 *
 * One socket rather than a stream of Server-Sent Events for each subscription: a browser gives all its windows together
 * six HTTP connections to a node. Three streams a window would leave none for what a second window asks, and a third
 * would not even load.
 */
const PING_INTERVAL = 15_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
/** A connection that lasted so long was a good one: the next is tried soon. */
const LASTING = 10_000;

/**
 * Connects to a node's API, for as long as the page is open.
 * @param {URL} url where the API is, over HTTP.
 * @param {(subscribe: (query: string, variables: object, onData: (data: object) => void) => void) => Promise<void>} onOpen
 *   called for every connection; a subscription ends with its connection, and one on a lost connection throws.
 * @param {(code: string | undefined) => void} onLost called when a connection is lost or cannot be had, with the node's
 *   code when it refused a subscription.
 */
export function stayConnected(url, onOpen, onLost) {
  let failures = 0;
  let timer;

  function open() {
    const opened = Date.now();
    timer = undefined;
    connect(url, onOpen, (code) => {
      failures = Date.now() - opened > LASTING ? 0 : failures + 1;
      const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures) * (0.5 + Math.random() / 2);
      timer = setTimeout(open, delay);
      onLost(code);
    });
  }

  function openNow() {
    if (timer === undefined || document.hidden) return;
    clearTimeout(timer);
    open();
  }

  addEventListener('online', openNow);
  document.addEventListener('visibilitychange', openNow);
  open();
}

function connect(url, onOpen, onEnd) {
  const address = new URL(url);
  address.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(address, 'graphql-transport-ws');
  const listeners = new Map();
  const send = (message) => socket.send(JSON.stringify(message));
  let answered = true;
  let ended = false;

  // A connection can be dead without an end: one that does not answer is given up.
  const watch = setInterval(() => {
    if (!answered) return end();
    answered = false;
    if (socket.readyState === WebSocket.OPEN) send({ type: 'ping' });
  }, PING_INTERVAL);

  function end(code) {
    if (ended) return;
    ended = true;
    clearInterval(watch);
    socket.close();
    onEnd(code);
  }

  function subscribe(query, variables, onData) {
    if (ended) throw new Error('The connection is lost.');
    const id = String(listeners.size);
    listeners.set(id, onData);
    send({ id, type: 'subscribe', payload: { query, variables } });
  }

  function receive({ id, type, payload }) {
    if (type === 'connection_ack') onOpen(subscribe).catch(() => end());
    else if (type === 'ping') send({ type: 'pong' });
    else if (type === 'next' && !payload.errors) listeners.get(id)?.(payload.data);
    else if (type === 'next') end(payload.errors[0]?.extensions?.code);
    else if (type === 'error') end(payload[0]?.extensions?.code);
    // The node ends its streams when it stops.
    else if (type === 'complete') end();
  }

  socket.onopen = () => send({ type: 'connection_init' });
  socket.onclose = () => end();
  socket.onmessage = ({ data }) => {
    answered = true;
    if (!ended) receive(JSON.parse(data));
  };
}
