/**
 * The audit: every rule of the protocol, checked again over the stored best chain from genesis to tip, and what the
 * store has noted beside it. It trusts nothing in the store but its own reading of it, and changes nothing.
 *
 * Memory does not grow with the chain: that an id stands on the chain once, and a name's first use is the one on
 * record, is read off the store's own records, each of which is checked against the blocks. A record of a name or an id
 * that no block uses would go unseen; it has no effect either, unless somebody uses it.
 */
import { LRUCache } from 'lru-cache';
import { type Block, checkBody, checkTransactions } from '../domain/block.ts';
import type { Hash } from '../domain/bytes.ts';
import { bitsToWork } from '../domain/compact.ts';
import { checkHeaderContext, MEDIAN_SPAN } from '../domain/context.ts';
import { RuleError, type RuleReason } from '../domain/errors.ts';
import { checkProofOfWork, hashHeader } from '../domain/header.ts';
import { bindName } from '../domain/names.ts';
import type { Genesis } from '../domain/network.ts';
import { readTransaction, transactionToWire, type VerifySignature, verifyTransaction } from '../domain/transaction.ts';
import type { Binding, ChainStore, IndexEntry } from './ports.ts';

/** Faults of what the store holds, beside those of the blocks themselves. */
export type AuditReason =
  | RuleReason
  /** No block is stored at a height of the chain, or its body is missing. */
  | 'block-missing'
  /** What is stored cannot be read. */
  | 'unreadable'
  /** A block's parent is not the block below it, or the chain does not start with its network's genesis. */
  | 'link-broken'
  /** A stored hash, id, height or total work does not follow from the blocks. */
  | 'record-wrong'
  /** The best chain holds a block that was marked as bad. */
  | 'marked-invalid'
  /** The records of names or of places of posts disagree with the blocks. */
  | 'index-wrong';

export interface AuditFault {
  height: number;
  reason: AuditReason;
  message: string;
}

export interface AuditReport {
  /** Blocks that were looked at. */
  blocks: number;
  transactions: number;
  /** Posts whose content is not here, sealed or erased: the only thing that cannot be checked, and no fault. */
  contentsMissing: number;
  tip: { hash: Hash; height: number };
  /** At most {@link MAX_FAULTS}, lowest first; where there are as many, the rest of the chain was not looked at. */
  faults: AuditFault[];
  /** A reorganisation happened meanwhile (a node is running): the faults may be no faults, so ask again. */
  moved: boolean;
}

export interface AuditRequest {
  store: Pick<ChainStore, 'tip' | 'entry' | 'bestHash' | 'block' | 'bindings' | 'heights'>;
  genesis: Genesis;
  verify: VerifySignature;
  /** Seconds since 1970. */
  now: number;
  /** Blocks below this height were audited before. Default: 0. */
  from?: number;
  onProgress(height: number, tipHeight: number): void;
}

export const MAX_FAULTS = 100;
/** Bindings remembered as right, so that the block which binds a busy author is not read again for each post. */
const REMEMBERED_BINDINGS = 50_000;

export async function auditChain(request: AuditRequest): Promise<AuditReport> {
  const tip = await request.store.tip();
  const audit = new Audit(request, tip);
  // The rules for a header ask for those below it, which are looked at once more.
  for (let height = Math.max(0, (request.from ?? 0) - MEDIAN_SPAN); height <= tip.height && !audit.isFull; height++) {
    await audit.checkHeight(height);
    request.onProgress(height, tip.height);
  }
  await audit.checkEnd();
  return audit.report;
}

class Audit {
  readonly report: AuditReport;
  readonly #request: AuditRequest;
  /** The blocks below the one in question, newest first; empty where the walk has lost its footing. */
  #below: IndexEntry[] = [];
  readonly #confirmedBindings = new LRUCache<string, true>({ max: REMEMBERED_BINDINGS });

  constructor(request: AuditRequest, tip: IndexEntry) {
    this.#request = request;
    const { hash, height } = tip;
    this.report = { blocks: 0, transactions: 0, contentsMissing: 0, tip: { hash, height }, faults: [], moved: false };
  }

  get isFull(): boolean {
    return this.report.faults.length >= MAX_FAULTS;
  }

