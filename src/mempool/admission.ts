/** What a post must be to enter this node's pool, as far as the post and the chain can tell. */
import { isTooNew } from '../domain/block.ts';
import { Refusal, RuleError } from '../domain/errors.ts';
import {
  type Transaction,
  type VerifiedTransaction,
  type VerifySignature,
  verifyTransaction,
} from '../domain/transaction.ts';
import { skeleton } from './lookalike.ts';
import type { ChainFacts, PolicyReason } from './ports.ts';

/** This node's policy keeps a post out. Other nodes may take it. */
export class PolicyError extends Refusal<PolicyReason> {
  override readonly name = 'PolicyError';
}

/** A post that could go on top of the chain. */
export interface Candidate {
  verified: VerifiedTransaction;
  /** Whether its name belongs to its key on the chain. Else the name is new. */
  isBound: boolean;
}

/** A post on the chain already, or a candidate. */
export type Examined = { height: number } | Candidate;

export interface AdmissionDependencies {
  facts: ChainFacts;
  verify: VerifySignature;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Admission {
  /** @throws RuleError, PolicyError. */
  examine(transaction: Transaction): Promise<Examined>;
}

export function createAdmission({ facts, verify, now }: AdmissionDependencies): Admission {
  function checkAlone(transaction: Transaction): VerifiedTransaction {
    const { timestamp } = transaction.statement;
    if (isTooNew(timestamp, Math.floor(now() / 1000))) {
      throw new PolicyError('timestamp-ahead', 'the claimed time is over 10 minutes ahead of this node');
    }
    return verifyTransaction(transaction, verify);
  }

  /** A name that is new must not look like one that is there. */
  async function checkLook(author: string): Promise<void> {
    const look = skeleton(author);
    if (look === '') throw new PolicyError('name-lookalike', 'this name shows nothing that people could read');
    const twin = await facts.nameWithSkeleton(look);
    if (twin !== null && twin !== author) throw lookalike(author, twin);
  }

  return {
    async examine(transaction) {
      const verified = checkAlone(transaction);
      const { id, statement } = transaction;
      const { author, publicKey } = statement;
      const [heights, owners, withheld] = await Promise.all([
        facts.heights([id]),
        facts.owners([author]),
        facts.isWithheld(id),
      ]);
      const height = heights.get(id);
      if (height !== undefined) return { height };
      if (withheld) throw new PolicyError('withheld', 'the operator of this node withholds the content of this post');
      const owner = owners.get(author);
      if (owner === undefined) await checkLook(author);
      else if (owner !== publicKey) throw new RuleError('name-taken', `${JSON.stringify(author)} belongs to ${owner}`);
      return { verified, isBound: owner !== undefined };
    },
  };
}

export function lookalike(author: string, twin: string): PolicyError {
  return new PolicyError('name-lookalike', `${JSON.stringify(author)} looks like ${JSON.stringify(twin)}`);
}
