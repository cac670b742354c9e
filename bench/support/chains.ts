/**
 * Chains of N posts, made once for all rows that want one: as a file that `stele import` takes, and as the data
 * directory that it makes of it.
 */
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { blockToWire } from '../../src/domain/block.ts';
import { prepareSearchFile } from '../../src/store/sqlite/search/file.ts';
import { Indexer } from '../../src/store/sqlite/search/indexer.ts';
import { runCommand } from '../../test/support/nodeProcess.ts';
import { makeBlocks } from './blocks.ts';

export interface ChainSize {
  readonly posts: number;
  readonly postsABlock: number;
}

export interface Chains {
  /** The chain's file. */
  file(size: ChainSize): Promise<string>;
  /** A data directory that holds the chain. For reading: it is not to be changed. */
  data(size: ChainSize): Promise<string>;
}

export function createChains(directory: string, say: (line: string) => void): Chains {
  const file = async (size: ChainSize) => {
    const path = join(directory, `${nameOf(size)}.ndjson`);
    if (existsSync(path)) return path;
    const seconds = await timed(() => writeChain(path, size));
    say(`made a chain of ${size.posts} posts in ${seconds} s`);
    return path;
  };
  return {
    file,
    async data(size) {
      const path = join(directory, nameOf(size));
      if (existsSync(path)) return path;
      const source = await file(size);
      const seconds = await timed(() => importChain(source, path));
      // A node would do it beside the first row that starts one.
      const more = await timed(async () => indexTexts(path));
      say(`imported ${size.posts} posts in ${seconds} s, and indexed the rest of their texts in ${more} s`);
      return path;
    },
  };
}

/** Writes a chain as `stele export` would: the same bytes for the same size and seed, on every machine. */
export async function writeChain(path: string, { posts, postsABlock }: ChainSize, seed = 1): Promise<void> {
  const out = createWriteStream(path);
  for (const { block } of makeBlocks(Math.ceil(posts / postsABlock), postsABlock, { seed })) {
    if (!out.write(`${JSON.stringify(blockToWire(block))}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

export async function importChain(file: string, dataDir: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const args = ['import', file, '--network', 'dev', '--data-dir', dataDir];
  const { code, stderr } = await runCommand(args, '', environment);
  if (code !== 0) throw new Error(`import ended with ${code}: ${stderr}`);
}

/** Brings the index of texts of a data directory that nobody uses up to date. */
export function indexTexts(dataDir: string): void {
  prepareSearchFile(dataDir);
  const indexer = new Indexer(dataDir);
  while (!indexer.step().done);
  while (indexer.merge());
  indexer.close();
}

function nameOf({ posts, postsABlock }: ChainSize): string {
  return `chain-${posts}-${postsABlock}`;
}

async function timed(work: () => Promise<void>): Promise<string> {
  const start = performance.now();
  await work();
  return ((performance.now() - start) / 1000).toFixed(1);
}