  async checkHeight(height: number): Promise<void> {
    const entry = await this.#read(height, () => this.#entryAt(height));
    if (!entry) {
      this.#below = [];
      return;
    }
    this.report.blocks += 1;
    const chainWork = this.#workOf(entry, height);
    this.#checkEntry(height, entry, chainWork);
    const block = await this.#read(height, () => this.#blockOf(entry));
    if (block) await this.#checkBlock(height, entry, block);
    this.#below = [{ ...entry, chainWork }, ...this.#below].slice(0, MEDIAN_SPAN);
  }

  /** The chain must end where its tip says; and it must be the chain that the audit began with. */
  async checkEnd(): Promise<void> {
    const { store } = this.#request;
    const { tip } = this.report;
    this.report.moved = (await store.bestHash(tip.height)) !== tip.hash;
    if (this.report.moved) return;
    const now = await store.tip();
    const above = await store.bestHash(now.height + 1);
    // A block that came between the two reads is the tip by now.
    const isBeyond = above !== null && (await store.tip()).hash === now.hash;
    if (isBeyond)
      this.#fault(now.height + 1, 'record-wrong', `a block is recorded above the tip at height ${now.height}`);
  }

  async #entryAt(height: number): Promise<IndexEntry> {
    const hash = await this.#request.store.bestHash(height);
    const entry = hash && (await this.#request.store.entry(hash));
    if (!entry) throw new Fault('block-missing', `the store holds no block at height ${height}`);
    return entry;
  }

