/**
 * What a server of the copy holds in memory: the tip, the pool, and what the node said of itself. It is read at start and
 * follows the changes that the archive notes; a signal only says that there are new ones, so none is lost with a connection.
 */
import type { Hash } from '../domain/bytes.ts';
import { transactionSize, type VerifiedTransaction } from '../domain/transaction.ts';
import type { PendingPost } from '../graphql/ports.ts';
import type { BlockRecord, PostRecord } from '../store/ports.ts';
import type { Change, CopyPort, Heard, MirrorListener, StandingPost } from './ports.ts';

/** Milliseconds between two looks, whatever is signalled; and until a read that failed is tried again. */
const LOOK = 1_000;
/** Milliseconds until a replica is asked again that has not got what was signalled. */
const REPLICA = 10;

/** The tip and the pool of the copy in memory, renewed whenever the archive signals a change. */
export class Mirror {
  readonly #copy: CopyPort;
  readonly #listener: MirrorListener;
  readonly #onFault: (error: unknown) => void;
  readonly #pool = new Map<Hash, PendingPost>();
  /** Who waits for the copy to have a post. */
  readonly #waiting = new Map<Hash, Set<() => void>>();
  #ranked: PendingPost[] | null = null;
  #bytes = 0;
  #tip: BlockRecord;
  #heard: Heard;
  #seq: number;
  /** The number of the last change that was signalled. */
  #signalled = 0;
  #fault: unknown = null;
  #isReading = false;
  #isAskedAgain = false;
  #isClosed = false;
  readonly #timer: NodeJS.Timeout;
  readonly #subscription: { close(): Promise<void> };

