/** `stele import`: blocks from an export, each through the chain's one door, with every rule checked. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Block, buildBlock, readBlockForm } from '../domain/block.ts';
import { Refusal } from '../domain/errors.ts';
import type { Genesis } from '../domain/network.ts';
import { readTransaction, type Transaction } from '../domain/transaction.ts';
import { DATA_OPTIONS } from '../options/client.ts';
import { dataOptions } from '../options/config.ts';
import type { Flags } from '../options/table.ts';
import { inSlices } from '../slices.ts';
import { type Context, print } from './context.ts';
import { takeDecisions } from './decisions.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson, addOptions } from './flags.ts';
import { type Line, readLines } from './lines.ts';
import type { ChainDoor, Ledger } from './ports.ts';
import { startProgress } from './progress.ts';
import { count, visible } from './text.ts';

/** Posts read before the writing thread's answers and the progress bar get a turn: a few milliseconds. */
const POSTS_A_SLICE = 50;

export interface ImportResult {
  /** Blocks that were new. */
  taken: number;
  /** Blocks that were there already. */
  known: number;
  /** New blocks that another branch outweighs. */
  sideBranch: number;
  /** The line that ended the import before its time. */
  fault: { line: number; reason: string; message: string } | null;
}

export function addImport(program: Command, context: Context): void {
  const command = program
    .command('import')
    .description('take the blocks of an export, checking every rule; the node must not be running')
    .argument('<file>', 'NDJSON, one block a line; - reads standard input');
  addExamples(
    addJson(addOptions(command, DATA_OPTIONS)),
    'stele import chain.ndjson',
    'gunzip < chain.ndjson.gz | stele import -',
  );
  command.action((file: string, flags: Flags) => importFile(context, file, flags));
}

async function importFile(context: Context, file: string, flags: Flags): Promise<void> {
  const handle = file === '-' ? null : await open(file);
  try {
    // What was imported is on disk once the ledger has closed.
    report(context, flags, await importInto(context, handle, flags));
  } finally {
    await handle?.close();
  }
}

async function importInto(context: Context, handle: FileHandle | null, flags: Flags): Promise<Imported> {
  const { io, dependencies } = context;
  const ledger = await dependencies.openLedger({ ...dataOptions(flags, io.environment), readonly: false });
  try {
    if (!ledger.chain) throw new Error('the ledger was opened for writing and has no chain');
    return await importLines(context, handle, ledger, ledger.chain);
  } finally {
    await ledger.close();
  }
}

type Imported = ImportResult & { decisions: number };

async function importLines(
  { io }: Context,
  handle: FileHandle | null,
  { genesis, store }: Ledger,
  chain: ChainDoor,
): Promise<Imported> {
  const stream = handle ? handle.createReadStream({ autoClose: false }) : io.stdin;
  const progress = startProgress(
    io,
    handle ? 'Importing, bytes' : 'Importing, bytes:',
    handle ? (await handle.stat()).size : null,
  );
  try {
    let decisions = 0;
    const blocks = takeDecisions(readLines(stream), async (taken) => {
      decisions += await store.withholder.adopt(taken);
    });
    return { ...(await importBlocks(blocks, chain, genesis, progress.update)), decisions };
  } finally {
    progress.stop();
  }
}

/**
 * Stops at the first bad block: what is above it cannot be any better. While the chain checks a block, on other threads
 * for the most part, the next line is read.
 */
export async function importBlocks(
  source: AsyncIterable<Line>,
  chain: ChainDoor,
  genesis: Genesis,
  onProgress: (bytes: number) => void,
): Promise<ImportResult> {
  const result: ImportResult = { taken: 0, known: 0, sideBranch: 0, fault: null };
  let bytes = 0;
  let underWay: Promise<boolean> = Promise.resolve(true);

  /** False when the import ends here. */
  async function take(line: Line, read: Promise<Block>): Promise<boolean> {
    try {
      await importBlock(await read, chain, result);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      result.fault = { line: line.number, reason: error.reason, message: error.message };
      return false;
    }
    bytes += line.bytes.length + 1;
    onProgress(bytes);
    return true;
  }

  try {
    for await (const line of source) {
      // The line's fault is reported when its turn comes.
      const read = readLine(line, genesis);
      await read.then(
        (block) => chain.prepare(block),
        () => {},
      );
      if (!(await underWay)) return result;
      underWay = take(line, read);
      underWay.catch(() => {});
      // The block's turn to send its signatures to their threads, before the next line is read.
      await new Promise(setImmediate);
    }
    await underWay;
  } finally {
    // Where reading failed, the block under way is still finished before the ledger closes.
    await underWay.catch(() => {});
  }
  return result;
}

async function readLine(line: Line, genesis: Genesis): Promise<Block> {
  const { header, transactions } = readBlockForm(parse(line));
  const read: Transaction[] = [];
  await inSlices(transactions, POSTS_A_SLICE, async (slice) => {
    for (const one of slice) read.push(readTransaction(one ?? {}, genesis.hash));
  });
  return buildBlock(header, read);
}

async function importBlock(block: Block, chain: ChainDoor, result: ImportResult): Promise<void> {
  const accepted = await chain.accept(block);
  switch (accepted.outcome) {
    case 'rejected':
      throw new Refusal(accepted.reason, accepted.message);
    case 'orphan':
      throw new Refusal('parent-unknown', `its parent ${accepted.missing} is not here: begin with earlier blocks`);
    case 'duplicate':
      result.known += 1;
      return;
    default:
      result.taken += 1;
      if (accepted.outcome === 'side-branch') result.sideBranch += 1;
  }
}

function parse({ bytes }: Line): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Refusal('not-json', error instanceof Error ? error.message : String(error));
  }
}

function report(context: Context, flags: Flags, result: Imported): void {
  const { taken, known, sideBranch, fault, decisions } = result;
  const side = sideBranch > 0 ? `, ${sideBranch} of them on side branches` : '';
  const withheld = decisions > 0 ? `; ${count(decisions, 'decision')} about contents taken over` : '';
  const summary = `${count(taken, 'new block')}${side}; ${known.toLocaleString('en')} known already${withheld}`;
  print(context, flags, result, () => (fault ? '' : `${summary}.\n`));
  if (fault)
    throw new Failure(`Line ${fault.line}: ${visible(fault.message)} (${fault.reason}). Before it: ${summary}.`);
}
