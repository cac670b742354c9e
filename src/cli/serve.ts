/** `stele serve`: the API and the page over the copy in PostgreSQL. */
import type { Command } from 'commander';
import { SERVE_OPTIONS, serveOptions } from '../options/scale.ts';
import type { Flags } from '../options/table.ts';
import { type Context, print } from './context.ts';
import { addExamples, addJson, addOptions } from './flags.ts';
import { aligned, paintFor } from './text.ts';

export function addServe(program: Command, context: Context): void {
  const command = program
    .command('serve')
    .description('serve API and page from the copy in PostgreSQL that `stele archive` keeps');
  addJson(addOptions(command, SERVE_OPTIONS), 'print where the server is as JSON, for programs');
  addExamples(
    command,
    'stele serve --database-url postgresql://127.0.0.1/stele --upstream http://127.0.0.1:4000 --port 4001',
  );
  command.action((flags: Flags) => serve(context, flags));
}

async function serve(context: Context, flags: Flags): Promise<void> {
  const { io, dependencies } = context;
  const options = serveOptions(flags, io.environment);
  const stopping = new AbortController();
  const stopped = dependencies.stopped().then(() => stopping.abort());
  const server = await dependencies.startServer(options, stopping.signal).catch((error: unknown) => {
    if (stopping.signal.aborted) return null;
    throw error;
  });
  if (server === null) return;
  const { url, close } = server;
  const where = {
    url,
    playground: new URL('/graphql', url).href,
    page: new URL('/', url).href,
    network: options.genesis.network.name,
  };
  print(context, flags, where, ({ playground, page, network }) => {
    const paint = paintFor(io.stdout);
    const posting =
      options.upstreams.length > 0 ? options.upstreams.join(' ') : 'nobody: give --upstream to take posts';
    const rows = aligned([
      ['  Playground', paint('cyan', playground)],
      ['  Page', paint('cyan', page)],
      ['  Posts go to', posting],
    ]);
    return `${paint('bold', `Stele serves the network ${network}.`)}\n${rows}Ctrl+C stops it.\n`;
  });
  await stopped;
  await close();
}
