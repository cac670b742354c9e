/** `stele show`: one thing on the chain, as a running node sees it. */
import type { Command } from 'commander';
import type { Flags } from '../options/table.ts';
import { addClientOptions, type Context, clientFor, hexDigits, postId, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples } from './flags.ts';
import { graphql } from './generated/gql.ts';
import type { ShownBlockFragment } from './generated/graphql.ts';
import { describePost } from './posts.ts';
import { aligned, count, visible } from './text.ts';

/** Fragments need no name here: documents include them by theirs. */
graphql(`
  fragment ShownBlock on Block {
    ...BlockLine
    header
    previousHash
    merkleRoot
    bits
    nonce
    difficulty
    chainWork
    confirmations
    isOnBestChain
    invalidReason
    size
    transactions(first: 100) {
      nodes {
        ...PostLine
      }
      totalCount
    }
  }
`);

const TIP = graphql(`
  query ShowTip {
    node {
      version
      network {
        name
        genesis
      }
      sync {
        state
        targetHeight
        message
        unverified {
          height
        }
      }
      pool {
        count
        bytes
      }
      tip {
        ...BlockLine
        chainWork
        difficulty
      }
    }
  }
`);

const BLOCK = graphql(`
  query ShowBlock($hash: Hexadecimal, $height: NonNegativeInt) {
    block(hash: $hash, height: $height) {
      ...ShownBlock
    }
  }
`);

const TRANSACTION = graphql(`
  query ShowTransaction($id: Hexadecimal!) {
    transaction(id: $id) {
      ...PostLine
      publicKey
      statement
      signature
      salt
      size
      work
    }
    transactionStatus(id: $id) {
      state
      reason
      message
      confirmations
      block {
        hash
        height
      }
    }
  }
`);

graphql(`
  fragment ShownAuthor on Author {
    name
    publicKey
    since {
      height
      time
    }
    posts(first: 10) {
      nodes {
        ...PostLine
      }
      totalCount
    }
  }
`);

const AUTHOR = graphql(`
  query ShowAuthor($name: String!, $publicKey: Hexadecimal!, $isKey: Boolean!) {
    byName: author(name: $name) {
      ...ShownAuthor
    }
    byKey: author(publicKey: $publicKey) @include(if: $isKey) {
      ...ShownAuthor
    }
  }
`);

export function addShow(program: Command, context: Context): void {
  const show = program.command('show').description('show a part of the chain');
  addExamples(show, 'stele show tip', 'stele show block 1', 'stele show author alice --json');
  const add = (name: string, description: string, example: string) =>
    addExamples(addClientOptions(show.command(name).description(description)), example);
  add('tip', 'where the chain stands', 'stele show tip').action((flags: Flags) => showTip(context, flags));
  add('block', 'a block and its first 100 posts', 'stele show block 1')
    .argument('<hash|height>')
    .action((which: string, flags: Flags) => showBlock(context, which, flags));
  add('transaction', 'a post, and where it is', 'stele show transaction 3f5a… --json')
    .argument('<id>')
    .action((id: string, flags: Flags) => showTransaction(context, id, flags));
  add('author', 'who owns a name, and the latest posts', 'stele show author alice')
    .argument('<name|key>')
    .action((author: string, flags: Flags) => showAuthor(context, author, flags));
}

async function showTip(context: Context, flags: Flags): Promise<void> {
  const { node } = await clientFor(context, flags).request(TIP, {});
  print(context, flags, node, ({ version, network, sync, pool, tip }) =>
    aligned([
      ['Network', `${visible(network.name)} ${network.genesis}`],
      ['Tip', tip.hash],
      ['Height', tip.height],
      ['Time', tip.time],
      ['Difficulty', tip.difficulty],
      ['Work', shownWork(tip.chainWork)],
      ['Pending', `${count(pool.count, 'post')}, ${count(pool.bytes, 'byte')}`],
      ['Sync', sync.state === 'SYNCED' ? 'synced' : `syncing, known height ${sync.targetHeight}`],
      ...(sync.unverified && sync.message ? [['Snapshot', visible(sync.message)] as [string, string]] : []),
      ['Node', `stele ${visible(version)}`],
    ]),
  );
}

