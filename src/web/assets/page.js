/**
 * The node's page: the newest posts, kept up to date by subscriptions; for the node's operator, a form to post and a
 * button to mine.
 */
import * as board from './board.js';
import { stayConnected } from './live.js';

const PAGE = 20;
/** Most pending posts that are shown, and most posts of a block that its event brings along. */
const MOST_POSTS = 100;
/** Beyond so many blocks to catch up with, reading the newest posts anew is quicker. */
const MOST_BLOCKS = 500;
const MINE_TIMEOUT = 60_000;
const DRAFT = 'stele.draft';
const API = new URL('graphql', document.baseURI);

const POST = `fragment Post on Transaction {
  id author publicKey timestamp content topics signature
  parent { id author } withheld { at reason } block { height hash }
}`;
const STATUS = `fragment Status on Node {
  version isOperator network { name genesis } tip { height target } pool { count }
  limits { maxContentBytes } miner { active automatic hashRate attempts height }
}`;

const element = (id) => document.getElementById(id);
const form = element('form');
const { author, content } = form.elements;

/** Where the chain that is shown stands: a cursor for `chainChanged`. Null: nothing is shown yet. */
let cursor = null;
/** Where the oldest post that is shown stands, for the next page. */
let oldest = null;
/** The node as it was last told. */
let node = null;
let readings = 0;
/** Steps of the chain that arrive while the newest posts are read; null when they are not. */
let held = null;
let poolTimer;

/** @throws Error with a message for people when there is no answer, or an error in it. */
async function ask(query, variables = {}, timeout = 30_000) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const body = JSON.stringify({ query, variables });
  let answer;
  try {
    const response = await fetch(API, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeout) });
    answer = await response.json();
  } catch (cause) {
    throw new Error('The node did not answer.', { cause });
  }
  if (answer.errors?.length) throw new Error(answer.errors.map(({ message }) => message).join('; '));
  return answer.data;
}

// Following the node

/** What needs no subscription: so that the page can be read even where none gets through. */
async function start() {
  try {
    await readNewest();
    showNode(await readNode());
  } catch {
    // Tried again with each connection.
  }
  stayConnected(API, follow, lost);
}

/** On each new connection: goes on from where the last one stood, or starts with the newest posts. */
async function follow(subscribe) {
  const before = node;
  // Arrivals are listened for before the pool is read, so that none falls in between.
  subscribe(`subscription { transactionPending { ...Post } } ${POST}`, {}, (data) => {
    const post = data.transactionPending;
    if (!board.has(post.id)) announce(`New post by ${board.legible(post.author)}`);
    board.showPending(post);
    boundPending();
  });
  subscribe(`subscription { nodeStatus { ...Status } } ${STATUS}`, {}, (data) => showNode(data.nodeStatus));
  const now = await readNode();
  const goesOn =
    cursor !== null &&
    before?.network.genesis === now.network.genesis &&
    Math.abs(now.tip.height - before.tip.height) <= MOST_BLOCKS;
  await (goesOn ? readPool() : readNewest());
  showNode(now);
  subscribe(
    `subscription ($after: String) {
      chainChanged(after: $after) {
        cursor kind
        node { height hash transactionCount transactions(last: ${MOST_POSTS}) { nodes { ...Post } } }
      }
    } ${POST}`,
    { after: cursor },
    (data) => showChange(data.chainChanged),
  );
  showConnection('live', 'live');
}

function lost(code) {
  // The node has started another chain: what is shown is not on it.
  if (code === 'CURSOR_UNKNOWN') cursor = null;
  showConnection('lost', code ? `not live (${code}), trying again` : 'connection lost, trying again');
}

async function readNode() {
  return (await ask(`{ node { ...Status } } ${STATUS}`)).node;
}

/** Starts over. The cursor is read first: what is mined after that is replayed, and shown once all the same. */
async function readNewest() {
  readings += 1;
  const reading = readings;
  held ??= [];
  try {
    const { chain } = await ask('{ chain(first: 1) { edges { cursor } } }');
    const { pendingTransactions, transactions } = await ask(
      `query ($after: String) { pendingTransactions(first: ${MOST_POSTS}) { nodes { ...Post } } ${page()} } ${POST}`,
    );
    if (reading !== readings) return;
    board.clear();
    cursor = chain.edges[0].cursor;
    for (const post of pendingTransactions.nodes.sort((a, b) => a.timestamp - b.timestamp)) board.showPending(post);
    showPage(transactions);
  } finally {
    if (reading === readings) release();
  }
}

