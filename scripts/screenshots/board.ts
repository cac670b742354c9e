/** Founds the town's network and fills a data directory with its chain, through the door that any block takes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, buildBlock } from '../../src/domain/block.ts';
import { utf8ToBytes } from '../../src/domain/bytes.ts';
import { decodeCompact } from '../../src/domain/compact.ts';
import { nextBits } from '../../src/domain/difficulty.ts';
import { sha256 } from '../../src/domain/hash.ts';
import { type Header, hashHeader, meetsTarget } from '../../src/domain/header.ts';
import { merkleTree } from '../../src/domain/merkle.ts';
import { createGenesis, type Genesis, genesisHeader, networkToFile } from '../../src/domain/network.ts';
import type { VerifiedTransaction } from '../../src/domain/transaction.ts';
import { openLedger } from '../../src/node/ledger.ts';
import { makePost, mineHeader } from '../../test/support/chain.ts';
import { type Said, TOWN, WAITING } from './town.ts';

const BLOCKS = 64;
const SPACING = 210;
/** Index of the block that at first loses to another one. */
const RIVALLED = 58;
/** Place in the town's list of the post with the most to see on its page. */
const THREAD = 18;

export interface Board {
  /** The file for `--network`. */
  network: string;
  /** Signed, and still to be submitted. */
  waiting: VerifiedTransaction[];
  /** Id of the post with the most to see on its page. */
  thread: string;
}

/** @param now seconds since 1970: the newest block is a minute old. */
export async function buildBoard(directory: string, now: number): Promise<Board> {
  const times = blockTimes(now);
  const genesis = found((times[0] as number) - SPACING);
  const file = join(directory, 'village.json');
  writeFileSync(file, JSON.stringify(networkToFile(genesis)));
  const posts: VerifiedTransaction[] = [];
  const say = (said: Said, timestamp: number) => {
    const post = signSaid(said, posts, { network: genesis.hash, timestamp });
    posts.push(post);
    return post;
  };

  const { chain, close } = await openLedger({ dataDir: join(directory, 'data'), genesis, readonly: false });
  if (!chain) throw new Error('the chain was opened for reading only');
  const bodies = times.map((time, index) =>
    saidIn(index).map((said, place) => say(said, (time - 90 + place * 40) * 1000)),
  );
  const accept = async (block: Block, expected = 'accepted') => {
    const { outcome } = await chain.accept(block);
    if (outcome !== expected) throw new Error(`block ${block.hash}: ${outcome}`);
  };
  let parent: Parent = { header: genesis.header, hash: genesis.hash, previousTime: null };
  for (const [index, time] of times.entries()) {
    const isRivalled = index === RIVALLED;
    // Found at the same time, with a post that the chain takes up a little later.
    if (isRivalled) await accept(mineOn(parent, bodies[index + 2] ?? [], time + 1, genesis));
    const block = mineOn(parent, bodies[index] ?? [], time, genesis);
    await accept(block, isRivalled ? 'side-branch' : 'accepted');
    const { header, hash } = block;
    parent = { header, hash, previousTime: parent.header.time };
  }
  await close();
  const waiting = WAITING.map((said, index) => say(said, (now - 30 + index * 12) * 1000));
  return { network: file, waiting, thread: (posts[THREAD] as VerifiedTransaction).id };
}

function signSaid(
  { answers, ...draft }: Said,
  before: readonly VerifiedTransaction[],
  context: { network: string; timestamp: number },
): VerifiedTransaction {
  const replyTo = answers === undefined ? null : (before[before.length - answers]?.id ?? null);
  const salt = sha256(utf8ToBytes(draft.content)).slice(0, 16);
  return makePost({ ...draft, ...context, replyTo, salt });
}

interface Parent {
  header: Header;
  hash: string;
  previousTime: number | null;
}

function mineOn(parent: Parent, body: VerifiedTransaction[], time: number, { network }: Genesis): Block {
  const { previousTime, hash, header } = parent;
  const bits = nextBits(network, { previousTime, time: header.time, bits: header.bits });
  const { root } = merkleTree(body.map(({ id }) => id));
  const mined = mineHeader({ version: 1, previousHash: hash, merkleRoot: root, time, bits, nonce: 0 });
  return buildBlock(mined, body);
}

/** Which of the town's posts a block holds: none in most of the first ones, up to two in the later ones. */
function saidIn(index: number): Said[] {
  const pairs = Math.ceil((TOWN.length * 2) / 3);
  // Of three posts in a row, the last two share a block.
  const blockOf = (at: number) => {
    const pair = Math.floor((at * 2 + 1) / 3);
    return Math.floor(BLOCKS * (0.3 + (0.7 * (pair + 0.5)) / pairs));
  };
  return TOWN.filter((_, at) => blockOf(at) === index);
}

/** Waits as chance deals them (an exponential distribution), the same each time. */
function blockTimes(now: number): number[] {
  const times = [now - 60];
  for (let i = 1; i < BLOCKS; i++) {
    const [a = 0, b = 0] = sha256(utf8ToBytes(`wait ${i}`));
    const wait = -SPACING * Math.log((a * 256 + b + 1) / 65_537);
    times.unshift((times[0] as number) - Math.max(12, Math.round(wait)));
  }
  return times;
}

function found(time: number): Genesis {
  const parameters = {
    name: 'village',
    message: 'Founded at the fountain.',
    time,
    powLimit: 0x1f7fffff,
    spacing: SPACING,
    halfLife: 3_600,
    retarget: true,
  };
  const limit = decodeCompact(parameters.powLimit).value;
  let nonce = 0;
  while (!meetsTarget(hashHeader(genesisHeader(parameters, nonce)), limit)) nonce++;
  return createGenesis({ ...parameters, nonce });
}
