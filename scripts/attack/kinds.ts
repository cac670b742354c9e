/** The kinds of attack, each with variations of its own from the dice. */
import { setTimeout as delay } from 'node:timers/promises';
import { makePosts } from '../../bench/support/blocks.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { RequestFuzzer } from '../../test/support/requests.ts';
import { crumbs, frameFloods, pool, posts, resets } from './floods.ts';
import { crowd, type Kind, times } from './kind.ts';
import type { Target } from './target.ts';

/** Bodies of few bytes a value, as long as another node's may be, from an address that says it is one. */
const manyValues: Kind = {
  name: 'bodies of very many values',
  async run(target, effort) {
    const { dice } = target;
    const headers = { 'x-forwarded-for': target.address() };
    await target.ask(HELLO, { input: { hello: await helloTo(target) } }, { headers });
    await crowd(2, 4 * effort, async () => {
      const bytes = dice.pick([262_144, 8 * 1_048_576]) - 400;
      const value = dice.pick(['[],', '"",', '{"a":1},', '0,', '"0",']);
      const list = dice.chance(0.2)
        ? '['.repeat(bytes / 2) + ']'.repeat(bytes / 2)
        : `[${value.repeat(bytes / value.length - 1)}${value.slice(0, -1)}]`;
      const query = dice.pick([
        'query($v:[Hexadecimal!]!){transactionsById(ids:$v){id}}',
        'query($v:[Hexadecimal!]){block(height:1){body(only:$v){id}}}',
        'mutation($v:AddBlockInput!){addBlock(input:$v){outcome}}',
        '{node{id}}',
      ]);
      await target.send({ headers, body: `{"query":"${query}","variables":{"v":${list}}}` });
      const [one] = makePosts(1, { label: 'attack block' }).map(transactionToWire);
      const transactions = Array(dice.between(1_000, 5_000)).fill(one);
      const input = { header: '00'.repeat(80), transactionIds: [], transactions };
      await target.ask('mutation($input:AddBlockInput!){addBlock(input:$input){outcome}}', { input }, { headers });
    });
  },
};

const HELLO = 'mutation ($input: AddPeerInput!) { addPeer(input: $input) { outcome } }';

/** What another node says of itself. */
async function helloTo(target: Target): Promise<object> {
  const { network, protocol, tip } = (await nodeOf(target)) as {
    network: { genesis: string };
    [more: string]: unknown;
  };
  return { network: network.genesis, protocol, nodeId: 'ab'.repeat(16), version: '1', height: 0, ...(tip as object) };
}

/** What is refused, and should cost no more than to read it. */
const faultyVariables: Kind = {
  name: 'errors of variables that multiply',
  run: (target, effort) =>
    crowd(4, 20 * effort, async () => {
      const { dice } = target;
      const long = dice.pick(['x', 'é', '"', '\u0000']).repeat(dice.between(1_000, 100_000));
      const keys = Object.fromEntries(Array.from({ length: dice.between(1, 8_000) }, (_, i) => [`k${i}`, i]));
      const input = dice.pick<object>([
        { content: long, ...keys },
        { statement: [keys, long] },
        { [long]: keys },
        keys,
      ]);
      const query = 'mutation ($input: TransactionInput!) { submitTransaction(input: $input) { status { state } } }';
      await target.ask(query, { input, ids: Array(dice.between(0, 5_000)).fill(1) });
    }),
};

const faultyDocuments: Kind = {
  name: 'documents that cost much to refuse',
  run: (target, effort) =>
    crowd(4, 40 * effort, async () => {
      const { dice } = target;
      const n = dice.between(20, 900);
      const deep = dice.between(2, 300);
      const query = dice.pick([
        () => `{${times(2 * n, () => '__typename')}}`,
        () => `{${times(30, () => `node{${times(n / 20, () => 'id')}}`)}}`,
        () =>
          `{node{${times(n / 5, (i) => `...F${i}`)}}} ${times(n / 5, (i) => `fragment F${i} on Node{a${i} ...F${i + 1}}`)}`,
        () => `{${times(n, (i) => `hieght${i}`)}}`,
        () => `query($a:${'['.repeat(deep)}Int${']'.repeat(deep)}){node{id}}`,
        () => `{block(height:${'{a:'.repeat(deep)}1${'}'.repeat(deep)}){hash}}`,
        () => `${'\n'.repeat(dice.between(0, 60_000))}{${times(n, (i) => `x${i}`)}}`,
        () => `query ${'x'.repeat(dice.between(1, 60_000))}{${times(28, (i) => `b${i}:block(height:$v${i}){hash}`)}}`,
        () => `{transactions(filter:{${times(n, (i) => `a${i}:"${'y'.repeat(i % 50)}"`)}}){totalCount}}`,
      ])();
      await target.ask(query);
    }),
};

