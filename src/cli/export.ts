/** `stele export`: the best chain as NDJSON, one block a line, beside a running node or without one. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { type Block, blockToWire } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { DATA_OPTIONS } from '../options/client.ts';
import { dataOptions } from '../options/config.ts';
import type { Flags } from '../options/table.ts';
import { positive } from './arguments.ts';
import type { Context } from './context.ts';
import { decisionLines } from './decisions.ts';
import { Failure } from './failure.ts';
import { addExamples, addOptions } from './flags.ts';
import type { Ledger } from './ports.ts';
import { startProgress } from './progress.ts';
import { count, toJson } from './text.ts';

export function addExport(program: Command, context: Context): void {
  const command = program
    .command('export')
    .description("write the operator's decisions and the blocks of the best chain as NDJSON, to be imported elsewhere")
    .option('-o, --output <file>', 'where to write them (default: standard output)')
    .option('--from <height>', 'the first block to write', positive, 1)
    .option('--with-withheld', 'write the contents that the operator withholds, too: for a backup', false);
  addExamples(
    addOptions(command, DATA_OPTIONS),
    'stele export -o chain.ndjson',
    'stele export --from 1000 | gzip > tail.ndjson.gz',
  );
  command.action((flags: Flags) => exportChain(context, flags));
}

async function exportChain(context: Context, flags: Flags): Promise<void> {
  const { io, dependencies } = context;
  const ledger = await dependencies.openLedger({ ...dataOptions(flags, io.environment), readonly: true });
  try {
    const reading = new Reading(ledger, flags.withWithheld === true);
    await write(context, flags, reading);
    const { withheld } = reading;
    if (withheld > 0)
      io.stderr.write(`${count(withheld, 'content')} withheld, and so left out (see --with-withheld).\n`);
  } finally {
    await ledger.close();
  }
}

async function write({ io }: Context, flags: Flags, reading: Reading): Promise<void> {
  const from = Number(flags.from);
  const file = flags.output;
  const to = await reading.tipHeight();
  if (from > to + 1) throw new Failure(`The chain ends at height ${to}.`);
  const progress = startProgress(io, 'Exporting', to - from + 1);
  try {
    const lines = Readable.from(reading.all(from, to, progress.update));
    if (typeof file === 'string') await writeWhole(file, lines);
    else await pipeline(lines, io.stdout, { end: false });
  } finally {
    progress.stop();
  }
}

class Reading {
  /** Contents left out so far. */
  withheld = 0;
  readonly #store: Ledger['store'];
  readonly #withWithheld: boolean;

  constructor({ store }: Ledger, withWithheld: boolean) {
    this.#store = store;
    this.#withWithheld = withWithheld;
  }

  async tipHeight(): Promise<number> {
    return (await this.#store.chain.tip()).height;
  }

  /** The decisions come first: an import withholds what they say from the moment when it takes the post. */
  async *all(from: number, to: number, onProgress: (done: number) => void): AsyncGenerator<string> {
    yield* decisionLines(this.#store);
    yield* this.lines(from, to, onProgress);
  }

  /** A running node may move the chain meanwhile: then the lines would not link, and the export ends. */
  async *lines(from: number, to: number, onProgress: (done: number) => void): AsyncGenerator<string> {
    let previous: Hash | null = null;
    for (let height = from; height <= to; height++) {
      const hash = await this.#store.chain.bestHash(height);
      const block = hash && (await this.#store.chain.block(hash));
      if (!block || (previous !== null && block.header.previousHash !== previous)) {
        throw new Failure('The chain was reorganised meanwhile: export again.');
      }
      previous = block.hash;
      yield `${toJson(blockToWire(await this.#asServed(block)))}\n`;
      onProgress(height - from + 1);
    }
  }

  /** The chain's own reads give every content at hand; what the operator withholds must not slip out in a file. */
  async #asServed(block: Block): Promise<Block> {
    if (this.#withWithheld) return block;
    const records = await this.#store.reader.postsById(block.transactions.map(({ id }) => id));
    const transactions = block.transactions.map((transaction) => {
      if (records.get(transaction.id)?.withheld == null) return transaction;
      this.withheld += 1;
      return { ...transaction, opening: null };
    });
    return { ...block, transactions };
  }
}

/** The file is there when it is complete, and not before. A device or pipe is written to as it is. */
async function writeWhole(file: string, lines: Readable): Promise<void> {
  const there = await stat(file).catch(() => null);
  if (there && !there.isFile()) return pipeline(lines, createWriteStream(file));
  const temporary = `${file}.part`;
  try {
    await pipeline(lines, createWriteStream(temporary, { flush: true }));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
