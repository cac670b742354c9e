/** Waiting until a post lies deep enough on the best chain, over lost connections and reorganisations. */
import { LIFE } from './documents.ts';
import { ClientError, unknownPost } from './errors.ts';
import type { ClientLifeSubscription } from './generated/graphql.ts';
import type { Node } from './request.ts';
import { type ResumeOptions, resume } from './resume.ts';
import { stream } from './stream.ts';

/** The status of a post at one moment. */
export type PostStatus = ClientLifeSubscription['transactionStatus'];

/** Where a post lies once it is deep enough. */
export interface Inclusion {
  block: { hash: string; height: number };
  /** Blocks from `block` to the tip, both counted. */
  confirmations: number;
}

/** How deep, and who is told on the way. */
export interface InclusionOptions extends ResumeOptions {
  confirmations: number;
  onStatus: ((status: PostStatus) => void) | undefined;
}

const MAX_WAITING = 1_000;

/** @throws ClientError DROPPED, UNKNOWN_POST, or when another try would not help; the signal's reason. */
export async function awaitInclusion(node: Node, id: string, options: InclusionOptions): Promise<Inclusion> {
  const { signal, onStatus } = options;
  const open = () => stream(node, LIFE, { id }, { signal, maxWaiting: MAX_WAITING });
  for await (const { transactionStatus: status } of resume(open, options)) {
    onStatus?.(status);
    const { state, block, confirmations } = status;
    if (state === 'DROPPED' || state === 'REJECTED') throw dropped(status);
    if (state === 'UNKNOWN') throw unknownPost(id);
    if (block && confirmations >= options.confirmations) return { block, confirmations };
  }
  throw new Error('resume() ended by itself');
}

function dropped({ reason, message }: PostStatus): ClientError {
  return new ClientError('DROPPED', `the post was dropped: ${message ?? 'no reason is known'} (${reason})`);
}