const unreadAnswers: Kind = {
  name: 'answers nobody reads',
  async run(target, effort) {
    const { dice } = target;
    const get = (path: string, accept: string) =>
      `GET ${path} HTTP/1.1\r\nhost: x\r\naccept: ${accept}\r\nx-forwarded-for: ${target.address()}\r\n\r\n`;
    const query = encodeURIComponent('{transactions(first:100){nodes{id statement content signature}}}');
    for (let i = 0; i < 5 * effort; i++) {
      const line = dice.pick([
        get('/graphql', 'text/html'),
        get('/metrics', '*/*'),
        get('/', 'text/html'),
        get(`/graphql?query=${query}`, 'application/json'),
      ]);
      await target.pipe(line.repeat(dice.between(2, 400)));
    }
    const sockets = await Promise.all(Array.from({ length: effort }, () => target.webSocket()));
    for (const socket of sockets) {
      socket.pause();
      for (let i = 0; i < 40; i++)
        target.subscribe(socket, `${i}`, '{transactions(first:100){nodes{id statement content}}}');
    }
    await delay(1_500);
  },
};

const hangUps: Kind = {
  name: 'callers who hang up',
  run: (target, effort) =>
    crowd(32, 40 * effort, async (i) => {
      const query = target.dice.pick([
        '{listing(topic:"topic 1",from:1,to:190)}',
        '{transactions(first:100,filter:{text:"kalo"}){totalCount nodes{id receipt(depth:100)}}}',
        '{transactions(filter:{author:"author 1",until:1}){totalCount nodes{id}}}',
      ]);
      await target.ask(
        query,
        {},
        { hangUpAfter: target.dice.between(1, 400), headers: { 'x-forwarded-for': `198.18.0.${i % 8}` } },
      );
    }),
};

const dearReads: Kind = {
  name: 'reads at the limits',
  run: (target, effort) =>
    crowd(4, 16 * effort, async () => {
      const { dice } = target;
      const word = () => dice.pick(['kalo', 'ßß', 'ren', 'zzzzqqq', 'quowis']);
      const topic = `topic ${dice.between(0, 99)}`;
      const query = dice.pick([
        () => `{listing(topic:"${topic}",from:1,to:${dice.between(2, 40)},depth:${dice.between(0, 10_000)})}`,
        () => `{transactions(first:${dice.between(1, 30)}){nodes{receipt(depth:${dice.between(0, 10_000)})}}}`,
        () =>
          `{${times(20, (i) => `a${i}:transactions(filter:{author:"author ${i}",until:${dice.between(0, 9)}}){totalCount}`)}}`,
        () => `{${times(20, (i) => `a${i}:transactions(filter:{author:"author ${i}",text:"${word()}"}){totalCount}`)}}`,
        () => `{transactions(first:100,filter:{text:"${word()}"}){totalCount nodes{id content}}}`,
        () => `{${times(25, (i) => `a${i}:headers(locator:[],first:${dice.between(1, 2_000)})`)}}`,
        () => `{chain(first:10){nodes{transactionIds body{id statement content}}}}`,
        () => `{${times(dice.between(1, 29), (i) => `a${i}:__schema{types{fields{name description args{name}}}}`)}}`,
        () => `{peers{url} ${times(25, (i) => `a${i}:pendingTransactions(first:100){nodes{id}}`)}}`,
      ])();
      await target.ask(query);
    }),
};

