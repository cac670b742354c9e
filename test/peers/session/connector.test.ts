/** Whom the connector takes for a peer, and what the book hears of the others. The links are doubles, the book is real. */
import { describe, expect, it } from 'vitest';
import { type Handshake, LinkError, type PeerLink } from '../../../src/peers/ports.ts';
import { Connector } from '../../../src/peers/session/connector.ts';
import { PeerView } from '../../../src/peers/session/peerView.ts';
import type { Session } from '../../../src/peers/session/session.ts';
import { GENESIS } from '../../support/chain.ts';
import { peerWith } from '../fixtures.ts';
import { openBook, type TestBook, type TestBookOptions } from '../harness.ts';
import { HELLO } from '../scripted.ts';

const OURS = '00'.repeat(16);
const MINUTE = 60_000;
const quiet = { info() {}, warn() {}, error() {} };

/** What answers at each address; nothing does at others. */
type Nodes = Record<string, Partial<Handshake> | LinkError | Promise<Partial<Handshake>>>;

interface Setup extends TestBook {
  connector: Connector;
  /** Addresses that were dialled, in order, and those whose links were closed. */
  dialled: string[];
  closed: string[];
}

async function start(nodes: Nodes, options: TestBookOptions = {}): Promise<Setup> {
  const test = await openBook(options);
  const { book, clock } = test;
  const [dialled, closed]: string[][] = [[], []];
  let made = 1;
  async function handshake(url: string): Promise<Handshake> {
    const node = await nodes[url];
    if (node instanceof LinkError) throw node;
    if (!node) throw new LinkError('unreachable', 'nobody is there');
    made += 1;
    return { ...HELLO, nodeId: made.toString(16).padStart(32, '0'), addresses: [], ...node };
  }
  const connector = new Connector(
    { nodeId: OURS, genesis: GENESIS, publicUrl: 'p-own', maxOutgoing: options.maxOutgoing ?? 8 },
    {
      book,
      clock,
      dialer: {
        dial(url): PeerLink {
          dialled?.push(url);
          return peerWith([], { handshake: () => handshake(url), close: () => closed?.push(url) });
        },
      },
      normalise: (url) => (url.startsWith('!') ? null : url),
      hello: () => ({ ...HELLO, nodeId: OURS }),
      onMisbehaved: (url, { penalty, message }) => void book.penalise(url, penalty, message),
      open: ({ url, link, handshake, latency }) => sessionOf(url, link, handshake, latency),
      onChange() {},
      log: quiet,
    },
  );
  function sessionOf(url: string, link: PeerLink, handshake: Handshake, latency: number): Session {
    const rest = {
      claimedWork: 0n,
      isOver: false,
      onFailed() {},
      catchUp() {},
      tellTip() {},
      tellPost() {},
      tellRevealed() {},
    };
    const close = (why: string) => connector.ended(session, why);
    const session: Session = {
      ...rest,
      ...{ url, link, peer: new PeerView({ handshake, latency }, clock) },
      resync: async () => {},
      close,
    };
    return session;
  }
  return { ...test, connector, dialled: dialled ?? [], closed: closed ?? [] };
}

describe('a handshake', () => {
  it.each<[string, Nodes[string], string, boolean]>([
    ['with a node of ours', {}, 'connected', true],
    ['with a node of another network', { network: 'ab'.repeat(32) }, 'wrong-network', false],
    ['with a node of another version', { protocol: 2 }, 'wrong-protocol', true],
    ['with ourselves', { nodeId: OURS }, 'self', false],
    ['with nobody', new LinkError('unreachable', 'gone'), 'unreachable', true],
    ['that takes too long', new LinkError('timeout', 'slow'), 'unreachable', true],
    ['with something else', new LinkError('malformed', 'a page'), 'not-a-node', true],
    ['where we do not go', new LinkError('address-refused', 'private'), 'address-refused', false],
  ])('%s', async (_, node, outcome, isKept) => {
    const { connector, book, closed } = await start({ a1: node as Partial<Handshake> });
    book.add('a1', { manual: false });
    expect(await connector.connect('a1')).toMatchObject({ outcome });
    expect(book.get('a1') !== undefined).toBe(isKept);
    expect(book.score('a1')).toBe(0);
    expect(closed).toEqual(outcome === 'connected' ? [] : ['a1']);
  });

  it('that refuses is remembered of the operator’s own addresses', async () => {
    const { connector, book } = await start({ a1: { nodeId: OURS } });
    book.add('a1', { manual: true });
    expect(await connector.connect('a1')).toMatchObject({
      outcome: 'self',
      peer: { remark: 'it is this node itself' },
    });
  });

  it('with a gigabyte is punished', async () => {
    const { connector, book } = await start({ a1: new LinkError('too-large', 'a gigabyte') });
    book.add('a1', { manual: false });
    await connector.connect('a1');
    expect(book.score('a1')).toBe(50);
  });

  it('with a node that is connected under another address is dropped', async () => {
    const same = { nodeId: '11'.repeat(16) };
    const { connector, book, closed } = await start({ a1: same, b1: same });
    for (const url of ['a1', 'b1']) book.add(url, { manual: true });
    await connector.connect('a1');
    expect(await connector.connect('b1')).toMatchObject({ outcome: 'duplicate', message: 'it is connected as a1' });
    expect([...connector.sessions.keys(), ...closed]).toEqual(['a1', 'b1']);
  });

  it('happens once, however often it is asked for', async () => {
    const { connector, book, dialled } = await start({ a1: {} });
    book.add('a1', { manual: true });
    await Promise.all([connector.connect('a1'), connector.connect('a1')]);
    await connector.connect('a1');
    expect(dialled).toEqual(['a1']);
  });

  it('with an address that was removed meanwhile is dropped', async () => {
    let answer = (_: Partial<Handshake>) => {};
    const late = new Promise<Partial<Handshake>>((resolve) => {
      answer = resolve;
    });
    const { connector, book, closed } = await start({ a1: late });
    book.add('a1', { manual: true });
    const connecting = connector.connect('a1');
    await book.remove('a1');
    answer({});
    expect(await connecting).toMatchObject({ outcome: 'unreachable', peer: null });
    expect([connector.sessions.size, closed]).toEqual([0, ['a1']]);
  });
});

