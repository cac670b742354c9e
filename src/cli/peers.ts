/** `stele peers`, `add-peer`, `remove-peer`, `resync`: the other nodes, as a running one deals with them. */
import type { Command } from 'commander';
import type { Flags } from '../options/table.ts';
import { addClientOptions, type Context, clientFor, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples } from './flags.ts';
import { graphql } from './generated/gql.ts';
import type { PeerLineFragment, ResyncMutation } from './generated/graphql.ts';
import { count, table, visible } from './text.ts';

/** Fragments need no name here: documents include them by theirs. */
graphql(`
  fragment PeerLine on Peer {
    url
    nodeId
    direction
    state
    height
    chainWork
    score
    latency
    lastSeen
    version
    bannedUntil
    manual
    remark
  }
`);

const PEERS = graphql(`
  query Peers {
    peers {
      ...PeerLine
    }
  }
`);

const ADD_PEER = graphql(`
  mutation AddPeer($url: String!) {
    addPeer(input: { url: $url }) {
      outcome
      message
      peer {
        ...PeerLine
      }
    }
  }
`);

const REMOVE_PEER = graphql(`
  mutation RemovePeer($url: String!) {
    removePeer(input: { url: $url }) {
      removed
    }
  }
`);

const RESYNC = graphql(`
  mutation Resync {
    resync {
      asked
      answered
      detached
      attached
      posts
      tip {
        hash
        height
      }
    }
  }
`);

/** Longer than the node waits for a handshake. */
const DIAL_TIMEOUT_MS = 75_000;
/** The longest that `fetch` waits for an answer. The node goes on when the command has ended. */
const RESYNC_TIMEOUT_MS = 290_000;

export function addPeers(program: Command, context: Context): void {
  const command = program.command('peers').description('list the nodes that a node knows');
  addExamples(addClientOptions(command), 'stele peers', 'stele peers --json');
  command.action((flags: Flags) => listPeers(context, flags));
}

export function addAddPeer(program: Command, context: Context): void {
  const command = program
    .command('add-peer')
    .description('connect to a node, now and from now on; lifts a ban (operator)')
    .argument('<url>', 'where it is reached');
  addExamples(addClientOptions(command), 'stele add-peer http://10.0.0.7:4000');
  command.action((url: string, flags: Flags) => addPeer(context, url, flags));
}

export function addRemovePeer(program: Command, context: Context): void {
  const command = program
    .command('remove-peer')
    .description('disconnect from a node and forget it (operator)')
    .argument('<url>', 'as `stele peers` shows it');
  addExamples(addClientOptions(command), 'stele remove-peer http://10.0.0.7:4000');
  command.action((url: string, flags: Flags) => removePeer(context, url, flags));
}

export function addResync(program: Command, context: Context): void {
  const command = program
    .command('resync')
    .description('ask all nodes for blocks and posts now, and say what changed (operator)');
  addExamples(addClientOptions(command), 'stele resync');
  command.action((flags: Flags) => resync(context, flags));
}

async function listPeers(context: Context, flags: Flags): Promise<void> {
  const { peers } = await clientFor(context, flags).request(PEERS, {});
  print(context, flags, peers, (known) => {
    if (known.length === 0) return 'No other node is known: name one with `stele add-peer`.\n';
    return table(HEADINGS, known.map(columns));
  });
}

const HEADINGS = ['URL', 'State', 'Direction', 'Height', 'Score', 'Latency', 'Last seen', 'Remark'];

function columns(peer: PeerLineFragment): string[] {
  const { direction, height, score, latency, lastSeen, remark } = peer;
  return [
    shownName(peer),
    shownState(peer),
    direction.toLowerCase(),
    height === null ? '-' : String(height),
    String(score),
    latency === null ? '-' : `${latency} ms`,
    lastSeen ?? 'never',
    remark === null ? '' : visible(remark),
  ];
}

/** The address of a peer; for a peer without one, enough of its id to tell it apart. */
function shownName({ url, nodeId }: PeerLineFragment): string {
  if (url !== null) return visible(url);
  return nodeId === null ? '-' : `node ${nodeId.slice(0, 8)}`;
}

function shownState({ state, bannedUntil }: PeerLineFragment): string {
  return state === 'BANNED' && bannedUntil !== null ? `banned until ${bannedUntil}` : state.toLowerCase();
}

async function addPeer(context: Context, url: string, flags: Flags): Promise<void> {
  const { addPeer: result } = await clientFor(context, flags).request(
    ADD_PEER,
    { url },
    { timeoutMs: DIAL_TIMEOUT_MS },
  );
  const { outcome, message, peer } = result;
  print(context, flags, result, () => {
    if (outcome !== 'CONNECTED') return '';
    const height = peer?.height === null || peer === null ? '' : `, height ${peer.height}`;
    return `Connected to ${visible(peer?.url ?? url)}${height}.\n`;
  });
  if (outcome === 'CONNECTED') return;
  const outlook = outcome === 'UNREACHABLE' && peer ? ' It is tried again from time to time.' : '';
  throw new Failure(`Not connected: ${visible(message ?? 'no reason given')} (${outcome}).${outlook}`);
}

async function removePeer(context: Context, url: string, flags: Flags): Promise<void> {
  const { removePeer: result } = await clientFor(context, flags).request(REMOVE_PEER, { url });
  print(context, flags, result, ({ removed }) => (removed ? `Forgot ${visible(url)}.\n` : ''));
  if (!result.removed) throw new Failure(`The node knows no ${visible(url)}: \`stele peers\` lists those it knows.`);
}

async function resync(context: Context, flags: Flags): Promise<void> {
  const { resync: result } = await clientFor(context, flags).request(RESYNC, {}, { timeoutMs: RESYNC_TIMEOUT_MS });
  print(context, flags, result, describeResync);
}

function describeResync({ asked, answered, detached, attached, posts, tip }: ResyncMutation['resync']): string {
  if (asked === 0) return 'Nobody to ask: the node is connected to no other. Name one with `stele add-peer`.\n';
  const blocks =
    detached > 0
      ? `The chain was replaced by one with more work: ${count(detached, 'block')} left it, ${count(attached, 'block')} joined it.`
      : attached > 0
        ? `${count(attached, 'block')} joined the chain.`
        : 'The chain is as it was.';
  const pool = posts > 0 ? `${count(posts, 'new post')} came in.` : 'No new post came in.';
  return `${answered} of ${count(asked, 'node')} answered. ${blocks} ${pool}\nTip: ${tip.height}  ${tip.hash}\n`;
}