async function showBlock(context: Context, which: string, flags: Flags): Promise<void> {
  const isHeight = /^\d{1,15}$/.test(which);
  const hash = hexDigits(which);
  if (!isHeight && hash === null) throw new Failure('A block is named by its height or the 64 hex digits of its hash.');
  const wanted = isHeight ? { height: Number(which) } : { hash };
  const { block } = await clientFor(context, flags).request(BLOCK, wanted);
  if (!block) throw new Failure(`The node holds no block ${which}.`);
  print(context, flags, block, describeWhole);
}

function describeWhole(block: ShownBlockFragment): string {
  const { nodes, totalCount } = block.transactions;
  const facts = aligned([
    ['Block', block.hash],
    ['Height', block.height],
    ['Time', block.time],
    ['Confirmations', block.isOnBestChain ? block.confirmations : 'not on the best chain'],
    ['Fault', block.invalidReason],
    ['Previous', block.previousHash],
    ['Merkle root', block.merkleRoot],
    ['Bits', `0x${block.bits.toString(16).padStart(8, '0')}`],
    ['Nonce', block.nonce],
    ['Difficulty', block.difficulty],
    ['Chain work', shownWork(block.chainWork)],
    ['Posts', `${totalCount}, ${count(block.size, 'byte')}`],
  ]);
  const rest = totalCount > nodes.length ? `\nand ${count(totalCount - nodes.length, 'more post')}\n` : '';
  return facts + nodes.map((post) => `\n${describePost(post)}`).join('') + rest;
}

async function showTransaction(context: Context, given: string, flags: Flags): Promise<void> {
  const id = postId(given);
  const result = await clientFor(context, flags).request(TRANSACTION, { id });
  const { transaction, transactionStatus: status } = result;
  const reason = status.reason ? ` (${status.reason})` : '';
  if (!transaction) throw new Failure(`The node holds no post ${id}: ${status.state.toLowerCase()}${reason}.`);
  print(context, flags, result, () => {
    const facts = aligned([
      ['State', status.state.toLowerCase() + reason],
      ['Block', status.block ? `${status.block.height} ${status.block.hash}` : null],
      ['Confirmations', status.confirmations],
      ['Public key', transaction.publicKey],
      ['Signature', transaction.signature],
      ['Work', count(transaction.work, 'bit')],
      ['Size', count(transaction.size, 'byte')],
    ]);
    return `${describePost(transaction)}\n${facts}`;
  });
}

async function showAuthor(context: Context, author: string, flags: Flags): Promise<void> {
  // Sixty-four hex digits may be a key, and may also be somebody's name.
  const key = hexDigits(author);
  const variables = { name: author, publicKey: key ?? '00', isKey: key !== null };
  const { byKey, byName } = await clientFor(context, flags).request(AUTHOR, variables);
  const found = byKey ?? byName;
  if (!found) throw new Failure(`Nobody on the chain is ${visible(author)}.`);
  print(context, flags, found, ({ name, publicKey, since, posts }) => {
    const facts = aligned([
      ['Name', visible(name)],
      ['Public key', publicKey],
      ['Since', `block ${since.height}, ${since.time}`],
      ['Posts', posts.totalCount],
    ]);
    return facts + posts.nodes.map((post) => `\n${describePost(post)}`).join('');
  });
}

/** A number of 64 hex digits, without the zeros in front, and the power of two that is next below it. */
function shownWork(work: string): string {
  const value = BigInt(`0x${work}`);
  return `0x${value.toString(16)} (2^${value.toString(2).length - 1} hashes)`;
}
