/** Reads arguments: transactions become the domain's, hex digits of look-ups become lower case. */
import { readTransaction, type Transaction } from '../../domain/transaction.ts';
import type { PostFilter } from '../../store/ports.ts';
import type { Context } from '../context.ts';
import type { TransactionInput } from '../generated/resolvers.ts';

/** @throws RuleError when the form is wrong. */
export function readInput(input: TransactionInput, { genesis }: Context): Transaction {
  const { successor = null, replyTo = null, supersedes = null, ...statement } = input.statement;
  return readTransaction({ ...input, statement: { ...statement, successor, replyTo, supersedes } }, genesis.hash);
}

/** Look-ups take hex digits in either case; what is signed has one spelling, and is refused in another. */
export function readFilter(filter: PostFilter): PostFilter {
  return { ...filter, publicKey: filter.publicKey?.toLowerCase(), replyTo: filter.replyTo?.toLowerCase() };
}
