/** What bad peers do, each of them otherwise like the honest node that it hides behind. */
import { hashHeader } from '../../../src/domain/header.ts';
import { type Hello, LinkError, type LinkFault, type PeerLink } from '../../../src/peers/ports.ts';
import type { Parent } from '../../support/chain.ts';
import type { Dice } from '../../support/dice.ts';
import { forgeBlock, forgeHeader, forgeId, forgePost, type HeaderFault } from './forgery.ts';
import type { PeerServer } from './network.ts';

/** The liar itself, for its lies. */
export interface Accomplice {
  dice: Dice;
  /** How it introduces itself when it does not lie about that. */
  hello(): Hello;
  /** The tip of the honest node that it hides behind. */
  tip(): Parent;
}

export interface Lie {
  /** The answers that differ from an honest node's. */
  answers?(honest: PeerServer, me: Accomplice): Partial<PeerServer>;
  /** What it does to others, now and then. */
  act?(link: PeerLink, me: Accomplice): Promise<unknown>;
}

const never = () => new Promise<never>(() => {});
const fail = (fault: LinkFault) => Promise.reject(new LinkError(fault, 'a liar does not care'));

/** The same to every question. */
function always(answer: () => Promise<never>): Lie {
  const methods = { handshake: answer, headers: answer, body: answer, posts: answer, lacking: answer, pending: answer };
  return { answers: () => ({ ...methods, offer: answer, submit: answer }) };
}

/** A bad header on top of every chain that it shows. */
function badHeaders(fault: HeaderFault): Lie {
  return {
    answers: (honest, me) => ({
      async headers(locator, limit) {
        const page = await honest.headers(locator, limit);
        return page.length === limit ? page : [...page, forgeHeader(me.tip(), fault)];
      },
      listen: (listener) =>
        honest.listen({
          ...listener,
          onBlock(announcement) {
            listener.onBlock(announcement);
            const header = forgeHeader(announcement, fault);
            listener.onBlock({ ...announcement, header, hash: hashHeader(header), ids: [] });
          },
        }),
    }),
    act: (link, me) => link.offer({ header: forgeHeader(me.tip(), fault), ids: [], transactions: [] }),
  };
}

/** A bad block on top of every chain that it shows; its header is good. */
const badBlocks: Lie = {
  answers(honest, me) {
    const block = () => forgeBlock(me.tip());
    return {
      async headers(locator, limit) {
        const page = await honest.headers(locator, limit);
        return page.length === limit ? page : [...page, block().header];
      },
      async body(hash, only) {
        const forged = block();
        return forged.hash === hash ? forged.transactions : honest.body(hash, only);
      },
      listen: (listener) =>
        honest.listen({
          ...listener,
          onBlock(announcement) {
            listener.onBlock(announcement);
            const { hash, header } = forgeBlock(announcement);
            listener.onBlock({ ...announcement, hash, header, height: announcement.height + 1, ids: null });
          },
        }),
    };
  },
  act(link, me) {
    const { header, transactions } = forgeBlock(me.tip());
    return link.offer({ header, transactions, ids: transactions.map(({ id }) => id) });
  },
};

const LIES = {
  boasts: {
    answers: (honest, me) => ({
      handshake: async () => ({ ...me.hello(), height: 1_000_000, chainWork: 2n ** 200n, addresses: [] }),
      headers: async (locator, limit) => (me.dice.chance(0.5) ? [] : honest.headers(locator, limit)),
    }),
    act: (link, me) => link.handshake({ ...me.hello(), height: 1_000_000, chainWork: 2n ** 200n }),
  },
  'headers with too little work': badHeaders('too little work'),
  'headers with wrong bits': badHeaders('wrong bits'),
  'headers that are too old': badHeaders('time too old'),
  'headers from the future': badHeaders('time too new'),
  'headers that are not linked': badHeaders('not linked'),
  'bad blocks': badBlocks,
  'wrong bodies': {
    answers: () => ({ body: async () => [forgePost(1)] }),
  },
  'withholds bodies': {
    answers: (honest, me) => ({
      body: (hash, only) => {
        if (hash < '8') return honest.body(hash, only);
        return me.dice.chance(0.5) ? Promise.resolve(null) : never();
      },
    }),
  },
  'withholds blocks': {
    answers: () => ({ headers: async () => [], listen: () => () => {} }),
  },
  'never answers': always(never),
  'answers garbage': always(() => fail('malformed')),
  'vanishes in the middle': {
    answers: (honest, me) => ({
      body: (hash, only) => (me.dice.chance(0.5) ? fail('unreachable') : honest.body(hash, only)),
      posts: (ids) => (me.dice.chance(0.5) ? never() : honest.posts(ids)),
      pending: (after) => (after === null ? honest.pending(after) : fail('unreachable')),
    }),
  },
  reflects: {
    answers: () => ({ handshake: async (asker) => ({ ...asker, addresses: [] }) }),
    async act(link, me) {
      const { nodeId } = await link.handshake(me.hello());
      await link.handshake({ ...me.hello(), nodeId });
    },
  },
  'floods addresses': {
    answers: (_, me) => ({
      handshake: async () => ({ ...me.hello(), addresses: Array.from({ length: 16 }, address(me)) }),
    }),
    act: (link, me) =>
      link.handshake({ ...me.hello(), nodeId: forgeId(me.dice.between(0, 1e6)).slice(-32), url: address(me)() }),
  },
  'floods posts': {
    answers: (honest, me) => ({
      async pending(after) {
        const page = await honest.pending(after);
        return { ids: [...page.ids, forgeId(me.dice.between(0, 1e6))], next: page.next };
      },
      posts: async () => [forgePost(me.dice.between(0, 20))],
      listen: (listener) => {
        listener.onPost(forgeId(me.dice.between(0, 1e6)));
        return honest.listen(listener);
      },
    }),
    act: (link, me) => link.submit(Array.from({ length: 20 }, () => forgePost(me.dice.between(0, 20)))),
  },
} satisfies Record<string, Lie>;

/** An address at which nobody lives. */
const address = (me: Accomplice) => () => `http://10.${me.dice.between(0, 255)}.${me.dice.between(0, 255)}.1:4000`;

export type LieName = keyof typeof LIES;
export const LIE_NAMES = Object.keys(LIES) as LieName[];
export const lieOf = (name: LieName): Lie => LIES[name];
