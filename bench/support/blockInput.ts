/** A block as `addBlock` takes it. */
import { type Block, blockToWire } from '../../src/domain/block.ts';

export const ADD_BLOCK = 'mutation ($input: AddBlockInput!) { addBlock(input: $input) { outcome reason message } }';

/** The variables, all transactions sent along. */
export function blockInput(block: Block): object {
  const { header, transactions } = blockToWire(block);
  return { input: { header, transactionIds: block.transactions.map(({ id }) => id), transactions } };
}
