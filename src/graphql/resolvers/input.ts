/** A caller's transaction as one of the domain, for queries and mutations alike. */
import { readTransaction, type Transaction } from '../../domain/transaction.ts';
import type { Context } from '../context.ts';
import type { TransactionInput } from '../generated/resolvers.ts';

/** @throws RuleError when the form is wrong. */
export function readInput(input: TransactionInput, { genesis }: Context): Transaction {
  const { successor = null, replyTo = null, supersedes = null, ...statement } = input.statement;
  return readTransaction({ ...input, statement: { ...statement, successor, replyTo, supersedes } }, genesis.hash);
}
