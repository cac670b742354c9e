/** The signatures of a block: on other threads where there are any, ahead of the block's turn where its place is known. */
import type { Block } from '../domain/block.ts';
import { RuleError } from '../domain/errors.ts';
import { type SignedMessage, type Transaction, verifyTransaction } from '../domain/transaction.ts';
import type { ChainDependencies } from './ports.ts';

/** Signatures checked before other work gets a turn: about 4 ms. */
const SIGNATURES_A_SLICE = 32;

/** Checks the signatures of blocks, those that the pool has verified left out. */
export class BlockSignatures {
  readonly #dependencies: Pick<ChainDependencies, 'verify' | 'verifyMany' | 'verified'>;
  /** Blocks whose signatures are checked ahead of their turn: whether all of them hold. */
  readonly #prepared = new WeakMap<Block, Promise<boolean>>();

  constructor(dependencies: Pick<ChainDependencies, 'verify' | 'verifyMany' | 'verified'>) {
    this.#dependencies = dependencies;
  }

  /**
   * Begins with the check. Which signature is wrong is said by {@link check}, when it is the block's turn.
   * @param isKnown whether the block is stored, so that nothing has to be checked.
   */
  prepare(block: Block, isKnown: () => Promise<boolean>): void {
    const { verifyMany } = this.#dependencies;
    if (!verifyMany || this.#prepared.has(block)) return;
    const check = async () => !(await isKnown()) && (await verifyMany(signedMessages(this.#unverified(block)))) === -1;
    this.#prepared.set(
      block,
      check().catch(() => false),
    );
  }

  /** @throws RuleError `signature-invalid` */
  async check(block: Block): Promise<void> {
    if (await this.#prepared.get(block)) return;
    const { verify, verifyMany } = this.#dependencies;
    const unverified = this.#unverified(block);
    if (verifyMany) {
      const wrong = unverified[await verifyMany(signedMessages(unverified))];
      if (wrong)
        throw new RuleError('signature-invalid', `the signature of ${wrong.id} does not match its key and statement`);
      return;
    }
    for (const [i, transaction] of unverified.entries()) {
      verifyTransaction(transaction, verify);
      if (i % SIGNATURES_A_SLICE === SIGNATURES_A_SLICE - 1) await new Promise(setImmediate);
    }
  }

  #unverified({ transactions }: Block): Transaction[] {
    return transactions.filter(({ id }) => !this.#dependencies.verified(id));
  }
}

function signedMessages(transactions: readonly Transaction[]): SignedMessage[] {
  return transactions.map(({ bytes: message, signature, statement: { publicKey } }) => {
    return { message, signature, publicKey };
  });
}
