/**
 * Whether a block lies deep enough that its posts may come without content: only then can nobody mine hidden posts at
 * the tip. The caller hands in the headers it has seen on top; their work is checked here, not taken on its word.
 */
import type { Block } from '../domain/block.ts';
import { checkHeaderContext, contextOnTop, type HeaderContext, WITHHOLDING_DEPTH } from '../domain/context.ts';
import { RuleError, rule } from '../domain/errors.ts';
import { checkProofOfWork, hashHeader } from '../domain/header.ts';
import type { Genesis } from '../domain/network.ts';
import type { Successors } from './ports.ts';

/**
 * @param context what is known of the block's ancestors.
 * @param now seconds since 1970.
 * @throws RuleError `content-missing` when a content is missing and not 100 good headers are shown to lie on top. Never
 * another reason: what is wrong with those headers says nothing about the block.
 */
export function checkContents(
  block: Block,
  context: HeaderContext,
  successors: Successors,
  genesis: Genesis,
  now: number,
): void {
  const withheld = block.transactions.filter((transaction) => transaction.opening === null).length;
  if (withheld === 0) return;
  const enough = successors.length >= WITHHOLDING_DEPTH;
  rule(
    enough,
    'content-missing',
    `contents are missing (of posts: ${withheld}), and not ${WITHHOLDING_DEPTH} blocks lie on top`,
  );
  try {
    checkSuccessors(block, context, successors.slice(0, WITHHOLDING_DEPTH), genesis, now);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    throw new RuleError('content-missing', `contents are missing, and of the headers on top: ${error.message}`);
  }
}

/** Every rule for headers, the times too: they decide the bits, so free times would make the headers cheap. */
function checkSuccessors(block: Block, below: HeaderContext, successors: Successors, genesis: Genesis, now: number) {
  let { hash, header } = block;
  let context = below;
  for (const successor of successors) {
    rule(successor.previousHash === hash, 'content-missing', 'the headers on top do not link to the block');
    context = contextOnTop(header, context);
    checkHeaderContext(successor, context, genesis.network, now);
    hash = hashHeader(successor);
    checkProofOfWork(successor, hash, genesis.powLimit);
    header = successor;
  }
}
