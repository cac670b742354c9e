/** `stele start`: a node in this process, until it is told to stop. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ADDRESS_FILE, type NodeOptions, nodeOptions } from '../options/config.ts';
import { NODE_OPTIONS } from '../options/node.ts';
import type { Flags } from '../options/table.ts';
import { type Context, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson, addOptions } from './flags.ts';
import type { Io, RunningNode } from './ports.ts';
import { type Progress, startProgress } from './progress.ts';
import { aligned, paintFor, visible } from './text.ts';

/** Blocks that are fetched before anyone could look. */
const SHORTEST_BAR = 10;

export function addStart(program: Command, context: Context): void {
  const command = program.command('start').description('start a node');
  addJson(addOptions(command, NODE_OPTIONS), 'print where the node is as JSON, for programs');
  addExamples(command, 'stele start', 'stele start --network dev --port 4001 --mine');
  command.action((flags: Flags) => start(context, flags));
}

async function start(context: Context, flags: Flags): Promise<void> {
  const { io, dependencies } = context;
  const options = nodeOptions(flags, io.environment, (line) => io.stderr.write(`warning: ${line}\n`));
  // Listened for from here on: a node that is told to stop while it starts stops as soon as it has.
  const stopped = dependencies.stopped();
  const node = await dependencies.startNode(options);
  const forget = noteAddress(io, options.dataDir, node.url);
  print(context, flags, whereabouts(node, options), (where) => describe(where, io));
  const stopDrawing = drawSync(io, node);
  const fault = await Promise.race([stopped, node.fault]);
  stopDrawing();
  forget();
  await node.close();
  if (fault !== undefined) throw new Failure(`The snapshot is wrong, and the node has stopped: ${visible(fault)}`);
}

/**
 * Notes where the node listens, for commands on the same machine. A node that is killed leaves its note, and the next one
 * replaces it. A note that cannot be written, on a full disk, is no reason not to serve.
 * @returns how to take the note away.
 */
function noteAddress({ stderr }: Io, dataDir: string, listening: string): () => void {
  const file = join(dataDir, ADDRESS_FILE);
  // An address that stands for all of the machine's own is reached by loopback.
  const url = listening.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  try {
    writeFileSync(file, `${url}\n`);
  } catch (error) {
    stderr.write(`Commands need --url ${url}: ${error instanceof Error ? error.message : error}\n`);
  }
  return () => {
    try {
      if (readFileSync(file, 'utf8').trim() === url) rmSync(file);
    } catch {
      // Somebody has removed the note or the whole directory: there is nothing to take away.
    }
  };
}

interface Whereabouts {
  url: string;
  /** The link, with the operator's token where it is needed. A browser sends nothing behind the `#` to anyone. */
  playground: string;
  page: string;
  dataDir: string;
  network: string;
  /** What proves the operator: calling from this machine as the node's user, or the token alone. */
  operator: 'local' | 'token';
  tokenFile: string | null;
}

function whereabouts({ url, operator }: RunningNode, { dataDir, genesis }: NodeOptions): Whereabouts {
  const { trustsLocal, token, tokenFile } = operator;
  const fragment = trustsLocal ? '' : `#token=${token}`;
  return {
    url,
    playground: new URL(`/graphql${fragment}`, url).href,
    page: new URL(`/${fragment}`, url).href,
    dataDir,
    network: genesis.network.name,
    operator: trustsLocal ? 'local' : 'token',
    tokenFile,
  };
}

function describe({ playground, page, dataDir, network, operator, tokenFile }: Whereabouts, io: Io): string {
  const paint = paintFor(io.stdout);
  const byToken = tokenFile === null ? 'whoever has the token that you gave' : `whoever has the token in ${tokenFile}`;
  const rows = aligned([
    ['  Playground', paint('cyan', playground)],
    ['  Page', paint('cyan', page)],
    ['  Data', dataDir],
    ['  Operator', operator === 'local' ? `your programs and browser on this machine; else ${byToken}` : byToken],
  ]);
  const secret = operator === 'token' ? 'Who opens one of the links is the operator: keep them to yourself.\n' : '';
  return `${paint('bold', `Stele is running on network ${network}.`)}\n${rows}${secret}Ctrl+C stops it.\n`;
}

/** Draws how far the node has caught up with others, or has checked a snapshot, while it does. */
export function drawSync(io: Io, node: Pick<RunningNode, 'watchSync'>, label = 'Synchronising'): () => void {
  let bar: (Progress & { what: string }) | null = null;
  let isOver = false;
  const stop = () => {
    bar?.stop();
    bar = null;
  };
  node.watchSync(({ unverified, ...sync }) => {
    const { height, targetHeight } = unverified ?? sync;
    const what = unverified ? 'Unverified' : label;
    if (isOver || targetHeight < height + SHORTEST_BAR || bar?.what !== what) stop();
    if (isOver || targetHeight < height + SHORTEST_BAR) return;
    bar ??= { ...startProgress(io, what, targetHeight), what };
    bar.update(height, targetHeight);
  });
  return () => {
    isOver = true;
    stop();
  };
}