describe('addresses that others tell', () => {
  it('are kept in one form, except our own and what is not an address', async () => {
    const { connector, book } = await start({});
    connector.learn(['a1', '!', 'p-own', 'a1', 'b1']);
    expect(book.entries().map(({ url }) => url)).toEqual(['a1', 'b1']);
  });

  it('are 16 at a time at most', async () => {
    const { connector, book } = await start({});
    connector.learn(Array.from({ length: 40 }, (_, i) => `a${i}`));
    expect(book.size).toBe(16);
  });
});

describe('over time', () => {
  it('free slots are filled, and filled again when a connection ends', async () => {
    const { connector, book, clock } = await start({ a1: {}, b1: {}, c1: {} }, { maxOutgoing: 2 });
    for (const url of ['a1', 'b1', 'c1']) book.add(url, { manual: false });
    await Promise.all(connector.fill());
    expect(connector.sessions.size).toBe(2);
    const [gone] = connector.sessions.values();
    gone?.close('gone');
    await clock.advance(0);
    expect(connector.sessions.size).toBe(2);
    expect(connector.sessions.has(gone?.url ?? '')).toBe(false);
    expect(book.get(gone?.url ?? '')).toMatchObject({ failures: 1, remark: 'gone' });
  });

  it('an unreachable address is dialled again, after ever longer pauses', async () => {
    const { connector, book, clock, dialled } = await start({});
    book.add('a1', { manual: false });
    connector.fill();
    await clock.advance(10_000);
    const early = dialled.length;
    expect(early).toBeGreaterThan(1);
    await clock.advance(10_000);
    expect(dialled.length - early).toBeLessThan(early);
  });

  it('a connection that holds is noted each minute, and makes up for failures', async () => {
    const { connector, book, clock } = await start({ a1: {} });
    book.add('a1', { manual: false });
    book.failed('a1', 'away');
    await connector.connect('a1');
    await clock.advance(MINUTE);
    expect(book.get('a1')).toMatchObject({ failures: 0, connectedMs: MINUTE, lastSeen: clock.now() });
    await clock.advance(MINUTE / 2);
    connector.sessions.get('a1')?.close('gone');
    expect(book.get('a1')).toMatchObject({ connectedMs: 1.5 * MINUTE });
  });

  it('a new address is greeted though no slot is free, and disconnected', async () => {
    const { connector, book, clock, closed } = await start({ a1: {}, b1: {} }, { maxOutgoing: 1 });
    book.add('a1', { manual: true });
    await connector.connect('a1');
    book.add('b1', { manual: false });
    await clock.advance(2 * MINUTE);
    expect(book.get('b1')?.lastSeen).not.toBeNull();
    expect([[...connector.sessions.keys()], closed]).toEqual([['a1'], ['b1']]);
  });

  it('no timer runs after the connector has closed', async () => {
    const { connector, book, clock } = await start({ a1: {} });
    book.add('a1', { manual: false });
    await Promise.all(connector.fill());
    connector.close();
    await book.flush();
    expect([connector.sessions.size, clock.waiting]).toEqual([0, 0]);
    expect(connector.fill()).toEqual([]);
  });
});
