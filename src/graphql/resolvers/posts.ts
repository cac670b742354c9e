/** Pages of the best chain's posts: what may be asked, and from where a page goes on. */
import { handleMaybePromise, type MaybePromise } from '@whatwg-node/promise-helpers';
import type { Order, PostFilter, PostRecord } from '../../store/ports.ts';
import { type AsOf, readAsOf } from '../asOf.ts';
import { connect, type PageArguments, type PlaceKey, placeCursor, readRange } from '../connection.ts';
import type { Context } from '../context.ts';
import { problem } from '../errors.ts';
import { readFilter } from './input.ts';

/** A page of the best chain's posts. */
export async function postsPage(
  context: Context,
  wanted: PostFilter,
  { asOf, ...args }: PageArguments & { asOf?: AsOf },
  order: Order,
) {
  const filter = readFilter(wanted);
  await context.pace();
  await checkText(filter, context);
  const range = readRange(args, placeCursor, context.limits);
  await Promise.all([range.after, range.before].map((cursor) => cursor && checkAttached(cursor, context)));
  const { reader, signal } = context;
  const slice = await readAsOf(context, asOf, (upTo) => reader.posts({ ...filter, upTo }, range, order, signal));
  const count = () => readAsOf(context, asOf, (upTo) => reader.countPosts({ ...filter, upTo }, signal));
  return connect(slice, range, cursorOfPlace, count);
}

/**
 * A page that went on from a block of another branch would mix two chains.
 * @throws GraphQLError CURSOR_DETACHED.
 */
async function checkAttached({ height, block }: PlaceKey, { loaders }: Context): Promise<void> {
  if ((await loaders.blockByHeight.load(height))?.hash === block) return;
  throw problem('CURSOR_DETACHED', 'the block at this cursor has left the best chain: begin again');
}

/** Refuses texts that most posts hold, unless the posts are narrowed down, and texts that cannot be looked for yet. */
async function checkText({ text, author, publicKey, topic, replyTo }: PostFilter, { reader }: Context): Promise<void> {
  if (text == null) return;
  const { length } = [...text];
  if (length < 1 || length > 200) throw problem('BAD_USER_INPUT', 'text to look for has 1 to 200 characters');
  const verdict = await reader.admitText(text);
  if (verdict === 'behind') {
    throw problem(
      'NOT_INDEXED_YET',
      'many posts are new here and cannot be found by their text yet: try again in a while',
    );
  }
  const isNarrow = author != null || publicKey != null || topic != null || replyTo != null;
  if (verdict === 'ok' || isNarrow) return;
  throw problem(
    'TEXT_TOO_SHORT',
    'look for a word of 2 characters or more, or narrow it down by author, publicKey, topic or replyTo',
  );
}

function cursorOfPlace(post: PostRecord): MaybePromise<string> {
  const { height, position } = post.place ?? { height: 0, position: 0 };
  return handleMaybePromise(
    () => post.block(),
    (block) => placeCursor.encode({ height, position, block: block?.hash ?? '' }),
  );
}
