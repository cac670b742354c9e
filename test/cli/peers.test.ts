/** The commands about other nodes, against a server that says what a node would: how they read, and how they end. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, graphql } from 'graphql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { startDevNode, stele } from './harness.ts';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

const PEER = {
  url: 'http://10.0.0.7:4000',
  nodeId: 'ab'.repeat(16),
  direction: 'OUTGOING',
  state: 'CONNECTED',
  height: 12,
  chainWork: '0'.repeat(64),
  score: 0,
  latency: 8,
  lastSeen: '2026-11-22T11:00:00.000Z',
  version: '0.1.0',
  bannedUntil: null,
  manual: true,
  remark: null,
};
const CALLER = { ...PEER, url: null, direction: 'INCOMING', height: null, latency: null, lastSeen: null };
const BANNED = {
  ...PEER,
  url: 'https://bad.example',
  state: 'BANNED',
  score: 100,
  bannedUntil: '2026-11-23T11:00:00.000Z',
  remark: 'bits-wrong \u001b[2J',
};

/** Runs a command against a node that answers with these values, held to the schema. */
async function ask(args: readonly string[], root: object) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { query, variables } = JSON.parse(body);
    const answer = await graphql({ schema, source: query, variableValues: variables, rootValue: root });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return stele([...args, '--url', `http://127.0.0.1:${port}/graphql`, '--data-dir', temporaryDirectory()]);
}

describe('peers', () => {
  test('are printed as a table, in which texts of other nodes cannot move the cursor', async () => {
    const { code, stdout } = await ask(['peers'], { peers: [PEER, CALLER, BANNED] });
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'URL                   State                                  Direction  Height  Score  Latency  Last seen                 Remark',
      'http://10.0.0.7:4000  connected                              outgoing   12      0      8 ms     2026-11-22T11:00:00.000Z',
      'node abababab         connected                              incoming   -       0      -        never',
      'https://bad.example   banned until 2026-11-23T11:00:00.000Z  outgoing   12      100    8 ms     2026-11-22T11:00:00.000Z  bits-wrong \\u{1b}[2J',
      '',
    ]);
  });

  test('are printed as JSON for programs', async () => {
    const { stdout } = await ask(['peers', '--json'], { peers: [PEER, BANNED] });
    expect(JSON.parse(stdout)).toEqual([PEER, BANNED]);
  });

  test('are an empty list at first', async () => {
    const node = await startDevNode(temporaryDirectory());
    onTestFinished(() => node.close());
    const url = ['--url', `${node.url}/graphql`];
    expect(await stele(['peers', ...url])).toEqual({
      code: 0,
      stdout: 'No other node is known: name one with `stele add-peer`.\n',
      stderr: '',
    });
    expect((await stele(['resync', ...url])).stdout).toMatch(/^Nobody to ask: /);
    expect(await stele(['remove-peer', 'http://10.0.0.7:4000', ...url])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: The node knows no http://10.0.0.7:4000: `stele peers` lists those it knows.\n',
    });
  });
});

describe('add-peer', () => {
  const add = (payload: object, ...args: string[]) => {
    const addPeer = ({ input }: { input: { url: string } }) => {
      expect(input.url).toBe(PEER.url);
      return { message: null, peer: null, ...payload };
    };
    return ask(['add-peer', PEER.url, ...args], { addPeer });
  };

  test('says that it is connected', async () => {
    const stdout = 'Connected to http://10.0.0.7:4000, height 12.\n';
    expect(await add({ outcome: 'CONNECTED', peer: PEER })).toEqual({ code: 0, stdout, stderr: '' });
  });

  test.each([
    [
      { outcome: 'UNREACHABLE', message: 'no answer', peer: { ...PEER, state: 'IDLE' } },
      'error: Not connected: no answer (UNREACHABLE). It is tried again from time to time.\n',
    ],
    [
      { outcome: 'WRONG_NETWORK', message: 'it is of network \u001b[2J' },
      'error: Not connected: it is of network \\u{1b}[2J (WRONG_NETWORK).\n',
    ],
    [{ outcome: 'SELF', message: 'it is this node' }, 'error: Not connected: it is this node (SELF).\n'],
  ])('ends with 1 and says why not: %o', async (payload, stderr) => {
    expect(await add(payload)).toEqual({ code: 1, stdout: '', stderr });
  });

  test('prints the same as JSON for programs', async () => {
    const { code, stdout } = await add({ outcome: 'SELF', message: 'it is this node' }, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ outcome: 'SELF', message: 'it is this node', peer: null });
  });
});

test('remove-peer confirms that the peer is removed', async () => {
  const removePeer = ({ input }: { input: { url: string } }) => ({ removed: input.url === PEER.url });
  expect(await ask(['remove-peer', PEER.url], { removePeer })).toEqual({
    code: 0,
    stdout: 'Forgot http://10.0.0.7:4000.\n',
    stderr: '',
  });
});

describe('resync', () => {
  const tip = { hash: 'cd'.repeat(32), height: 14 };
  const shownTip = `Tip: 14  ${tip.hash}\n`;

  test.each([
    [
      { asked: 1, answered: 0, detached: 0, attached: 0, posts: 0 },
      '0 of 1 node answered. The chain is as it was. No new post came in.\n',
    ],
    [
      { asked: 3, answered: 3, detached: 0, attached: 0, posts: 1 },
      '3 of 3 nodes answered. The chain is as it was. 1 new post came in.\n',
    ],
    [
      { asked: 3, answered: 2, detached: 0, attached: 1_200, posts: 0 },
      '2 of 3 nodes answered. 1,200 blocks joined the chain. No new post came in.\n',
    ],
    [
      { asked: 2, answered: 2, detached: 1, attached: 2, posts: 7 },
      '2 of 2 nodes answered. The chain was replaced by one with more work: 1 block left it, 2 blocks joined it. 7 new posts came in.\n',
    ],
  ])('says what changed: %o', async (changes, words) => {
    expect(await ask(['resync'], { resync: { ...changes, tip } })).toEqual({
      code: 0,
      stdout: words + shownTip,
      stderr: '',
    });
  });
});
