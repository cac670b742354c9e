/** `stele listing` and `stele verify-listing`: all posts of a key or on a topic in a row of blocks, and that they are all. */
import type { Command } from 'commander';
import { utf8ToBytes } from '../domain/bytes.ts';
import { headerToHex } from '../domain/header.ts';
import type { ListedPost, ListingReport } from '../domain/listing.ts';
import type { Flags } from '../options/table.ts';
import { depth, hash, positive } from './arguments.ts';
import { addClientOptions, type Context, clientFor, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson } from './flags.ts';
import { graphql } from './generated/gql.ts';
import { shownTime } from './posts.ts';
import { checked, keep, log2, readBounded, standingOf } from './proofs.ts';
import { aligned, count, visible, visibleLines } from './text.ts';

const LISTING = graphql(`
  query Listing(
    $publicKey: Hexadecimal
    $topic: String
    $from: PositiveInt!
    $to: PositiveInt!
    $depth: NonNegativeInt
  ) {
    listing(publicKey: $publicKey, topic: $topic, from: $from, to: $to, depth: $depth)
  }
`);

export function addListing(program: Command, context: Context): void {
  const command = program
    .command('listing')
    .description('write a listing: a file that proves which posts of a key or on a topic some blocks hold')
    .option('--key <hex>', 'the posts of this key', hash)
    .option('--topic <text>', 'the posts on this topic')
    .requiredOption('--from <height>', 'the first block', positive)
    .requiredOption('--to <height>', 'the last block', positive)
    .option('-o, --output <file>', 'where to write it (default: standard output)')
    .option('--depth <number>', 'the most blocks on top to have in it (default: as many as the node allows)', depth);
  addExamples(
    addClientOptions(command),
    'stele listing --topic news --from 1 --to 100 -o news.listing.json',
    'stele verify-listing news.listing.json',
  );
  command.action((flags: Flags) => writeListing(context, flags));
}

export function addVerifyListing(program: Command, context: Context): void {
  const command = program
    .command('verify-listing')
    .description('check a listing offline, and tell what it proves; exit code 1 when it proves nothing')
    .argument('<file>')
    .option('--genesis <hash>', 'the network that it must be of, by its genesis hash', hash);
  addExamples(addJson(command), 'stele verify-listing news.listing.json');
  command.action((file: string, flags: Flags) => verifyListingFile(context, file, flags));
}

async function writeListing(context: Context, flags: Flags): Promise<void> {
  const [publicKey, topic] = [flags.key, flags.topic].map((flag) => (typeof flag === 'string' ? flag : null));
  if ((publicKey == null) === (topic == null)) throw new Failure('Give exactly one of --key and --topic.');
  const heights = { from: Number(flags.from), to: Number(flags.to) };
  const most = typeof flags.depth === 'number' ? flags.depth : null;
  const wanted = { publicKey: publicKey ?? null, topic: topic ?? null, ...heights, depth: most };
  const { listing: text } = await clientFor(context, flags).request(LISTING, wanted);
  if (text == null) throw new Failure('The chain ends below these heights.');
  const report = await checked('listing', context.dependencies.verifyListing(utf8ToBytes(text), {}));
  const asked = publicKey === null ? { topic } : { publicKey };
  const isAsked = JSON.stringify(report.query) === JSON.stringify(asked);
  if (!isAsked || report.blocks !== heights.to - heights.from + 1) throw new Failure('The node gave another listing.');
  await keep(context, flags, text, `a listing of ${count(report.posts.length, 'post')} out of ${report.looked}`);
}

async function verifyListingFile(context: Context, file: string, flags: Flags): Promise<void> {
  const network = typeof flags.genesis === 'string' ? flags.genesis : undefined;
  const listing = await readBounded(file);
  const report = await checked('listing', context.dependencies.verifyListing(listing, { network }));
  if (flags.json) print(context, flags, reportToJson(report), String);
  else context.io.stdout.write(describe(report));
}

function describe({
  network,
  query,
  posts,
  looked,
  blocks,
  first,
  last,
  tip,
  depth: deep,
  work,
}: ListingReport): string {
  const whose = 'publicKey' in query ? `of the key ${query.publicKey}` : `on the topic #${visible(query.topic)}`;
  const facts = aligned([
    ['Blocks', `${count(blocks, 'block')} with ${count(looked, 'post')} in all`],
    ['First', `${first.hash}, ${shownTime(first.header.time * 1000)}`],
    ['Last', `${last.hash}, ${shownTime(last.header.time * 1000)}`],
    ['Depth', `${count(deep, 'block')} on top of the last, up to ${tip}`],
    ['Work', `${work.toLocaleString('en')} hashes expected on the last, about 2^${log2(work)}`],
    ['Network', `${visible(network.name)} ${network.genesis}`],
    ['', standingOf(network.name, network.genesis)],
  ]);
  const shown = posts.map((post) => `\n${describeListed(post)}`).join('');
  return `The listing is valid. These are all posts ${whose} in the blocks below: ${posts.length}.\n${shown}\n${facts}`;
}

function describeListed({ id, statement, content, block }: ListedPost): string {
  const text = content === null ? '  [the text is not in this listing]' : visibleLines(content);
  const about = `${visible(statement.author)}  ${shownTime(statement.timestamp)}`;
  return `${about}\n${text}\n  id ${id}\n  block ${block.hash}, place ${block.position}\n`;
}

function reportToJson({ headers, work, first, last, posts, ...rest }: ListingReport) {
  const listed = posts.map(({ block: { header: _, ...place }, ...post }) => ({ ...post, block: place }));
  const ends = [first, last].map((end) => ({ hash: end.hash, header: headerToHex(end.header) }));
  return { ...rest, first: ends[0], last: ends[1], posts: listed, work: String(work) };
}
