/** The admission rules of this node's pool that depend on the post and the chain only. */
import { isTooNew } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { bindName, type KeyBinding } from '../domain/names.ts';
import {
  type Transaction,
  type VerifiedTransaction,
  type VerifySignature,
  verifyTransaction,
} from '../domain/transaction.ts';
import { isBlank, isLookalike, skeleton } from './lookalike.ts';
import { checkNewName } from './nameRules.ts';
import { PolicyError } from './policyError.ts';
import type { ChainFacts } from './ports.ts';

/** A post that could go on top of the chain, after pending ones of the same name if it needs them. */
export interface Candidate {
  verified: VerifiedTransaction;
  /** The binding of the post's name on the chain; undefined: none. */
  bound: KeyBinding | undefined;
}

/** A post on the chain already, or a candidate. */
export type Examined = { height: number } | Candidate;

interface AdmissionDependencies {
  facts: ChainFacts;
  verify: VerifySignature;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds by which a claimed time may lie in the past. */
  maxClaimAge: number;
  /** Whether posts of a name are pending: they decide then who may follow them. */
  isPending(name: string): boolean;
}

export class Admission {
  readonly #dependencies: AdmissionDependencies;

  constructor(dependencies: AdmissionDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws RuleError, PolicyError. */
  async examine(transaction: Transaction): Promise<Examined> {
    const verified = this.#checkAlone(transaction);
    const { author } = transaction.statement;
    const { height, isWithheld, bound } = await this.#lookUp(transaction.id, author);
    if (height !== undefined) return { height };
    if (isWithheld) throw new PolicyError('withheld', 'the operator of this node withholds the content of this post');
    if (!bound) await this.#checkLook(author);
    else if (!this.#dependencies.isPending(author)) bindName(bound, transaction.statement);
    return { verified, bound };
  }

  #checkAlone(transaction: Transaction): VerifiedTransaction {
    const { now, verify, maxClaimAge } = this.#dependencies;
    const { timestamp } = transaction.statement;
    const { opening } = transaction;
    if (opening && isBlank(opening.content)) throw new PolicyError('content-blank', 'the text shows nothing');
    if (isTooNew(timestamp, Math.floor(now() / 1000))) {
      throw new PolicyError('timestamp-ahead', 'the claimed time is over 10 minutes ahead of this node');
    }
    if (timestamp < now() - maxClaimAge) {
      const hours = Math.round(maxClaimAge / 3_600_000);
      throw new PolicyError('timestamp-behind', `the claimed time is over ${hours} hours before this node's`);
    }
    return verifyTransaction(transaction, verify);
  }

  async #lookUp(id: Hash, author: string) {
    const { facts } = this.#dependencies;
    const [heights, bindings, isWithheld] = await Promise.all([
      facts.heights([id]),
      facts.bindings([author]),
      facts.isWithheld(id),
    ]);
    return { height: heights.get(id), bound: bindings.get(author), isWithheld };
  }

  /** A name that is new must be readable, and must not look like one that is there. */
  async #checkLook(author: string): Promise<void> {
    checkNewName(author);
    const alike = await this.#dependencies.facts.namesWithSkeleton(skeleton(author));
    const lookalike = alike.find((name) => isLookalike(name, author));
    if (lookalike !== undefined) throw lookalikeError(author, lookalike);
  }
}

export function lookalikeError(author: string, lookalike: string): PolicyError {
  return new PolicyError('name-lookalike', `${JSON.stringify(author)} looks like ${JSON.stringify(lookalike)}`);
}
