import { handleMaybePromise } from '@whatwg-node/promise-helpers';
import type { Hash } from '../../domain/bytes.ts';
import type { PostFilter, Reader } from '../../store/ports.ts';
import { blockCursor } from '../connection.ts';
import type { Context } from '../context.ts';
import { problem } from '../errors.ts';
import type { SubscriptionResolvers } from '../generated/resolvers.ts';
import { type ChainStep, nextStep } from '../live/chainWalk.ts';
import { NODE_INTERVAL, type PostEvent } from '../live/feed.ts';
import { detachedStatus, findPost, type StatusRecord, statusOf } from '../records.ts';

export const Subscription: SubscriptionResolvers = {
  blockMined: {
    subscribe: (_, __, context) => followChain(context, context.chain.tip.hash, showMined),
  },

  chainChanged: {
    async subscribe(_, { after }, context) {
      const start = after == null ? context.chain.tip.hash : blockCursor.decode(after);
      if (!(await context.loaders.blockByHash.load(start))) {
        throw problem('CURSOR_UNKNOWN', `this node does not know block ${start}`);
      }
      return followChain(context, start, showChanged);
    },
  },

  transactionPending: {
    subscribe: (_, { filter }, context) => followPosts(context, 'arrived', filter ?? {}, showPending),
  },

  transactionRevealed: {
    subscribe: (_, { filter }, context) => followPosts(context, 'revealed', filter ?? {}, showRevealed),
  },

  transactionStatus: {
    subscribe(_, { id }, context) {
      const next = lifeOf(context, id.toLowerCase());
      return context.feed.follow(context.client, ['chain', `post:${id.toLowerCase()}`], async () => {
        const status = await next();
        return status && { transactionStatus: status };
      });
    },
  },

  nodeStatus: {
    subscribe(_, __, { feed, client, cache, allowance, now }) {
      let seen = -1;
      return feed.follow(client, ['node'], () => {
        if (seen === feed.version) return undefined;
        seen = feed.version;
        allowance.renew();
        // Some fields of a node change with time alone, so subscribers that share an answer ask at the same time.
        return cache.share([showNode, Math.floor(now() / NODE_INTERVAL)], showNode);
      });
    },
  },
};

const showNode = () => ({ nodeStatus: {} });

type ShowPost<Item> = (context: Context, id: Hash) => Promise<Item | undefined>;

/** A post is looked up when its turn comes: its content may have been withheld while it waited for a slow subscriber. */
function followPosts<Item>(context: Context, event: PostEvent, filter: PostFilter, show: ShowPost<Item>) {
  const { feed, client, cache, allowance } = context;
  return feed.posts(client, event, filter, (id) => {
    allowance.renew();
    return cache.share([show, id], () => show(context, id));
  });
}

async function showRevealed(context: Context, id: Hash) {
  const post = await findPost(context, id);
  return post ? { transactionRevealed: post } : undefined;
}

async function showPending(context: Context, id: Hash) {
  const post = await findPost(context, id);
  return post ? { transactionPending: post } : undefined;
}

/** The change in a post's life since the last call; undefined when nothing is new. */
function lifeOf(context: Context, id: Hash): () => Promise<StatusRecord | undefined> {
  let last: StatusRecord | null = null;
  let tip: Hash | null = null;
  return async () => {
    const { hash } = context.chain.tip;
    // Only a move of the tip changes what is on the chain.
    if (last?.state === 'INCLUDED' && tip === hash) return undefined;
    const status = await statusOf(context, id);
    const same = status.state === last?.state && (status.state !== 'INCLUDED' || tip === hash);
    if (same) return undefined;
    // First that it lost its block; what became of it then is the next thing to tell.
    const isDetached = last?.state === 'INCLUDED' && status.state !== 'INCLUDED';
    last = isDetached ? detachedStatus(id) : status;
    tip = hash;
    context.allowance.renew();
    return last;
  };
}

const showMined = ({ kind, block }: ChainStep) => (kind === 'ATTACHED' ? { blockMined: block } : undefined);
const showChanged = ({ kind, block, tip }: ChainStep) => ({
  chainChanged: { kind, cursor: blockCursor.encode(tip), node: block },
});

/** The steps of the best chain from a block on, those that `show` has something for. Who stands there gets the same. */
function followChain<Item>(context: Context, from: Hash, show: (step: ChainStep) => Item | undefined) {
  const { feed, client, cache, reader, allowance } = context;
  let at = from;
  return feed.follow(client, ['chain'], () =>
    handleMaybePromise(
      () => cache.share([show, at], () => nextShown(reader, at, show)),
      ({ tip, item }) => {
        at = tip;
        allowance.renew();
        return item;
      },
    ),
  );
}

/** The next step that there is something to show of, if there is one, and where one stands then. */
async function nextShown<Item>(reader: Reader, from: Hash, show: (step: ChainStep) => Item | undefined) {
  for (let tip = from; ; ) {
    const step = await nextStep(reader, tip);
    if (!step) return { tip, item: undefined };
    tip = step.tip;
    const item = show(step);
    if (item !== undefined) return { tip, item };
  }
}
