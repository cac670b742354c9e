/** The other nodes: what the operator does about them, and how they introduce themselves. */
import { isHex } from '../../domain/bytes.ts';
import type { Hello } from '../../peers/ports.ts';
import { completeNodeUrl } from '../../url.ts';
import type { Context } from '../context.ts';
import { problem } from '../errors.ts';
import type {
  AddPeerOutcome,
  HelloInput,
  MutationResolvers,
  PeerResolvers,
  PeerState,
} from '../generated/resolvers.ts';
import type { AddPeerResult } from '../ports.ts';
import { hex256, mustFind, toEnum } from '../records.ts';
import { nodeOnly, operatorOnly, welcomeOnly } from './callers.ts';

/** Longer than any handshake with a node that is there. */
const DIAL_LIMIT_MS = 60_000;
const MAX_URL = 2_048;

/** Connects to a node for the operator, or answers the greeting of another node. */
export const addPeer: NonNullable<MutationResolvers['addPeer']> = async (_, { input }, context) => {
  const { url, hello } = input;
  if ((url == null) === (hello == null)) throw problem('BAD_USER_INPUT', 'give exactly one of url and hello');
  return url == null ? handshake(hello as HelloInput, context) : dial(url, context);
};

async function dial(url: string, context: Context) {
  operatorOnly(context);
  checkUrl(url);
  context.allowance.setTimeLimit(DIAL_LIMIT_MS);
  return payload({ ...(await context.peers.add(completeNodeUrl(url))), addresses: [] });
}

function handshake(input: HelloInput, context: Context) {
  nodeOnly(context);
  welcomeOnly(context);
  return payload(context.inbound.handshake(readHello(input), context.client.address));
}

function payload({ outcome, ...rest }: AddPeerResult & { addresses: string[] }) {
  return { ...rest, outcome: toEnum<AddPeerOutcome>(outcome), node: {} };
}

/** @throws GraphQLError BAD_USER_INPUT. */
function readHello({ network, nodeId, tip, chainWork, version, url, ...rest }: HelloInput): Hello {
  const isFormed =
    isHex(network, 32) &&
    isHex(tip, 32) &&
    isHex(chainWork, 32) &&
    isHex(nodeId, 16) &&
    /^[\x20-\x7e]{1,64}$/.test(version);
  if (!isFormed) {
    throw problem(
      'BAD_USER_INPUT',
      'network, tip and chainWork have 64 lower-case hex digits, nodeId 32, version 1 to 64 characters of ASCII',
    );
  }
  if (url != null) checkUrl(url);
  return { ...rest, network, tip, nodeId, version, chainWork: BigInt(`0x${chainWork}`), url: url ?? null };
}

function checkUrl(url: string): void {
  if (url.length === 0 || url.length > MAX_URL) throw problem('BAD_USER_INPUT', `a url has 1 to ${MAX_URL} characters`);
}

/** Forgets an address, its ban included. For the operator. */
export const removePeer: NonNullable<MutationResolvers['removePeer']> = async (_, { input: { url } }, context) => {
  operatorOnly(context);
  checkUrl(url);
  return { removed: await context.peers.remove(completeNodeUrl(url)) };
};

/** Asks all connected nodes for their chains and posts now. For the operator. */
export const resync: NonNullable<MutationResolvers['resync']> = async (_, __, context) => {
  operatorOnly(context);
  context.allowance.setTimeLimit(null);
  const changes = await context.peers.resync();
  return { ...changes, tip: await mustFind(context.loaders.blockByHash.load(context.chain.tip.hash)) };
};

/** Takes a branch that the policy has refused, by the hash of one of its blocks. For the operator. */
export const acceptBranch: NonNullable<MutationResolvers['acceptBranch']> = async (_, { input: { hash } }, context) => {
  operatorOnly(context);
  context.allowance.setTimeLimit(null);
  const wasThere = await context.sync.acceptBranch(hash.toLowerCase());
  if (!wasThere) throw problem('NOT_FOUND', 'no peer proves a branch that is refused and has this block at its end');
  return { tip: await mustFind(context.loaders.blockByHash.load(context.chain.tip.hash)) };
};

export const Peer: PeerResolvers = {
  direction: ({ direction }) => (direction === 'outgoing' ? 'OUTGOING' : 'INCOMING'),
  state: ({ state }) => toEnum<PeerState>(state),
  chainWork: ({ chainWork }) => (chainWork === null ? null : hex256(chainWork)),
  lastSeen: ({ lastSeen }) => toDate(lastSeen),
  bannedUntil: ({ bannedUntil }) => toDate(bannedUntil),
};

const toDate = (milliseconds: number | null): Date | null => (milliseconds === null ? null : new Date(milliseconds));
