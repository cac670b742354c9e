/** Decides whether a new post fits beside the pending ones: by names first, then by room. */
import type { Hash } from '../domain/bytes.ts';
import { lookalikeError } from './admission.ts';
import { PolicyError } from './policyError.ts';
import type { Applicant, Pool } from './pool.ts';

/**
 * Checks a post against those that are pending, and changes nothing.
 * @returns the posts that must go to make room for it.
 * @throws RuleError `name-taken`, PolicyError `name-pending`, `name-lookalike`, `pool-full`.
 */
export function makeRoom(pool: Pool, applicant: Applicant): Hash[] {
  const { entry, bound } = applicant;
  const { statement } = entry.transaction;
  pool.names.check(statement, bound);
  if (!bound && !pool.names.has(statement.author)) checkNewName(pool, applicant);
  const victims = pool.victims(applicant);
  if (victims) return victims;
  throw new PolicyError('pool-full', `the pool is full: more than ${entry.work} bits of own work are asked for now`);
}

function checkNewName(pool: Pool, { entry }: Applicant): void {
  const { author } = entry.transaction.statement;
  const lookalike = pool.names.lookalikeOf(author);
  if (lookalike !== undefined) throw lookalikeError(author, lookalike);
  const price = entry.isOwn ? 0 : pool.priceOfName();
  if (entry.work >= price) return;
  throw new PolicyError('pool-full', `many new names are pending: the next needs ${price} bits of own work`);
}
