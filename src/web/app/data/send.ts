/** From a text to a post that the node has taken. Nothing here throws: what went wrong is an outcome. */
import { SubmitDocument } from '../generated/graphql.ts';
import { ApiError, ask } from './api/client.ts';
import type { Post } from './feed/board.ts';
import type { NodeStatus } from './feed/feedState.ts';
import { confirmName, dropUnused, type Identity, identityFor, seedOf } from './keys/identities.ts';
import { askToPersist } from './keys/persistence.ts';
import { InsecureError } from './keys/vault.ts';
import { dropOpening, keepOpening } from './openings.ts';
import { workbench } from './proof/workbench.ts';

export interface Message {
  author: string;
  content: string;
  topics: string[];
  replyTo: string | null;
  /** The post of the same name that this one replaces. */
  supersedes?: string | null;
  /** The text is signed now and told to nobody before it is revealed. */
  isSealed?: boolean;
}

/** What became of a text that was sent. */
export type Outcome =
  | { kind: 'sent'; post: Post }
  /** The node or the protocol does not take it; the reason in the API's spelling. */
  | { kind: 'refused'; reason: string; message: string }
  /** No answer: the post may have arrived. Sending the same signed post again is harmless. */
  | { kind: 'unanswered' }
  /** The browser keeps no keys, so none is made. */
  | { kind: 'keyless' }
  /** The page came over plain HTTP from another machine, where browsers lend no cryptography. */
  | { kind: 'insecure' };

/** Once signed, a text that was not answered is sent again as it was: it cannot become two posts. */
let unanswered: { of: string; signed: SignedPost } | null = null;

/** Signs a text in the worker and submits it. Never throws. */
export async function send(message: Message, node: NodeStatus): Promise<Outcome> {
  const signed = await prepare(message, node).catch((error: unknown) => error);
  if (signed instanceof InsecureError) return { kind: 'insecure' };
  if (!isPrepared(signed)) return { kind: 'keyless' };
  const { identity, id, input } = signed;
  if ('reason' in input) return { kind: 'refused', reason: screaming(input.reason), message: input.message };
  try {
    const { transaction, status } = await submit(input);
    unanswered = null;
    if (transaction) {
      // Should it not be kept, the name is asked for again, and the key is still there.
      if (!identity.isTaken) await confirmName(identity.name).catch(() => {});
      return { kind: 'sent', post: transaction };
    }
    if (message.isSealed) await dropOpening(id).catch(() => {});
    if (status.reason && ANOTHERS_NAME.test(status.reason)) await dropUnused(identity.name).catch(() => {});
    return { kind: 'refused', reason: status.reason ?? status.state, message: status.message ?? '' };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === null) return { kind: 'unanswered' };
    return { kind: 'refused', reason: error.code, message: error.message };
  }
}

const ANOTHERS_NAME = /^(NAME|AUTHOR)_/;

interface Prepared {
  identity: Identity;
  id: string;
  input: Wire | { reason: string; message: string };
}

const isPrepared = (value: unknown): value is Prepared =>
  typeof value === 'object' && value !== null && 'input' in value;

/** @throws where the browser keeps no keys. */
async function prepare(message: Message, node: NodeStatus): Promise<Prepared> {
  const identity = await identityFor(message.author);
  if (!identity.isTaken) void askToPersist().catch(() => {});
  const signed = await sign(message, identity, node);
  if ('reason' in signed) return { identity, id: '', input: signed };
  const { id, post } = signed;
  const { content, salt } = post;
  if (!message.isSealed || content === null || salt === null) return { identity, id, input: post };
  await keepOpening(id, { author: message.author, content, salt });
  return { identity, id, input: { ...post, content: null, salt: null } };
}

async function sign(message: Message, identity: Identity, { network, pool }: NodeStatus) {
  const work = identity.isTaken ? pool.minimumWork : pool.workOfNewName;
  const of = JSON.stringify([message, identity.publicKey, network.genesis, work]);
  if (unanswered?.of === of) return unanswered.signed;
  // The worker does it, and the page stays responsive meanwhile.
  const context = { network: network.genesis, timestamp: Date.now(), work };
  // Every post names the successor, because any of them may be the first on the chain.
  const draft = { ...message, successor: identity.successor };
  const signed = await workbench().sign(draft, await seedOf(identity), context);
  if ('reason' in signed) return signed;
  unanswered = { of, signed };
  return signed;
}

type SignedPost = Extract<Awaited<ReturnType<ReturnType<typeof workbench>['sign']>>, { post: object }>;
type Wire = SignedPost['post'];

async function submit(input: Wire) {
  return (await ask(SubmitDocument, { input })).submitTransaction;
}

/** The domain's reasons in the API's spelling. */
const screaming = (reason: string) => reason.toUpperCase().replaceAll('-', '_');
