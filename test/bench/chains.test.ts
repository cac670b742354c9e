/** The same numbers give the same chain, on every machine and with every version: the large rows can be repeated. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeChain } from '../../bench/support/chains.ts';
import { verifyTransaction } from '../../src/domain/transaction.ts';
import { verifySignature } from '../../src/keyring/sodium.ts';
import { GENESIS, readBlock } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';

it('writes a chain of valid blocks that follows from its seed', async () => {
  const directory = temporaryDirectory();
  const write = async (name: string, seed: number) => {
    await writeChain(join(directory, name), { posts: 30, postsABlock: 10 }, seed);
    return readFileSync(join(directory, name), 'utf8').trim().split('\n');
  };
  const lines = await write('a', 1);
  expect(await write('b', 1)).toEqual(lines);
  expect(await write('c', 2)).not.toEqual(lines);

  const blocks = lines.map((line) => readBlock(JSON.parse(line), GENESIS.hash));
  expect(blocks.map(({ header }) => header.previousHash)).toEqual([GENESIS.hash, blocks[0]?.hash, blocks[1]?.hash]);
  for (const { transactions } of blocks) {
    expect(transactions.length).toBe(10);
    for (const transaction of transactions) verifyTransaction(transaction, verifySignature);
  }
  expect(blocks[2]?.hash).toBe('2ac8d250c75f615a566db6f5b9e75d1273d531b40c69c2094c3bbc008ab813b6');
});
