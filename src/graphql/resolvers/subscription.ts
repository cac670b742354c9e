import type { Hash } from '../../domain/bytes.ts';
import { type ChainStep, nextStep } from '../chainWalk.ts';
import { blockCursor } from '../connection.ts';
import type { Context } from '../context.ts';
import { problem } from '../errors.ts';
import type { SubscriptionResolvers } from '../generated/resolvers.ts';
import { type StatusRecord, statusOf } from '../records.ts';

export const Subscription: SubscriptionResolvers = {
  blockMined: {
    subscribe: (_, __, context) =>
      followChain(context, context.chain.tip.hash, ({ kind, block }) =>
        kind === 'ATTACHED' ? { blockMined: block } : undefined,
      ),
  },

  chainChanged: {
    async subscribe(_, { after }, context) {
      const start = after == null ? context.chain.tip.hash : blockCursor.decode(after);
      if (!(await context.loaders.blockByHash.load(start))) {
        throw problem('CURSOR_UNKNOWN', `this node does not know block ${start}`);
      }
      return followChain(context, start, ({ kind, block, tip }) => ({
        chainChanged: { kind, cursor: blockCursor.encode(tip), node: block },
      }));
    },
  },

  transactionPending: {
    subscribe: (_, { filter }, { feed, client }) =>
      feed.arrivals(client, filter ?? {}, (post) => ({ transactionPending: post })),
  },

  transactionStatus: {
    subscribe(_, { id }, context) {
      let last: StatusRecord | null = null;
      let tip: Hash | null = null;
      return context.feed.follow(context.client, ['chain', 'pool'], async () => {
        const { hash } = context.chain.tip;
        // Only a move of the tip changes what is on the chain.
        if (last?.state === 'INCLUDED' && tip === hash) return undefined;
        const status = await statusOf(context, id);
        const same = status.state === last?.state && (status.state !== 'INCLUDED' || tip === hash);
        last = status;
        tip = hash;
        return same ? undefined : { transactionStatus: status };
      });
    },
  },

  nodeStatus: {
    subscribe(_, __, { feed, client }) {
      let seen = -1;
      return feed.follow(client, ['chain', 'pool', 'node'], async () => {
        if (seen === feed.version) return undefined;
        seen = feed.version;
        return { nodeStatus: {} };
      });
    },
  },
};

/** The steps of the best chain from a block on, those that `show` has something for. */
function followChain<Item>(context: Context, from: Hash, show: (step: ChainStep) => Item | undefined) {
  let at = from;
  return context.feed.follow(context.client, ['chain'], async () => {
    for (;;) {
      const step = await nextStep(context.reader, at);
      if (!step) return undefined;
      at = step.tip;
      const item = show(step);
      if (item !== undefined) return item;
    }
  });
}
