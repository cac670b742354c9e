/** The options for other nodes: whom to connect to, and which of their branches to take. */
import { resolve } from 'node:path';
import type { OptionTable } from './table.ts';
import { blocksOrNone, filled, integer, isTrue, nodeUrls, readCheckpoints } from './values.ts';

/** The options of `stele start` about other nodes. */
export const PEER_OPTIONS = {
  peer: {
    flags: '--peer <url>',
    variable: 'STELE_PEERS',
    description: 'a node to connect to; may be given several times, in the variable between commas',
    fallback: null,
    repeatable: true,
    parse: nodeUrls,
  },
  allowPrivatePeers: {
    flags: '--allow-private-peers',
    variable: 'STELE_ALLOW_PRIVATE_PEERS',
    description: 'connect to nodes on this machine and in private networks, whoever names them',
    fallback: 'false',
    parse: isTrue,
  },
  maxOutgoing: {
    flags: '--max-outgoing <number>',
    variable: 'STELE_MAX_OUTGOING',
    description: 'most nodes to be connected to at once',
    fallback: '8',
    parse: integer(0, 64),
  },
  maxKnownPeers: {
    flags: '--max-known-peers <number>',
    variable: 'STELE_MAX_KNOWN_PEERS',
    description: 'most addresses of nodes to remember',
    fallback: '64',
    parse: integer(1, 1_000),
  },
  maxReorganisation: {
    flags: '--max-reorganisation <blocks>',
    variable: 'STELE_MAX_REORGANISATION',
    description: 'most blocks that the node undoes by itself, once it has been synchronised; `none` for any number',
    fallback: '100',
    parse: blocksOrNone,
  },
  checkpoint: {
    flags: '--checkpoint <height:hash>',
    variable: 'STELE_CHECKPOINTS',
    description: 'a block that the chain must have; may be given several times, in the variable between commas',
    fallback: null,
    repeatable: true,
    parse: readCheckpoints,
  },
  snapshot: {
    flags: '--snapshot <file>',
    variable: 'STELE_SNAPSHOT',
    description: 'begin with the chain of a file of `stele backup --public`, if there are no data yet',
    fallback: null,
    parse: (text) => resolve(filled(text)),
  },
} satisfies OptionTable;
