/** Those that are no peers at all, over real sockets: what becomes of their addresses, and what of everybody else. */
import { request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveNode } from './liveNode.ts';
import { goesOn, type Network, startNetwork } from './network.ts';
import { serveHttp, serveJson, serveNothing, serveTcp } from './scripted.ts';
import { serveNode } from './scriptedNode.ts';

const GIGABYTE = 2 ** 30;
const SPACES = Buffer.alloc(65_536, ' ');
const OTHER_SCHEMA = {
  errors: [{ message: 'Cannot query "addPeer".', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
};

/** One byte, then one more, for as long as anybody reads. */
function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': GIGABYTE });
  const timer = setInterval(() => response.write(' '), 100);
  response.once('close', () => clearInterval(timer));
}

/** As fast as it is read. @returns how much of it was taken, when it is over. */
async function flood(response: ServerResponse): Promise<number> {
  let sent = 0;
  function* gigabyte() {
    for (; sent < GIGABYTE; sent += SPACES.length) yield SPACES;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': GIGABYTE });
  await pipeline(gigabyte, response).catch(() => {});
  return sent;
}

/** Hands everything on to another node, and its answers back. */
const reflect = (url: string) =>
  serveHttp((question, response) => {
    const { method, headers } = question;
    const forwarded = request(`${url}${question.url}`, { method: method ?? 'POST', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    question.pipe(forwarded);
  });

const wrongNetwork = () => serveNode({ hello: { network: 'ab'.repeat(32) } });
const url = async (scripted: Promise<{ url: string }>) => (await scripted).url;

let network: Network;
let ours: LiveNode;
beforeAll(async () => {
  network = await startNetwork({ allowPrivatePeers: true });
  ours = network.ours;
});
afterAll(() => network.stop());

describe('the operator names', () => {
  it.each<[string, string, RegExp, () => Promise<string>]>([
    ['nobody', 'unreachable', /ECONNREFUSED/, () => serveNothing()],
    ['one that accepts and never answers', 'unreachable', /no whole answer/, () => url(serveTcp(() => {}))],
    ['one that answers a byte at a time', 'unreachable', /no whole answer/, () => url(serveHttp((_, to) => drip(to)))],
    ['one that hangs up', 'unreachable', /lost/, () => url(serveTcp((socket) => socket.destroy()))],
    ['one of another schema', 'not-a-node', /another schema/, () => url(serveJson(OTHER_SCHEMA, 400))],
    ['a page', 'not-a-node', /not JSON/, () => url(serveHttp((_, to) => to.end('<!doctype html>')))],
    ['one of another network', 'wrong-network', /abab/, () => url(wrongNetwork())],
    ['a mirror', 'self', /this node itself/, () => url(reflect(ours.url))],
  ])('%s', async (_, outcome, remark, serveBad) => {
    const bad = await serveBad();
    const height = ours.chain.tip.height;
    const [added] = await Promise.all([ours.peers.add(bad), goesOn(network)]);
    expect(added).toMatchObject({ outcome, message: expect.stringMatching(remark) });
    // It stays to be seen, as everything that the operator named, and has done nothing that is punished.
    expect(ours.peer(bad)).toMatchObject({ score: 0, bannedUntil: null, remark: expect.stringMatching(remark) });
    expect(ours.peers.counts()).toMatchObject({ outgoing: 1, known: 2, banned: 0 });
    expect(ours.chain.tip.height).toBe(height + 2);
    await ours.peers.remove(bad);
  });

  it('a node that answers with a gigabyte: its answer is not read to the end, and it is banned when it does so again', async () => {
    const floods: Promise<number>[] = [];
    const bad = await url(serveHttp((_, response) => floods.push(flood(response))));
    expect(await ours.peers.add(bad)).toMatchObject({ outcome: 'not-a-node', peer: { score: 50 } });
    await Promise.all([goesOn(network), ours.until(() => ours.peer(bad)?.state === 'banned')]);
    expect(ours.peer(bad)).toMatchObject({ score: 100, remark: expect.stringMatching(/longer than/) });
    expect(Math.max(...(await Promise.all(floods)))).toBeLessThan(GIGABYTE / 16);
    expect(floods).toHaveLength(2);
    // The operator lifts it by naming it again.
    expect(await ours.peers.add(bad)).toMatchObject({ outcome: 'not-a-node', peer: { state: 'idle', score: 50 } });
    await ours.peers.remove(bad);
  });
});

describe('another node names', () => {
  it('a mirror and a node of another network: both are forgotten', async () => {
    const useless = [await url(reflect(ours.url)), await url(wrongNetwork())];
    const gossip = await serveNode({ hello: { addresses: useless } });
    await ours.peers.add(gossip.url);
    expect(useless.map((address) => ours.peer(address)?.state)).toEqual(['connecting', 'connecting']);
    await ours.until(() => !useless.some((address) => ours.peer(address)));
    await goesOn(network);
    expect(ours.peer(gossip.url)).toMatchObject({ state: 'connected', score: 0 });
    await ours.peers.remove(gossip.url);
    expect(ours.peers.counts()).toMatchObject({ outgoing: 1, incoming: 0, known: 1, banned: 0 });
  });
});
