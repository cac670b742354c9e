/** `stele stamp`: puts a file on the board by its SHA-256, or tells who has, proved by their receipts. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Client } from '../client/api.ts';
import { type FileFacts, fileStamp } from '../client/fileStamp.ts';
import { utf8ToBytes } from '../domain/bytes.ts';
import type { ReceiptReport } from '../domain/receipt.ts';
import type { Flags } from '../options/table.ts';
import { addClientOptions, type Context, clientFor, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples } from './flags.ts';
import { graphql } from './generated/gql.ts';
import { handIn } from './post.ts';
import { shownTime } from './posts.ts';
import { checkedReceipt, log2 } from './proofs.ts';
import { count, visible, visibleLines } from './text.ts';

const STAMPS = graphql(`
  query Stamps($sha256: String!) {
    transactions(filter: { topic: $sha256 }, order: OLDEST_FIRST, first: 20) {
      totalCount
      nodes {
        id
        block {
          height
        }
      }
    }
  }
`);

export function addStamp(program: Command, context: Context): void {
  const command = program
    .command('stamp')
    .description('put a file on the board: a post with its SHA-256 as topic, and its name and size as text (operator)')
    .argument('<file>', 'is read here and sent to nobody')
    .option('--as <author>', 'the name to post under; a new name gets a new key')
    .option('--check', 'post nothing: tell who has put the file there, and check that; exit code 1 when nobody has');
  addExamples(
    addClientOptions(command),
    'stele stamp contract.pdf --as alice',
    'stele stamp --check contract.pdf --url https://stele.example',
  );
  command.action((file: string, flags: Flags) => stamp(context, file, flags));
}

async function stamp(context: Context, file: string, flags: Flags): Promise<void> {
  if (flags.check) return check(context, await factsOf(file), flags);
  if (typeof flags.as !== 'string') throw new Failure('Say who puts the file there, with --as NAME; or --check it.');
  await handIn(context, flags, { author: flags.as.trim(), ...fileStamp(await factsOf(file)) });
}

/** A file of any size, read in pieces. */
async function factsOf(file: string): Promise<FileFacts> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest('hex'), name: basename(file), size };
}

async function check(context: Context, { sha256, size }: FileFacts, flags: Flags): Promise<void> {
  const client = clientFor(context, flags);
  const { transactions } = await client.request(STAMPS, { sha256 });
  const stamps: Stamp[] = [];
  for (const { id, block } of transactions.nodes)
    stamps.push({ height: block?.height ?? null, ...(await proved(context, client, id, sha256)) });
  const { totalCount } = transactions;
  print(context, flags, { sha256, size, totalCount, stamps: stamps.map(toJson) }, () =>
    describe(sha256, totalCount, stamps),
  );
  if (stamps.length === 0) throw new Failure('Nobody has put this file on this board, in a block.');
}

/** The node says which posts there are; that each has the hash as topic, and lies in a block, its receipt proves. */
async function proved(context: Context, client: Client, id: string, sha256: string): Promise<ReceiptReport> {
  const report = await checkedReceipt(context, utf8ToBytes(await client.receipt(id)), {});
  if (report.id !== id || !report.statement.topics.includes(sha256))
    throw new Failure(`The node gave a receipt of another post: ${report.id}.`);
  return report;
}

type Stamp = ReceiptReport & { height: number | null };

const toJson = ({ id, statement, content, height, block, depth, work, network }: Stamp) => ({
  id,
  author: statement.author,
  publicKey: statement.publicKey,
  content,
  block: { hash: block.hash, height, time: new Date(block.header.time * 1000).toISOString() },
  depth,
  work: work.toString(),
  genesis: network.genesis,
});

function describe(sha256: string, total: number, stamps: readonly Stamp[]): string {
  const more = total > stamps.length ? `The first ${stamps.length} of ${total}:\n` : '';
  return `SHA-256 ${sha256}\n${more}${stamps.map(describeStamp).join('')}`;
}

function describeStamp({ id, statement, content, height, block, depth, work }: Stamp): string {
  const text = content === null ? '  [withheld]' : visibleLines(content);
  const time = shownTime(block.header.time * 1000);
  return `${visible(statement.author)}, in block ${height ?? block.hash}, ${time} (its miner says)
${text}
  ${count(depth, 'block')} on top, about 2^${log2(work)} hashes of work; key ${statement.publicKey}
  id ${id}
`;
}