  async #blockOf({ hash }: IndexEntry): Promise<Block> {
    const block = await this.#request.store.block(hash);
    if (!block) throw new Fault('block-missing', `the store lacks the body of ${hash}`);
    return block;
  }

  #checkEntry(height: number, entry: IndexEntry, work: bigint): void {
    const { hash, header, fault } = entry;
    const { genesis, now } = this.#request;
    const check = (test: () => void) => this.#check(height, test);
    check(() => expect(hashHeader(header) === hash, 'record-wrong', `the header stored as ${hash} has another hash`));
    check(() => expect(entry.height === height, 'record-wrong', `${hash} is recorded at height ${entry.height}`));
    check(() => expect(fault === null, 'marked-invalid', `${hash} was marked as bad: ${fault}`));
    check(() => checkProofOfWork(header, hash, genesis.powLimit));
    check(() =>
      expect(entry.chainWork === work, 'record-wrong', `${hash} has a total work of ${work}, not ${entry.chainWork}`),
    );
    if (height === 0) {
      check(() => expect(hash === genesis.hash, 'link-broken', `block 0 is ${hash}, the network's is ${genesis.hash}`));
      return;
    }
    const [parent, grandparent] = this.#below;
    if (!parent) return;
    check(() => expect(header.previousHash === parent.hash, 'link-broken', `${hash} does not link to ${parent.hash}`));
    const { time, bits } = parent.header;
    const previousTime = grandparent?.header.time ?? null;
    const recentTimes = this.#below.map((below) => below.header.time);
    // After a gap the ancestors that the rule needs are not at hand; the gap itself has been reported.
    if (this.#below.length < Math.min(height, MEDIAN_SPAN)) return;
    const context = { parent: { time, bits, previousTime }, recentTimes };
    check(() => checkHeaderContext(header, context, genesis.network, now));
  }

  /** Counted from genesis; after a gap, on from what is recorded. */
  #workOf({ header, chainWork }: IndexEntry, height: number): bigint {
    const [parent] = this.#below;
    if (height > 0 && !parent) return chainWork;
    return (parent?.chainWork ?? 0n) + bitsToWork(header.bits);
  }

  async #checkBlock(height: number, entry: IndexEntry, block: Block): Promise<void> {
    const { transactions } = block;
    this.report.transactions += transactions.length;
    this.report.contentsMissing += transactions.filter(({ opening }) => opening === null).length;
    const isOwn = block.hash === entry.hash && hashHeader(block.header) === entry.hash;
    this.#check(height, () => expect(isOwn, 'record-wrong', `the body of ${entry.hash} comes with another header`));
    const ids = transactions.map(({ id }) => id);
    // The genesis header commits to the network's parameters where others commit to their transactions.
    if (height > 0) this.#check(height, () => checkBody(entry.header, ids));
    else this.#check(height, () => expect(ids.length === 0, 'merkle-root-mismatch', 'block 0 holds transactions'));
    this.#check(height, () => checkTransactions({ ...block, header: entry.header }));
    for (const transaction of transactions) this.#check(height, () => this.#checkTransaction(transaction));
    await this.#read(height, () => this.#checkIds(height, block));
    await this.#read(height, () => this.#checkNames(height, block));
  }

  /** The transaction as it would enter from outside: every field, the content against its commitment, the signature. */
  #checkTransaction(stored: Block['transactions'][number]): void {
    const { genesis, verify } = this.#request;
    const read = readTransaction(transactionToWire(stored), genesis.hash);
    expect(read.id === stored.id, 'record-wrong', `the transaction stored as ${stored.id} has the id ${read.id}`);
    verifyTransaction(read, verify);
  }

  /** An id that stands at two heights is recorded at one of them at most, so it shows at the other. */
  async #checkIds(height: number, { transactions }: Block): Promise<void> {
    const heights = await this.#request.store.heights(transactions.map(({ id }) => id));
    for (const { id } of transactions) {
      const recorded = heights.get(id);
      this.#check(height, () => {
        expect(recorded !== undefined, 'index-wrong', `${id} is not recorded as being on the chain`);
        expect(recorded >= height, 'transaction-on-chain', `${id} is on the chain already, at height ${recorded}`);
        expect(recorded === height, 'index-wrong', `${id} is recorded at height ${recorded}`);
      });
    }
  }

  async #checkNames(height: number, { transactions }: Block): Promise<void> {
    const { store } = this.#request;
    const names = [...new Set(transactions.map(({ statement }) => statement.author))];
    const [below, recorded] = await Promise.all([store.bindings(names, height - 1), store.bindings(names, height)]);
    for (const binding of below.values()) await this.#read(height, () => this.#confirmBinding(binding));
    const found = new Map(below);
    for (const [position, { statement }] of transactions.entries()) {
      this.#check(height, () => {
        const before = found.get(statement.author);
        const binding = bindName(before, statement);
        if (binding !== before) found.set(statement.author, { name: statement.author, ...binding, height, position });
      });
    }
    for (const name of names) {
      const isRight = isSameBinding(recorded.get(name), found.get(name));
      this.#check(height, () =>
        expect(isRight, 'index-wrong', `the keys of ${JSON.stringify(name)} are recorded wrong`),
      );
    }
  }

  /** A binding's post must stand where the record says, or the record hides a later binding. */
  async #confirmBinding({ name, publicKey, successor, height, position }: Binding): Promise<void> {
    const key = JSON.stringify([name, height, position]);
    if (this.#confirmedBindings.get(key)) return;
    // A block that cannot be had was reported at its own height.
    const block = await this.#entryAt(height)
      .then((entry) => this.#blockOf(entry))
      .catch(() => null);
    const { statement } = block?.transactions[position] ?? {};
    const isRight =
      statement?.author === name && statement.publicKey === publicKey && statement.successor === successor;
    expect(
      block === null || isRight,
      'index-wrong',
      `${JSON.stringify(name)} is recorded as bound at ${height}/${position}, where no post binds the name so`,
    );
    this.#confirmedBindings.set(key, true);
  }

  #check(height: number, test: () => void): void {
    try {
      test();
    } catch (error) {
      this.#record(height, error);
    }
  }

  async #read<Result>(height: number, read: () => Promise<Result>): Promise<Result | null> {
    try {
      return await read();
    } catch (error) {
      this.#record(height, error);
      return null;
    }
  }

  #record(height: number, error: unknown): void {
    if (error instanceof RuleError || error instanceof Fault) this.#fault(height, error.reason, error.message);
    else this.#fault(height, 'unreadable', error instanceof Error ? error.message : String(error));
  }

  #fault(height: number, reason: AuditReason, message: string): void {
    if (!this.isFull) this.report.faults.push({ height, reason, message });
  }
}

function isSameBinding(one: Binding | undefined, other: Binding | undefined): boolean {
  if (!one || !other) return one === other;
  return (
    one.publicKey === other.publicKey &&
    one.successor === other.successor &&
    one.height === other.height &&
    one.position === other.position
  );
}

class Fault extends Error {
  readonly reason: AuditReason;

  constructor(reason: AuditReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

function expect(holds: boolean, reason: AuditReason, message: string): asserts holds {
  if (!holds) throw new Fault(reason, message);
}
