/**
 * Hands mutations on to the node. One request with posts is under way at a time, and those that come meanwhile go together in
 * the next: the more come, the less each costs the node.
 */
import DataLoader from 'dataloader';
import { ClientError } from '../client/errors.ts';
import { type Document, type Node, request } from '../client/request.ts';
import type { Block } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { CodedError, Refusal } from '../domain/errors.ts';
import { headerToHex } from '../domain/header.ts';
import { type Transaction, transactionToWire } from '../domain/transaction.ts';
import { CHECK, OFFER, REVEAL, SUBMIT } from './documents.ts';
import type { TransactionInput } from './generated/graphql.ts';

/** Posts of one request, and their characters: a node takes 256 KiB from strangers. */
const MOST_POSTS = 100;
const MOST_CHARACTERS = 200_000;
/** Milliseconds that the node may take. */
const TIMEOUT = 12_000;

/** Where a post stands at the node. */
export type Standing = { state: 'pending' } | { state: 'included'; height: number };

/** The node's answer to a block. */
type Offered =
  | { outcome: 'accepted' | 'side-branch' | 'duplicate'; hash: Hash }
  | { outcome: 'orphan' }
  | { outcome: 'rejected'; reason: string; message: string };

/** Why the node was not asked, or does not answer. `code` is one of the schema's `ErrorCode`. */
export class ForwardError extends CodedError {
  override readonly name = 'ForwardError';
  /** Milliseconds after which the node may answer; null where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(code: string, message: string, cause?: unknown, retryAfterMs: number | null = null) {
    super(code, message, cause);
    this.retryAfterMs = retryAfterMs;
  }
}

interface Status {
  state: string;
  reason: string | null;
  message: string | null;
  block: { height: number } | null;
}

/** Hands mutations on to the first node that answers. Methods throw a ForwardError when none does. */
export class Forwarder {
  readonly #nodes: readonly Node[];
  readonly #submitting: DataLoader<Transaction, Status>;
  /** Requests with posts that wait for the one that is under way. */
  readonly #ready: (() => void)[] = [];
  #isSubmitting = false;
  /** The node that answered last. */
  #at = 0;

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
    this.#submitting = new DataLoader((posts) => this.#submitAll(posts), {
      cache: false,
      maxBatchSize: MOST_POSTS,
      batchScheduleFn: (send) => {
        this.#ready.push(send);
        // Posts of this turn of the event loop go together.
        setImmediate(() => this.#sendNext());
      },
    });
  }

  #sendNext(): void {
    if (this.#isSubmitting) return;
    const send = this.#ready.shift();
    this.#isSubmitting = send !== undefined;
    send?.();
  }

  /** @throws Refusal as the node gives it; ForwardError. */
  async submit(transaction: Transaction): Promise<Standing> {
    return standing(await this.#submitting.load(transaction));
  }

  /** What `submit` would do, without doing it. @throws Refusal, ForwardError */
  async check(transaction: Transaction): Promise<Standing> {
    const { checkTransaction } = await this.#ask(CHECK, { input: toInput(transaction) });
    return standing(checkTransaction.status);
  }

  /** Offers a block: first by the ids of its posts, then with those that the node lacks. */
  async offer({ header, transactions }: Block): Promise<Offered> {
    const input = { header: headerToHex(header), transactionIds: transactions.map(({ id }) => id) };
    let answer = (await this.#ask(OFFER, { input })).addBlock;
    if (answer.outcome === 'MISSING_TRANSACTIONS') {
      const missing = new Set(answer.missing);
      const lacking = transactions.filter(({ id }) => missing.has(id)).map(toInput);
      answer = (await this.#ask(OFFER, { input: { ...input, transactions: lacking } })).addBlock;
    }
    const { outcome, reason, message, block } = answer;
    if (outcome === 'ORPHAN') return { outcome: 'orphan' };
    const known = ({ ACCEPTED: 'accepted', SIDE_BRANCH: 'side-branch', DUPLICATE: 'duplicate' } as const)[
      outcome as 'ACCEPTED'
    ];
    if (known && block) return { outcome: known, hash: block.hash };
    return { outcome: 'rejected', reason: toReason(reason), message: message ?? '' };
  }

  async reveal({ id, opening }: Transaction): Promise<'revealed' | 'here' | 'withheld'> {
    const { content = '', salt = '' } = opening ?? {};
    const { outcome } = (await this.#ask(REVEAL, { id, content, salt })).reveal;
    return ({ REVEALED: 'revealed', ALREADY_HERE: 'here', WITHHELD: 'withheld' } as const)[outcome];
  }

  async #submitAll(posts: readonly Transaction[]): Promise<(Status | Error)[]> {
    try {
      const parts = split(posts.map(toInput));
      return (await Promise.all(parts.map((part) => this.#submitPart(part)))).flat();
    } finally {
      this.#isSubmitting = false;
      this.#sendNext();
    }
  }

  async #submitPart(transactions: TransactionInput[]): Promise<readonly (Status | Error)[]> {
    try {
      return (await this.#ask(SUBMIT, { transactions })).submitTransactions.statuses;
    } catch (error) {
      return transactions.map(() => error as Error);
    }
  }

  /** Asks the node that answered last, and the others when none is reached there. */
  async #ask<Data, Variables>(document: Document<Data, Variables>, variables: Variables): Promise<Data> {
    let fault: ForwardError = new ForwardError(
      'NODE_ONLY',
      'only a copy is served here, and no node to hand this on to',
    );
    for (let tries = 0; tries < this.#nodes.length; tries++) {
      const at = (this.#at + tries) % this.#nodes.length;
      try {
        const answer = await request(this.#nodes[at] as Node, document, variables, { timeoutMs: TIMEOUT });
        this.#at = at;
        return answer;
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        const [told] = error.errors;
        // This node's answer stands even if it is an error: asking the next node could apply the mutation twice.
        if (told) throw new ForwardError(told.code ?? 'UPSTREAM_UNREACHABLE', told.message, error, told.retryAfterMs);
        fault = new ForwardError('UPSTREAM_UNREACHABLE', `the node does not answer: ${error.message}`, error);
      }
    }
    throw fault;
  }
}

function standing({ state, reason, message, block }: Status): Standing {
  if (state === 'PENDING') return { state: 'pending' };
  if (state === 'INCLUDED') return { state: 'included', height: block?.height ?? 0 };
  throw new Refusal(toReason(reason), message ?? 'the node refuses the post');
}

const toReason = (reason: string | null) => (reason ?? 'UNKNOWN').toLowerCase().replaceAll('_', '-');

function toInput(transaction: Transaction): TransactionInput {
  return transactionToWire(transaction);
}

/** Lists whose JSON is short enough for one request each. */
function split(inputs: readonly TransactionInput[]): TransactionInput[][] {
  const parts: TransactionInput[][] = [];
  let room = 0;
  for (const input of inputs) {
    const { length } = JSON.stringify(input);
    if (length > room || parts.length === 0) {
      parts.push([]);
      room = MOST_CHARACTERS;
    }
    parts.at(-1)?.push(input);
    room -= length;
  }
  return parts;
}
