/** `stele start`: a node in this process, until it is told to stop. */
import type { Command } from 'commander';
import { type Flags, NODE_OPTIONS, nodeOptions } from '../config.ts';
import { type Context, print } from './context.ts';
import { addExamples, addJson, addOptions } from './options.ts';
import type { Io, RunningNode } from './ports.ts';
import { type Progress, startProgress } from './progress.ts';
import { aligned, paintFor } from './text.ts';

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
  const options = nodeOptions(flags, io.environment);
  // Listened for from here on: a node that is told to stop while it starts stops as soon as it has.
  const stopped = dependencies.stopped();
  const node = await dependencies.startNode(options);
  const where = {
    url: node.url,
    playground: new URL('/graphql', node.url).href,
    page: new URL('/', node.url).href,
    dataDir: options.dataDir,
    network: options.genesis.network.name,
  };
  const paint = paintFor(io.stdout);
  print(context, flags, where, ({ playground, page, dataDir, network }) => {
    const rows = aligned([
      ['  Playground', paint('cyan', playground)],
      ['  Page', paint('cyan', page)],
      ['  Data', dataDir],
    ]);
    return `${paint('bold', `Stele is running on network ${network}.`)}\n${rows}Ctrl+C stops it.\n`;
  });
  const stopDrawing = drawSync(io, node);
  await stopped;
  stopDrawing();
  await node.close();
}

/** Draws how far the node has caught up with others, while it does. */
function drawSync(io: Io, node: RunningNode): () => void {
  let bar: Progress | null = null;
  let isOver = false;
  const stop = () => {
    bar?.stop();
    bar = null;
  };
  node.watchSync(({ height, targetHeight }) => {
    if (isOver || targetHeight < height + SHORTEST_BAR) {
      stop();
      return;
    }
    bar ??= startProgress(io, 'Synchronising', targetHeight);
    bar.update(height, targetHeight);
  });
  return () => {
    isOver = true;
    stop();
  };
}