const replays: Kind = {
  name: 'replays from genesis',
  async run(target, effort) {
    const genesis = 'query{block(height:0){hash}}';
    await target.ask(genesis);
    const after = Buffer.from(`block:${await genesisHash(target)}`).toString('base64url');
    const query = `subscription($after:String){chainChanged(after:$after){cursor node{hash height transactions(first:${target.dice.between(1, 20)}){nodes{id content}}}}}`;
    for (let i = 0; i < 2 * effort; i++) {
      const socket = await target.webSocket();
      if (target.dice.chance(0.3)) socket.pause();
      for (let one = 0; one < 50; one++) target.subscribe(socket, `${one}`, query, { after });
    }
    await delay(3_000);
  },
};

/** Feeds and pages with heads of their own, which are made for whoever asks. */
const madeDocuments: Kind = {
  name: 'documents made of the chain',
  run: (target, effort) =>
    crowd(16, 40 * effort, async (i) => {
      const { dice } = target;
      const subject = dice.pick(['', `/author/author%20${i % 50}`, `/topic/topic%20${i % 100}`, '/topic/nothing']);
      const path = `${subject}/${dice.pick(['feed.atom', 'feed.json', ...(subject === '' ? [] : [''])])}`;
      const encoding = dice.pick(['gzip', 'br', 'gzip;q=0', ', '.repeat(3_000)]);
      const hangUp = dice.chance(0.1) ? { hangUpAfter: dice.between(1, 30) } : {};
      await target.send({ method: 'GET', path, headers: { 'accept-encoding': encoding }, ...hangUp });
    }),
};

async function genesisHash(target: Target): Promise<string> {
  return ((await nodeOf(target)) as { network: { genesis: string } }).network.genesis;
}

async function nodeOf({ port }: Target): Promise<object> {
  const body = JSON.stringify({ query: '{node{network{genesis}protocol tip{tip:hash chainWork}}}' });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body });
  return ((await response.json()) as { data: { node: object } }).data.node;
}

const manyDocuments: Kind = {
  name: 'documents that fill caches',
  run: (target, effort) =>
    crowd(8, 60 * effort, async (i) => {
      const padding = ' '.repeat(target.dice.between(0, 2_000));
      await target.ask(
        `query Q${i}_${target.dice.between(0, 1e9)}{node{${padding}${times(300, (k) => `...on Node{a:id b${i}${k % 20}:__typename}`).slice(0, 9_000)} id}}`,
      );
      await target.ask(`query A${i}{${times(20, (k) => `node{${padding}id height version uptime n${k}:__typename}`)}}`);
    }),
};

const unfinished: Kind = {
  name: 'bodies that never end',
  async run(target, effort) {
    for (let i = 0; i < 20 * effort; i++) {
      const length = target.dice.pick([100, 100_000, 262_144, 8 * 1_048_576]);
      const head = `POST /graphql HTTP/1.1\r\nhost: x\r\nx-forwarded-for: ${target.address()}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
      await target.pipe(head + 'x'.repeat(Math.min(length - 1, target.dice.between(0, 200_000))));
    }
    await delay(1_000);
  },
};

const frames: Kind = {
  name: 'frames of WebSockets',
  async run(target, effort) {
    const fuzzer = new RequestFuzzer(buildSchema(), target.dice.fork());
    await crowd(4, 10 * effort, async () => {
      const socket = await target.webSocket();
      for (let i = 0; i < 40 && socket.readyState === socket.OPEN; i++) {
        target.frame(socket, fuzzer.next().frame);
        if (target.dice.chance(0.3)) await new Promise(setImmediate);
      }
      socket.terminate();
    });
  },
};

const fuzz: Kind = {
  name: 'fuzzed requests',
  async run(target, effort) {
    const fuzzer = new RequestFuzzer(buildSchema(), target.dice.fork());
    await crowd(16, 400 * effort, async () => {
      const { frame: _, ...request } = fuzzer.next();
      await target.send({
        ...request,
        ...(request.headers.accept?.includes('stream') ? { hangUpAfter: 20 } : {}),
      } as never);
    });
  },
};

export const KINDS: readonly Kind[] = [
  manyValues,
  faultyVariables,
  faultyDocuments,
  unreadAnswers,
  hangUps,
  posts,
  pool,
  dearReads,
  replays,
  madeDocuments,
  manyDocuments,
  unfinished,
  frames,
  frameFloods,
  crumbs,
  resets,
  fuzz,
];
