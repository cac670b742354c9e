/** From a text to a post that the node has taken. Nothing here throws: what went wrong is an outcome. */

import { SubmitDocument } from '../generated/graphql.ts';
import { ApiError, change } from './api/client.ts';
import type { Post } from './feed/board.ts';
import type { NodeStatus } from './feed/feedState.ts';
import { type Identity, makeIdentity, nameIdentity } from './identities.ts';
import { workbench } from './proof/workbench.ts';

export interface Message {
  author: string;
  content: string;
  topics: string[];
  replyTo: string | null;
}

export type Outcome =
  | { kind: 'sent'; post: Post; identity: Identity; isNew: boolean }
  /** The node or the protocol does not take it; the reason in the API's spelling. */
  | { kind: 'refused'; reason: string; message: string }
  /** No answer: it may have arrived all the same. Sending the same signed post again is harmless. */
  | { kind: 'unanswered' }
  /** The browser keeps no keys, so none is made. */
  | { kind: 'keyless' };

/** Once signed, a text that was not answered is sent again as it was: it cannot become two posts. */
let unanswered: { of: string; input: Parameters<typeof submit>[0] } | null = null;

export async function send(message: Message, known: Identity | null, node: NodeStatus): Promise<Outcome> {
  const identity = known ?? (await makeIdentity().catch(() => null));
  if (!identity) return { kind: 'keyless' };
  const input = await sign(message, identity, node);
  if ('reason' in input) return { kind: 'refused', reason: screaming(input.reason), message: input.message };
  try {
    const { transaction, status } = await submit(input);
    unanswered = null;
    if (!transaction) {
      return { kind: 'refused', reason: status.reason ?? status.state, message: status.message ?? '' };
    }
    const isNew = identity.name === null;
    // Should it not be kept, the name is asked for again, and the key is still there.
    if (isNew) await nameIdentity(identity.publicKey, message.author).catch(() => {});
    return { kind: 'sent', post: transaction, identity: { ...identity, name: message.author }, isNew };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === null) return { kind: 'unanswered' };
    return { kind: 'refused', reason: error.code, message: error.message };
  }
}

async function sign(message: Message, identity: Identity, { network, pool }: NodeStatus) {
  const of = JSON.stringify([message, identity.publicKey, network.genesis, pool.minimumWork]);
  if (unanswered?.of === of) return unanswered.input;
  const context = { network: network.genesis, timestamp: Date.now(), work: pool.minimumWork };
  const signed = await workbench().sign(message, identity.seed, context);
  if ('reason' in signed) return signed;
  unanswered = { of, input: signed.post };
  return signed.post;
}

type Wire = Extract<Awaited<ReturnType<ReturnType<typeof workbench>['sign']>>, { post: object }>['post'];

async function submit(input: Wire) {
  return (await change(SubmitDocument, { input })).submitTransaction;
}

/** The domain's reasons in the API's spelling. */
const screaming = (reason: string) => reason.toUpperCase().replaceAll('-', '_');