function release() {
  const changes = held;
  held = null;
  for (const change of changes) showChange(change);
}

async function readOlder() {
  const reading = readings;
  const { transactions } = await ask(`query ($after: String) { ${page()} } ${POST}`, { after: oldest });
  say('trouble', '');
  if (reading === readings) showPage(transactions);
}

function page() {
  return `transactions(first: ${PAGE}, after: $after) { nodes { ...Post } pageInfo { endCursor hasNextPage } }`;
}

function showPage({ nodes, pageInfo }) {
  oldest = pageInfo.endCursor ?? oldest;
  for (const post of nodes) if (post.block) board.showMined(post, post.block);
  element('older').hidden = !pageInfo.hasNextPage;
  document.body.dataset.shown = 'true';
}

function showChange(change) {
  if (held) return void held.push(change);
  const { height, transactionCount, transactions } = change.node;
  const isAttached = change.kind === 'ATTACHED';
  cursor = change.cursor;
  for (const post of transactions.nodes) {
    if (isAttached) board.showMined(post, change.node);
    else board.showDetached(post.id);
  }
  if (transactionCount === 0) return;
  const posts = transactionCount === 1 ? '1 post is' : `${transactionCount} posts are`;
  announce(isAttached ? `${posts} now in block ${height}` : `${posts} pending again`);
  // A block that holds more than its event brings along.
  if (transactionCount > MOST_POSTS && isAttached) readNewest().catch(({ message }) => say('trouble', message, true));
}

// No event says that a post left the pool without being mined: the pool's count tells that something is amiss.
function comparePool() {
  const shown = board.pendingIds().length;
  const { count } = node.pool;
  element('rest').hidden = count <= MOST_POSTS;
  element('rest').textContent = `${MOST_POSTS} of ${count.toLocaleString()} pending posts are shown.`;
  clearTimeout(poolTimer);
  if (shown > count || shown < Math.min(count, MOST_POSTS))
    poolTimer = setTimeout(() => readPool().catch(() => {}), 700);
}

/** Brings the pending posts into line with the pool, and says of those that left it what became of them. */
async function readPool() {
  const suspects = board.pendingIds();
  const { pendingTransactions } = await ask(
    `{ pendingTransactions(first: ${MOST_POSTS}) { nodes { ...Post } pageInfo { hasNextPage } } } ${POST}`,
  );
  const pooled = new Set(pendingTransactions.nodes.map(({ id }) => id));
  for (const post of pendingTransactions.nodes) board.showPending(post);
  boundPending();
  if (pendingTransactions.pageInfo.hasNextPage) return;
  const query = 'query ($id: Hexadecimal!) { transactionStatus(id: $id) { state message } }';
  for (const id of suspects.filter((id) => !pooled.has(id))) {
    const { state, message } = (await ask(query, { id })).transactionStatus;
    if (state === 'DROPPED') board.showDropped(id, message);
    else if (state === 'UNKNOWN') board.showDropped(id, 'the node does not know it any more');
  }
}

function boundPending() {
  for (const id of board.pendingIds().slice(0, -MOST_POSTS)) board.remove(id);
}

// What the page says of the node

function showNode(now) {
  node = now;
  const { network, tip, pool, miner, isOperator } = now;
  element('network').textContent = network.name;
  element('network').title = `genesis ${network.genesis}`;
  element('height').textContent = tip.height.toLocaleString();
  element('pool').textContent = pool.count.toLocaleString();
  element('version').textContent = now.version;
  element('operator').hidden = !isOperator;
  element('visitor').hidden = isOperator;
  element('automatic').hidden = !miner.automatic;
  board.setHeight(tip.height);
  showMiner(miner, tip.target);
  showSize();
  comparePool();
}

