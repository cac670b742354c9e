/** What is asked for the row of prices: each field and argument that a caller may vary, alone or with what belongs to it. */
import { getIntrospectionQuery } from 'graphql';
import type { Transaction } from '../../src/domain/transaction.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { ADD_BLOCK, blockInput } from '../support/blockInput.ts';
import { GENESIS_ENTRY, makeBlock } from '../support/blocks.ts';

/** A question is asked as many times over as aliases allow where one is too quick to measure. */
export interface Question {
  name: string;
  query: string;
  /** The variables of each request, used once and in order. Absent: the question is repeated for as long as there is time. */
  variables?: readonly object[];
  /** Asked of the chain of one post a block, where a block would be too wide for what is asked; else of the other. */
  at?: 'long';
}

const POST = 'id author publicKey timestamp commitment size topics replyTo stamp signature work';
const KEYS = 'keys(first: 5, skip: 0) { publicKey since { hash } until { hash } post { id } }';
const BLOCK = 'hash height version previousHash merkleRoot time bits nonce target difficulty chainWork confirmations';
const fill = (count: number, make: (i: number) => string) => Array.from({ length: count }, (_, i) => make(i)).join(' ');

/** The longest locator, of hashes that no node has. */
const LOCATOR = fillList(101, (i) => i.toString(16).padStart(64, '0'));

/** A field, repeated as often as the limit on aliases allows. */
const many = (field: string) => `{ ${fill(30, (i) => `a${i}: ${field}`)} }`;

