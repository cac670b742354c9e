/** Judges a handshake: why a node is accepted as a peer, or not. */
import type { Genesis } from '../../domain/network.ts';
import type { AddPeerOutcome, AddPeerResult } from '../../graphql/ports.ts';
import { type Hello, LinkError, type LinkFault, PROTOCOL } from '../ports.ts';

/** Why a node is no peer, with a line of text for the operator. */
export type Objection = readonly [outcome: AddPeerOutcome, message: string];

/** Why this node does not talk to the one that says `hello`; null when it does. */
export function objectionTo(
  { network, protocol, nodeId }: Hello,
  own: { nodeId: string; genesis: Genesis },
): Objection | null {
  if (network !== own.genesis.hash) {
    return ['wrong-network', `it is of network ${network}, and this is ${own.genesis.hash}`];
  }
  if (protocol !== PROTOCOL) return ['wrong-protocol', `it speaks version ${protocol}, and this node ${PROTOCOL}`];
  if (nodeId === own.nodeId) return ['self', 'it is this node itself'];
  return null;
}

/** The outcome that an error of a handshake stands for. Any error but a `LinkError` is our bug. */
export function objectionOf(error: unknown): Objection {
  return error instanceof LinkError ? [OUTCOMES[error.fault], error.message] : BROKEN;
}

export const STOPPING: Objection = ['unreachable', 'this node is stopping'];
export const REMOVED: Objection = ['unreachable', 'it was removed meanwhile'];
export const BANNED: Objection = ['banned', 'it misbehaved here, and is banned for a while'];
const BROKEN: Objection = ['unreachable', 'something is wrong on our side: see the log'];

export const NO_ADDRESS: AddPeerResult = {
  outcome: 'address-refused',
  message: 'an address is such as https://stele.example or http://10.0.0.7:4000, without a user or password in it',
  peer: null,
};

export const BOOK_FULL: AddPeerResult = {
  outcome: 'book-full',
  message: 'all addresses in the book are yours: remove one with removePeer, or allow more with --max-known-peers',
  peer: null,
};

/** Outcomes after which an address is not dialled again. */
export const USELESS: ReadonlySet<AddPeerOutcome> = new Set(['self', 'address-refused', 'wrong-network']);

const OUTCOMES: Record<LinkFault, AddPeerOutcome> = {
  unreachable: 'unreachable',
  timeout: 'unreachable',
  refused: 'unreachable',
  'too-large': 'not-a-node',
  malformed: 'not-a-node',
  'address-refused': 'address-refused',
};