function showMiner({ active, height, attempts, hashRate }, target) {
  element('miner').hidden = !active;
  if (!active) return;
  const expected = Number(2n ** 256n / (BigInt(`0x${target}`) + 1n));
  const tried = `Block ${height}: ${compact(attempts)} hashes tried at ${compact(hashRate)} a second.`;
  element('attempts').textContent = `${tried} One in ${compact(expected)} will do.`;
  // Luck has no memory, so nothing runs full: the share of searches that are over by now.
  element('progress').value = 1 - Math.exp(-attempts / expected);
}

function compact(value) {
  return new Intl.NumberFormat('en', {
    notation: 'compact',
    compactDisplay: 'long',
    maximumSignificantDigits: 3,
  }).format(value);
}

function showConnection(state, text) {
  document.body.dataset.connection = state;
  element('connection').textContent = text;
}

function announce(text) {
  element('news').textContent = text;
}

function say(id, text, isRefusal = false) {
  element(id).textContent = text;
  element(id).classList.toggle('refusal', isRefusal);
}

// What the operator does

async function post() {
  const input = { author: author.value, content: content.value };
  try {
    const { transaction, status } = (
      await ask(
        `mutation ($input: PostInput!) {
          post(input: $input) { transaction { ...Post } status { state reason message } }
        } ${POST}`,
        { input },
      )
    ).post;
    if (!transaction) return refuse(status);
    board.showPending(transaction);
    if (content.value === input.content) content.value = '';
    keepDraft();
    say('answer', 'Posted. It is pending until a block holds it.');
  } catch (error) {
    say('answer', `${error.message} Your text is kept; see whether it is on the board before you send it again.`, true);
  }
}

/** The draft stays as it is. */
function refuse({ reason, message }) {
  const field = /^(AUTHOR|NAME)_/.test(reason) ? author : content;
  field.setAttribute('aria-invalid', 'true');
  field.focus();
  say('answer', `Refused: ${message} (${reason}). Your text is kept.`, true);
}

const OUTCOMES = {
  NOTHING_TO_MINE: 'No post is pending, so there is nothing to mine.',
  TIMED_OUT: 'No block was found within a minute. Luck has no memory: try again.',
  SYNCING: 'The node is still fetching blocks and does not mine yet.',
};

async function mine() {
  say('answer', 'Searching…');
  const query = 'mutation ($input: MineInput!) { mine(input: $input) { outcome blocks { height } } }';
  try {
    const input = { timeoutMs: MINE_TIMEOUT };
    const { outcome, blocks } = (await ask(query, { input }, MINE_TIMEOUT + 30_000)).mine;
    say('answer', OUTCOMES[outcome] ?? `Found block ${blocks.at(-1).height}.`);
  } catch (error) {
    say('answer', error.message, true);
  }
}

function showSize() {
  const bytes = new TextEncoder().encode(content.value).length;
  const most = node?.limits.maxContentBytes ?? Number.POSITIVE_INFINITY;
  element('size').textContent = bytes === 0 ? '' : `${bytes.toLocaleString()} of ${most.toLocaleString()} bytes`;
  element('size').classList.toggle('refusal', bytes > most);
}

function keepDraft() {
  showSize();
  try {
    localStorage.setItem(DRAFT, JSON.stringify({ author: author.value, content: content.value }));
  } catch {
    // A browser that keeps nothing: the draft lives as long as the page.
  }
}

function restoreDraft() {
  try {
    const draft = JSON.parse(localStorage.getItem(DRAFT) ?? '{}');
    author.value ||= draft.author ?? '';
    content.value ||= draft.content ?? '';
  } catch {
    // As above.
  }
}

/** One at a time. The button is not disabled, or it would lose the focus. */
function once(button, action) {
  return async (event) => {
    event?.preventDefault();
    if (button.ariaBusy === 'true') return;
    button.ariaBusy = 'true';
    try {
      await action();
    } finally {
      button.ariaBusy = 'false';
    }
  };
}

const send = once(element('send'), post);
form.addEventListener('submit', send);
form.addEventListener('input', ({ target }) => {
  target.removeAttribute('aria-invalid');
  keepDraft();
});
content.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
element('mine').addEventListener('click', once(element('mine'), mine));
element('older').addEventListener(
  'click',
  once(element('older'), () => readOlder().catch(({ message }) => say('trouble', message, true))),
);
restoreDraft();
start();