/** What only reads, of a chain of so many blocks. */
export function readingQuestions(height: number): Question[] {
  const heights = fill(20, (i) => `b${i}: block(height: ${1 + Math.floor((i * (height - 1)) / 20)}) { ${BLOCK} }`);
  const filter = (text: string, what = 'nodes { id }') =>
    `{ ${fill(10, (i) => `a${i}: transactions(first: 20, filter: { ${text.replaceAll('#', String(i))} }) { ${what} }`)} }`;
  return [
    { name: 'the schema, of itself', query: getIntrospectionQuery() },
    { name: 'node', query: many('node { id version protocol publicUrl height chainWork uptime isOperator }') },
    {
      name: 'node.network',
      query: many('node { network { name genesis message time powLimit spacing halfLife retarget } }'),
    },
    { at: 'long', name: 'chain, 20 blocks', query: `{ chain(first: 20) { nodes { ${BLOCK} } } }` },
    { at: 'long', name: 'chain, 100 blocks', query: `{ chain(first: 100) { edges { cursor node { ${BLOCK} } } } }` },
    { name: '30 blocks by hash', query: many(`block(hash: "${'ab'.repeat(32)}") { hash }`) },
    { at: 'long', name: '20 blocks by height', query: `{ ${heights} }` },
    {
      at: 'long',
      name: 'blocks below 100 blocks',
      query: '{ chain(first: 100) { nodes { previousBlock { hash } } } }',
    },
    {
      at: 'long',
      name: '30 times blocks below one another',
      query: many(`block(height: ${height}) { ${'previousBlock { '.repeat(8)} hash ${'} '.repeat(8)} }`),
    },
    { name: '30 tips', query: many(`node { tip { ${BLOCK} } limits { maxCost rates { dear { burst } } } }`) },
    {
      name: 'posts of 10 blocks',
      query: `{ chain(first: 10) { nodes { transactions(first: 20) { nodes { ${POST} } } } } }`,
    },
    { name: 'transactions, 20', query: `{ transactions(first: 20) { nodes { ${POST} } } }` },
    { name: 'transactions, 100', query: `{ transactions(first: 100) { nodes { ${POST} } } }` },
    {
      name: 'transactions, 100 statements',
      query: '{ transactions(first: 100) { nodes { statement content salt } } }',
    },
    { name: 'blocks of 100 posts', query: `{ transactions(first: 100) { nodes { block { hash height } } } }` },
    {
      name: 'status of 100 posts',
      query: '{ transactions(first: 100) { nodes { status { state confirmations block { hash } } } } }',
    },
    {
      name: 'parents and replies of 50 posts',
      query: '{ transactions(first: 50) { nodes { parent { id } replies(first: 1) { nodes { id } } } } }',
    },
    { name: '10 pages by author', query: filter('author: "author #"') },
    { name: '10 pages by topic', query: filter('topic: "topic #"') },
    { name: '10 pages by a key that nobody has', query: filter(`publicKey: "${'ab'.repeat(32)}"`) },
    { name: '10 pages by time', query: filter('since: #') },
    { name: '10 pages by a time without posts', query: filter('until: #') },
    { name: '10 pages by author and a time without posts', query: filter('author: "author #", until: #') },
    { name: '10 pages by a time to come', query: filter('since: 9000000000000000') },
    { name: '10 pages by topic and a time without posts', query: filter('topic: "topic #", until: #') },
    { name: '10 pages by author and topic', query: filter('author: "author #", topic: "topic #"') },
    { name: '10 pages by topic and a key', query: filter(`topic: "topic #", publicKey: "${'ab'.repeat(32)}"`) },
    { name: '10 pages of replies', query: filter(`replyTo: "${'ab'.repeat(32)}"`) },
    { name: '10 pages by a common text and a time without posts', query: filter('text: "kalo", until: #') },
    { name: '10 pages by a common text, latest versions', query: filter('text: "kalo", latestOnly: true') },
    { name: '10 pages by a common text', query: filter('text: "kalo"') },
    { name: '10 pages by a long word and a short one', query: filter('text: "kalo ka"') },
    { name: '10 pages by a text that nobody wrote', query: filter('text: "zzzqqq#"') },
    { name: '10 pages by author and text', query: filter('author: "author #", text: "kalo"') },
    { name: '10 pages of latest versions', query: filter('latestOnly: true') },
    { name: '10 pages by author, latest versions', query: filter('author: "author #", latestOnly: true') },
    { name: '10 counts by author', query: filter('author: "author #"', 'totalCount') },
    { name: '10 counts by topic', query: filter('topic: "topic #"', 'totalCount') },
    { name: '10 counts of latest versions', query: filter('latestOnly: true', 'totalCount') },
    { name: '10 counts by time', query: filter('since: #', 'totalCount') },
    { name: '10 counts by a time without posts', query: filter('until: #', 'totalCount') },
    { name: '10 counts by author and topic', query: filter('author: "author #", topic: "topic #"', 'totalCount') },
    { name: '10 counts by a common text and a time', query: filter('text: "ka", until: #', 'totalCount') },
    { name: '10 counts by a common text, latest', query: filter('text: "ka", latestOnly: true', 'totalCount') },
    { name: '10 counts by a common text', query: filter('text: "ka"', 'totalCount') },
    { name: '10 counts by author and text', query: filter('author: "author #", text: "ka"', 'totalCount') },
    {
      name: '10 authors',
      query: `{ ${fill(10, (i) => `a${i}: author(name: "author ${i}") { name publicKey since { hash } }`)} }`,
    },
    {
      name: '10 authors by key',
      query: `{ ${fill(10, (i) => `a${i}: author(publicKey: "${`${i}`.repeat(64)}") { name }`)} }`,
    },
    { name: '30 looks for digits', query: many('find(digits: "00000000") { transactions { id } blocks { hash } }') },
    { name: '30 looks for names', query: many('authorsByPrefix(prefix: "a") { name since { hash } }') },
    { name: '30 looks for lookalikes', query: many('lookalikes(name: "AUTHOR 1") { name since { hash } }') },
    { name: 'authors, 100', query: '{ authors(first: 100) { nodes { name publicKey postCount } } }' },
    { name: 'topics, 100 by name', query: '{ topics(first: 100, order: NAME) { nodes { name postCount } } }' },
    { name: '30 looks at the latest reorganisation', query: many('reorganisations(first: 1) { at fork from to }') },
    { name: '10 counts of authors', query: many('authors(first: 1) { totalCount }') },
    { name: 'keys of 10 authors', query: many('author(name: "author 1") { keys(first: 5) { publicKey } keyCount }') },
    {
      name: 'keys of 10 authors, with their posts and blocks',
      query: `{ ${fill(10, (i) => `a${i}: author(name: "author ${i}") { ${KEYS} }`)} }`,
    },
    { name: 'posts of 20 topics', query: '{ topics(first: 20) { nodes { posts(first: 5) { nodes { id } } } } }' },
    { name: 'posts of 10 authors', query: '{ authorsByPrefix(prefix: "a") { posts(first: 20) { nodes { id } } } }' },
    {
      name: 'versions of 20 posts',
      query: '{ transactions(first: 20) { nodes { versions { id } supersededBy { id } } } }',
    },
    {
      name: '20 statuses',
      query: `{ ${fill(20, (i) => `a${i}: transactionStatus(id: "${`${i % 10}`.repeat(64)}") { state }`)} }`,
    },
    { at: 'long', name: 'headers, 100', query: '{ headers(locator: [], first: 100) }' },
    { name: 'headers behind a long locator', query: `{ headers(locator: ${JSON.stringify(LOCATOR)}, first: 1) }` },
    { at: 'long', name: 'headers, 2,000', query: '{ headers(locator: [], first: 2000) }' },
    { name: 'ids of a block', query: `{ block(height: ${height}) { transactionIds } }` },
    { name: 'short ids of a block', query: `{ block(height: ${height}) { transactionIds(digits: 16) } }` },
    {
      name: 'few posts of a block',
      query: `{ block(height: ${height}) { body(only: ["${'ab'.repeat(32)}"]) { id } } }`,
    },
    { name: 'body of a block', query: `{ block(height: ${height}) { body { statement signature content salt } } }` },
    {
      at: 'long',
      name: 'receipt, deep',
      query: '{ transactions(first: 1, order: OLDEST_FIRST) { nodes { receipt } } }',
    },
    { at: 'long', name: 'listing, deep', query: '{ listing(topic: "topic 1", from: 1, to: 1) }' },
    {
      at: 'long',
      name: 'listing of 1,000 small blocks',
      query: '{ listing(topic: "topic 1", from: 1, to: 1000, depth: 0) }',
    },
    {
      name: 'receipts, 10 of depth 100',
      query: '{ transactions(first: 10, order: OLDEST_FIRST) { nodes { receipt(depth: 100) } } }',
    },
    {
      name: 'receipts, 10 of depth 0',
      query: '{ transactions(first: 10, order: OLDEST_FIRST) { nodes { receipt(depth: 0) } } }',
    },
    { name: 'listing of 1 block', query: '{ listing(topic: "topic 1", from: 1, to: 1, depth: 0) }' },
    {
      name: 'listing of 4 blocks',
      query: `{ listing(topic: "topic 1", from: 1, to: ${Math.min(4, height)}, depth: 0) }`,
    },
    {
      name: "listing of a key's posts in 4 blocks",
      query: `{ listing(publicKey: "${'ab'.repeat(32)}", from: 1, to: ${Math.min(4, height)}, depth: 0) }`,
    },
  ];
}

