/**
 * The audit: every rule of the protocol, checked again over the stored best chain from genesis to tip, and what the
 * store has noted beside it. It trusts nothing in the store but its own reading of it, and changes nothing.
 */
import { type Block, checkBody, checkTransactions } from '../domain/block.ts';
import { bitsToWork } from '../domain/compact.ts';
import { checkHeaderContext, MEDIAN_SPAN } from '../domain/context.ts';
import { checkProofOfWork, hashHeader } from '../domain/header.ts';
import { readTransaction, transactionToWire, verifyTransaction } from '../domain/transaction.ts';
import { expect, Findings } from './auditFindings.ts';
import { RecordAudit, readBlock, readEntry } from './auditRecords.ts';
import type { AuditReport, AuditRequest, IndexEntry } from './ports.ts';

/** Checks the stored chain again, from genesis to the tip. Damage is reported, not thrown. */
export async function auditChain(request: AuditRequest): Promise<AuditReport> {
  const tip = await request.store.tip();
  const findings = new Findings(tip);
  const audit = new Audit(request, findings);
  // The rules for a header ask for those below it, which are looked at once more.
  const from = Math.max(0, (request.from ?? 0) - MEDIAN_SPAN);
  for (let height = from; height <= tip.height && !findings.isFull; height++) {
    await audit.checkHeight(height);
    request.onProgress(height, tip.height);
  }
  await audit.checkEnd();
  return findings.report;
}

class Audit {
  readonly #request: AuditRequest;
  readonly #findings: Findings;
  readonly #records: RecordAudit;
  /** The blocks below the one in question, newest first; empty after a gap. */
  #below: IndexEntry[] = [];

  constructor(request: AuditRequest, findings: Findings) {
    this.#request = request;
    this.#findings = findings;
    this.#records = new RecordAudit(request.store, findings);
  }

  async checkHeight(height: number): Promise<void> {
    const entry = await this.#findings.read(height, () => readEntry(this.#request.store, height));
    if (!entry) {
      this.#below = [];
      return;
    }
    this.#findings.report.blocks += 1;
    const chainWork = this.#workOf(entry, height);
    this.#checkEntry(height, entry, chainWork);
    const block = await this.#findings.read(height, () => readBlock(this.#request.store, entry));
    if (block) await this.#checkBlock(height, entry, block);
    this.#below = [{ ...entry, chainWork }, ...this.#below].slice(0, MEDIAN_SPAN);
  }

  /** The chain must end where its tip says; and it must be the chain that the audit began with. */
  async checkEnd(): Promise<void> {
    const { store } = this.#request;
    const { tip } = this.#findings.report;
    this.#findings.report.moved = (await store.bestHash(tip.height)) !== tip.hash;
    if (this.#findings.report.moved) return;
    const now = await store.tip();
    const above = await store.bestHash(now.height + 1);
    // A block that came between the two reads is the tip by now.
    const isBeyond = above !== null && (await store.tip()).hash === now.hash;
    const message = `a block is recorded above the tip at height ${now.height}`;
    this.#findings.check(now.height + 1, () => expect(!isBeyond, 'record-wrong', message));
  }

  #checkEntry(height: number, entry: IndexEntry, work: bigint): void {
    const { hash, header, invalidReason } = entry;
    const { genesis, now } = this.#request;
    const check = (test: () => void) => this.#findings.check(height, test);
    check(() => expect(hashHeader(header) === hash, 'record-wrong', `the header stored as ${hash} has another hash`));
    check(() => expect(entry.height === height, 'record-wrong', `${hash} is recorded at height ${entry.height}`));
    check(() => expect(invalidReason === null, 'marked-invalid', `${hash} was marked as bad: ${invalidReason}`));
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
    // The rule's ancestors are missing behind a gap, and the gap itself has been reported.
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
    this.#findings.report.transactions += transactions.length;
    this.#findings.report.contentsMissing += transactions.filter(({ opening }) => opening === null).length;
    const isOwn = block.hash === entry.hash && hashHeader(block.header) === entry.hash;
    this.#findings.check(height, () =>
      expect(isOwn, 'record-wrong', `the body of ${entry.hash} comes with another header`),
    );
    const ids = transactions.map(({ id }) => id);
    // The genesis header commits to the network's parameters where others commit to their transactions.
    if (height > 0) this.#findings.check(height, () => checkBody(entry.header, ids));
    else
      this.#findings.check(height, () =>
        expect(ids.length === 0, 'merkle-root-mismatch', 'block 0 holds transactions'),
      );
    this.#findings.check(height, () => checkTransactions({ ...block, header: entry.header }));
    for (const transaction of transactions) this.#findings.check(height, () => this.#checkTransaction(transaction));
    await this.#findings.read(height, () => this.#records.checkIds(height, block));
    await this.#findings.read(height, () => this.#records.checkNames(height, block));
  }

  /** The transaction as it would enter from outside: every field, the content against its commitment, the signature. */
  #checkTransaction(stored: Block['transactions'][number]): void {
    const { genesis, verify } = this.#request;
    const read = readTransaction(transactionToWire(stored), genesis.hash);
    expect(read.id === stored.id, 'record-wrong', `the transaction stored as ${stored.id} has the id ${read.id}`);
    verifyTransaction(read, verify);
  }
}
