/** Founds the town's network and fills a data directory with its chain, through the door that any block takes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBlock } from '../../src/domain/block.ts';
import { utf8ToBytes } from '../../src/domain/bytes.ts';
import { decodeCompact, targetToWork } from '../../src/domain/compact.ts';
import { nextBits } from '../../src/domain/difficulty.ts';
import { sha256 } from '../../src/domain/hash.ts';
import { hashHeader, meetsTarget } from '../../src/domain/header.ts';
import { merkleTree } from '../../src/domain/merkle.ts';
import { foundGenesis, type Genesis, genesisHeader, networkToFile } from '../../src/domain/network.ts';
import type { VerifiedTransaction } from '../../src/domain/transaction.ts';
import { openLedger } from '../../src/node.ts';
import { makePost, mineHeader, type Parent } from '../../test/support/chain.ts';
import { type Said, TOWN, WAITING } from './town.ts';

const BLOCKS = 64;
const SPACING = 210;

export interface Board {
  /** The file for `--network`. */
  network: string;
  /** Signed, and still to be submitted. */
  waiting: VerifiedTransaction[];
  /** The post with the most to see on its page. */
  thread: string;
}

/** @param now seconds since 1970: the newest block is a minute old. */
export async function buildBoard(directory: string, now: number): Promise<Board> {
  const times = blockTimes(now);
  const genesis = found((times[0] as number) - SPACING);
  const file = join(directory, 'village.json');
  writeFileSync(file, JSON.stringify(networkToFile(genesis)));

  const bodies = times.map((time, index) =>
    saidIn(index).map(({ said, at }) => ({ ...said, at, timestamp: (time - 40) * 1000 + at * 100 })),
  );
  const posts: VerifiedTransaction[] = [];
  const sign = (said: Said, timestamp: number) => {
    const { answers, ...draft } = said;
    const replyTo = answers === undefined ? null : (posts[posts.length - answers]?.id ?? null);
    return makePost({
      ...draft,
      replyTo,
      timestamp,
      network: genesis.hash,
      salt: sha256(utf8ToBytes(said.content)).slice(0, 16),
    });
  };

  const { chain, close } = await openLedger({ dataDir: join(directory, 'data'), genesis, readonly: false });
  if (!chain) throw new Error('the chain was opened for reading only');
  let parent: Parent & { previousTime: number | null } = { ...genesisParent(genesis), previousTime: null };
  for (const [index, time] of times.entries()) {
    const body: VerifiedTransaction[] = [];
    for (const { timestamp, at: _, ...said } of bodies[index] ?? []) {
      const post = sign(said, timestamp);
      posts.push(post);
      body.push(post);
    }
    const bits = nextBits(genesis.network, {
      height: parent.height,
      time: parent.header.time,
      bits: parent.header.bits,
      previousTime: parent.previousTime,
    });
    const { root } = merkleTree(body.map(({ id }) => id));
    const header = mineHeader({ version: 1, previousHash: parent.hash, merkleRoot: root, time, bits, nonce: 0 });
    const block = buildBlock(header, body);
    const { outcome } = await chain.accept(block);
    if (outcome !== 'accepted') throw new Error(`block ${index + 1}: ${outcome}`);
    const chainWork = parent.chainWork + targetToWork(decodeCompact(bits).value);
    parent = { hash: block.hash, header, height: parent.height + 1, chainWork, previousTime: parent.header.time };
  }
  await close();
  const waiting = WAITING.map((said, index) => sign(said, (now - 30 + index * 12) * 1000));
  return { network: file, waiting, thread: (posts[18] as VerifiedTransaction).id };
}

/** Which of the town's posts a block holds: none in most, some in the last ones. */
function saidIn(index: number): { said: Said; at: number }[] {
  const each = TOWN.map((said, at) => ({
    said,
    at,
    block: Math.floor(BLOCKS * (0.35 + 0.65 * ((at + 0.5) / TOWN.length))),
  }));
  return each.filter(({ block }) => block === index);
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
  return foundGenesis({ ...parameters, nonce });
}

function genesisParent({ hash, header, powLimit }: Genesis): Parent {
  return { hash, header, height: 0, chainWork: targetToWork(powLimit) };
}