const INPUTS = '$input: TransactionInput!';
const PEER = 'url direction state nodeId version height chainWork score latency lastSeen bannedUntil manual remark';

/**
 * What is asked of a node with posts pending and peers known, and what changes it.
 * @param posts that the node has not seen, a third of them for each way of taking them.
 */
export function busyQuestions(posts: readonly Transaction[], pending: readonly Transaction[]): Question[] {
  const inputs = posts.map(transactionToWire);
  const third = Math.floor(inputs.length / 3);
  const [checked, single, several] = [0, 1, 2].map((i) => inputs.slice(i * third, (i + 1) * third)) as [
    object[],
    object[],
    object[],
  ];
  const batches = Array.from({ length: Math.floor(third / 20) }, (_, i) => several.slice(20 * i, 20 * (i + 1)));
  const ids = pending.slice(0, 100).map(({ id }) => id);
  // Its hash is above the target, so that nobody has worked for it.
  const idle = blockInput(makeBlock(GENESIS_ENTRY, pending.slice(0, 100)).block) as { input: { header: string } };
  const idleHeader = `${idle.input.header.slice(0, -8)}ffffffff`;
  const manyIds = fillList(5_000, (i) => i.toString(16).padStart(64, '0'));
  return [
    { name: 'pendingTransactions, 100', query: `{ pendingTransactions(first: 100) { nodes { ${POST} } } }` },
    { name: 'pending posts by their ids', query: `{ transactionsById(ids: ${JSON.stringify(ids)}) { ${POST} } }` },
    {
      name: '30 times what the pool asks for',
      query: many('node { pool { minimumWork(kind: NEW_NAME) } }'),
    },
    { name: '30 posts', query: many(`transaction(id: "${ids[0]}") { ${POST} }`) },
    { name: '30 times the withholdings', query: many('withholdings(first: 30) { nodes { reason at } }') },
    { name: '30 times the contents that are missing', query: many('missingContents') },
    { name: 'node.pool', query: many('node { pool { count bytes minimumWork } }') },
    { name: 'node.peers', query: many('node { peers { outgoing incoming known banned } }') },
    { name: 'node.miner', query: many('node { miner { hashRate attempts blocksFound } }') },
    { name: 'node.sync', query: many('node { sync { state targetHeight inFlight waitingFor message } }') },
    { name: 'peers', query: `{ peers { ${PEER} } }` },
    {
      name: 'checkTransaction',
      query: `query (${INPUTS}) { checkTransaction(input: $input) { valid work status { state } } }`,
      variables: checked.map((input) => ({ input })),
    },
    {
      name: 'submitTransaction',
      query: `mutation (${INPUTS}) { submitTransaction(input: $input) { transaction { ${POST} } status { state } } }`,
      variables: single.map((input) => ({ input })),
    },
    {
      name: 'submitTransactions, 20',
      query:
        'mutation ($input: SubmitTransactionsInput!) { submitTransactions(input: $input) { statuses { transactionId state } } }',
      variables: batches.map((transactions) => ({ input: { transactions } })),
    },
    {
      name: 'reveal, of what is here',
      query: 'mutation ($input: RevealInput!) { reveal(input: $input) { outcome } }',
      variables: pending.map(({ id, opening }) => ({ input: { id, ...opening } })),
    },
    {
      name: 'post',
      query: 'mutation ($input: PostInput!) { post(input: $input) { status { state } } }',
      variables: Array.from({ length: third }, (_, i) => ({ input: { author: 'price', content: `post ${i}` } })),
    },
    {
      name: 'addBlock without work, 5,000 posts named',
      query: ADD_BLOCK,
      variables: fillList(third, () => ({ input: { header: idleHeader, transactionIds: manyIds } })),
    },
    {
      name: 'addBlock without work, 100 posts',
      query: ADD_BLOCK,
      variables: fillList(third, () => ({ input: { ...idle.input, header: idleHeader } })),
    },
  ];
}

function fillList<Item>(length: number, make: (i: number) => Item): Item[] {
  return Array.from({ length }, (_, i) => make(i));
}
