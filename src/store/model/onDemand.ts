/** Stored blocks and transactions whose parts are decoded when somebody asks for them, which most answers do not. */
import type { Hash } from '../../domain/bytes.ts';
import type { RuleReason } from '../../domain/errors.ts';
import type { Header } from '../../domain/header.ts';
import { encodeStatement, type Statement } from '../../domain/statement.ts';
import type { Opening } from '../../domain/transaction.ts';
import type { BlockRecord } from '../ports.ts';
import { blobToHeader } from './headerBlob.ts';

/**
 * A property that is made when it is read. The getter is one for all objects of a class: an object literal with a getter of its
 * own gets a hidden class of its own, which is slow, and keeps the row until the next full collection. It is the object's own
 * property, so that a copy of the object has the value.
 */
function onDemand<Record, Value>(get: (this: Record) => Value): PropertyDescriptor & ThisType<Record> {
  return { get, enumerable: true, configurable: true };
}

/** A block whose header is decoded on demand: most answers show only its hash and height. */
export class StoredBlock {
  readonly hash: Hash;
  declare readonly header: Header;
  readonly height: number;
  readonly chainWork: bigint;
  readonly invalidReason: RuleReason | null;
  readonly onBestChain: boolean;
  readonly transactionCount: number;
  readonly size: number;
  readonly #bytes: Uint8Array;
  #header: Header | null = null;

  static readonly #HEADER = onDemand(function (this: StoredBlock) {
    this.#header ??= blobToHeader(this.#bytes);
    return this.#header;
  });

  /** @param bytes the header's, as they are stored. */
  constructor(block: Omit<BlockRecord, 'header'>, bytes: Uint8Array) {
    this.hash = block.hash;
    Object.defineProperty(this, 'header', StoredBlock.#HEADER);
    this.height = block.height;
    this.chainWork = block.chainWork;
    this.invalidReason = block.invalidReason;
    this.onBestChain = block.onBestChain;
    this.transactionCount = block.transactionCount;
    this.size = block.size;
    this.#bytes = bytes;
  }
}

/** A transaction whose bytes and opening are made on demand: proofs need them, most answers do not. */
export class StoredTransaction {
  readonly id: Hash;
  readonly statement: Statement;
  declare readonly bytes: Uint8Array;
  readonly signature: string;
  declare readonly opening: Opening | null;
  readonly #open: () => Opening | null;
  #bytes: Uint8Array | null = null;
  #opening: Opening | null | undefined;

  static readonly #BYTES = onDemand(function (this: StoredTransaction) {
    this.#bytes ??= encodeStatement(this.statement);
    return this.#bytes;
  });

  static readonly #OPENING = onDemand(function (this: StoredTransaction) {
    if (this.#opening === undefined) this.#opening = this.#open();
    return this.#opening;
  });

  constructor(id: Hash, statement: Statement, signature: string, open: () => Opening | null) {
    this.id = id;
    this.statement = statement;
    Object.defineProperty(this, 'bytes', StoredTransaction.#BYTES);
    this.signature = signature;
    Object.defineProperty(this, 'opening', StoredTransaction.#OPENING);
    this.#open = open;
  }
}