  private constructor(
    copy: CopyPort,
    listener: MirrorListener,
    onFault: (error: unknown) => void,
    read: { seq: number; tip: BlockRecord; heard: Heard; pending: StandingPost[] },
  ) {
    this.#copy = copy;
    this.#listener = listener;
    this.#onFault = onFault;
    this.#seq = read.seq;
    this.#tip = read.tip;
    this.#heard = read.heard;
    this.#setPool(read.pending);
    this.#timer = setInterval(() => void this.#look(), LOOK).unref();
    this.#subscription = copy.listen((seq) => {
      if (seq !== null) this.#signalled = Math.max(this.#signalled, seq);
      void this.#follow();
    });
  }

  /** @param onFault told when the copy cannot be read, each time for another reason than before. */
  static async open(copy: CopyPort, listener: MirrorListener, onFault: (error: unknown) => void): Promise<Mirror> {
    // First, so that what changes while the rest is read is read again.
    const seq = await copy.lastChange();
    const [tip, heard, pending] = await Promise.all([copy.tip(), copy.upstream(), copy.standing(null)]);
    return new Mirror(copy, listener, onFault, { seq, tip, heard, pending });
  }

  get tip(): BlockRecord {
    return this.#tip;
  }

  get heard(): Heard {
    return this.#heard;
  }

  /** Why the copy cannot be read now; null while it can. */
  get fault(): unknown {
    return this.#fault;
  }

  get count(): number {
    return this.#pool.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: Hash): PendingPost | undefined {
    return this.#pool.get(id);
  }

  /** Posts with the most work come first, then those that wait longest: the order of the node's pool. */
  ranked(): readonly PendingPost[] {
    this.#ranked ??= [...this.#pool.values()].sort((a, b) => b.work - a.work);
    return this.#ranked;
  }

  /** Resolves when the copy is known to have a post, or after so many milliseconds. */
  async has(id: Hash, timeout: number): Promise<void> {
    if (this.#pool.has(id)) return;
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        waiting.delete(end);
        if (waiting.size === 0) this.#waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(end, timeout);
      waiting.add(end);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#subscription.close();
  }

  /** Looks for changes that come without a signal: the age of the copy, and signals that were missed. */
  async #look(): Promise<void> {
    try {
      this.#heard = await this.#copy.upstream();
    } catch (error) {
      this.#failed(error);
      return;
    }
    await this.#follow();
  }

  /** Reads changes until there are none, one reading at a time. */
  async #follow(): Promise<void> {
    this.#isAskedAgain = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isAskedAgain && !this.#isClosed) {
        this.#isAskedAgain = false;
        await this.#read();
        if (this.#seq < this.#signalled) await this.#waitForReplica();
      }
      this.#fault = null;
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isReading = false;
    }
  }

  async #waitForReplica(): Promise<void> {
    this.#isAskedAgain = true;
    await new Promise((resolve) => setTimeout(resolve, REPLICA));
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    if (this.#fault === null) this.#onFault(error);
    this.#fault = error;
  }

  async #read(): Promise<void> {
    const news = await this.#copy.changesSince(this.#seq);
    if (news === null) return this.#readAnew();
    const { seq, changes } = news;
    if (changes.length === 0) return;
    const has = (kind: Change['kind']) => changes.some((change) => change.kind === kind);
    const touched = [...new Set(changes.flatMap(({ postId }) => postId ?? []))];
    const [tip, posts, pending] = await Promise.all([
      has('chain') ? this.#copy.tip() : this.#tip,
      touched.length > 0 ? this.#copy.standing(touched) : [],
      has('reload') ? this.#copy.standing(null) : null,
    ]);
    // The state is replaced as a whole before anyone is told, so that nobody sees half of a change.
    this.#seq = seq;
    this.#tip = tip;
    if (pending) this.#setPool(pending);
    else this.#update(touched, posts);
    this.#tell(changes, posts, has('chain'));
  }

  /** Too much was missed: whoever follows the chain takes it from their cursor. */
  async #readAnew(): Promise<void> {
    const seq = await this.#copy.lastChange();
    const [tip, pending] = await Promise.all([this.#copy.tip(), this.#copy.standing(null)]);
    const before = new Set(this.#pool.keys());
    this.#seq = seq;
    this.#tip = tip;
    this.#setPool(pending);
    this.#listener.moved();
    for (const id of this.#pool.keys()) if (!before.has(id)) this.#listener.changed(id);
    for (const id of before) if (!this.#pool.has(id)) this.#listener.changed(id);
  }

  #tell(changes: readonly Change[], posts: readonly StandingPost[], hasMoved: boolean): void {
    if (hasMoved) this.#listener.moved();
    const told = new Map<Hash, PostRecord>(posts.map(({ post }) => [post.transaction.id, post]));
    for (const { kind, postId } of changes) {
      if (postId === null) continue;
      const post = told.get(postId);
      if (kind === 'arrived' && post) this.#listener.arrived(post);
      else if (kind === 'revealed' && post) this.#listener.revealed(post);
      else if (kind === 'left' || kind === 'changed') this.#listener.changed(postId);
    }
  }

  #setPool(pending: readonly StandingPost[]): void {
    this.#pool.clear();
    this.#bytes = 0;
    this.#ranked = null;
    for (const { post } of pending) this.#put(post);
  }

  #update(touched: readonly Hash[], posts: readonly StandingPost[]): void {
    const pending = posts.filter(({ isPending }) => isPending);
    const still = new Set(pending.map(({ post }) => post.transaction.id));
    for (const id of touched) if (!still.has(id)) this.#remove(id);
    for (const { post } of pending) this.#put(post);
    for (const { post } of posts) this.#here(post.transaction.id);
  }

  /** A post that is there keeps its place. */
  #put({ transaction, work }: PostRecord): void {
    const { id } = transaction;
    const size = transactionSize(transaction);
    this.#bytes += size - (this.#pool.get(id)?.size ?? 0);
    // The archive has checked the signature before it stored the post.
    this.#pool.set(id, { transaction: transaction as VerifiedTransaction, work, size });
    this.#ranked = null;
    this.#here(id);
  }

  #here(id: Hash): void {
    for (const end of this.#waiting.get(id) ?? []) end();
  }

  #remove(id: Hash): void {
    const known = this.#pool.get(id);
    if (!known) return;
    this.#pool.delete(id);
    this.#bytes -= known.size;
    this.#ranked = null;
  }
}
