/**
 * The names of pending posts. Of each name, its pending posts in the order in which they are to be mined, upon what the
 * chain says of the name: each is by the key that has the name by then. A post that gives the name another key (its
 * first use, or a takeover by the successor) must be mined before those that depend on it.
 */
import type { Hash } from '../domain/bytes.ts';
import { RuleError } from '../domain/errors.ts';
import { bindName, type KeyBinding, type NameClaim } from '../domain/names.ts';
import type { Transaction } from '../domain/transaction.ts';
import { isLookalike, skeleton } from './lookalike.ts';
import { PolicyError } from './policyError.ts';

/** Changes of a name's key that may be pending at once: with each, one more post must be mined before those that follow. */
const MOST_CHANGES = 4;

/** A pending post that gives a name its key, and the one that must be mined before it. */
interface Change {
  id: Hash;
  binding: KeyBinding;
  after: Hash | null;
}

interface Line {
  /** The name's skeleton: what it looks like. */
  look: string;
  /** The name's binding on the chain; undefined: none. */
  bound: KeyBinding | undefined;
  changes: Change[];
  /** The posts in order, each with the change that must be mined before it. */
  posts: Map<Hash, { claim: NameClaim; after: Hash | null }>;
}

export class PendingNames {
  readonly #lines = new Map<string, Line>();
  readonly #bySkeleton = new Map<string, Set<string>>();
  #unbound = 0;

  /** Names with pending posts that are not on the chain. */
  get unbound(): number {
    return this.#unbound;
  }

  has(name: string): boolean {
    return this.#lines.has(name);
  }

  /** Whether the chain says nothing of a pending name. */
  isNew(name: string): boolean {
    return this.#lines.get(name)?.bound === undefined;
  }

  /** A pending name that looks like this one; null when this name is pending itself. */
  lookalikeOf(name: string): string | undefined {
    if (this.#lines.has(name)) return undefined;
    const alike = this.#bySkeleton.get(skeleton(name)) ?? new Set();
    return [...alike].find((other) => isLookalike(other, name));
  }

  /** The pending post that must be mined before this one, which is pending. */
  before(name: string, id: Hash): Hash | null {
    return this.#lines.get(name)?.posts.get(id)?.after ?? null;
  }

  /** The pending posts that must be mined before a post that is to follow, not before one of the same claim. */
  neededBy(claim: NameClaim): ReadonlySet<Hash> {
    const needed = new Set<Hash>();
    const line = this.#lines.get(claim.author);
    for (let at = line ? placeBehind(line, claim) : null; at !== null; at = this.before(claim.author, at))
      needed.add(at);
    return needed;
  }

  /** Whether other posts of the name may depend on this one. */
  isChange(name: string, id: Hash): boolean {
    return this.#lines.get(name)?.changes.some((change) => change.id === id) ?? false;
  }

  /**
   * Checks that a post may follow those that are pending under its name.
   * @param bound what the chain says of the name.
   * @throws RuleError `name-taken` when the chain refuses the post, PolicyError `name-pending` when a pending one does.
   */
  check(claim: NameClaim, bound: KeyBinding | undefined): void {
    const line = this.#lines.get(claim.author);
    if (!line || line.changes.length === 0) return void bindName(bound, claim);
    const latest = line.changes.at(-1)?.binding;
    const binding = follows(latest, claim);
    if (binding && (binding === latest || line.changes.length < MOST_CHANGES)) return;
    const name = JSON.stringify(claim.author);
    if (binding)
      throw new PolicyError('name-pending', `pending posts change the key of ${name} ${MOST_CHANGES} times already`);
    // A post that the chain's rules refuse is refused for that reason first.
    bindName(bound, claim);
    throw new PolicyError('name-pending', `a pending post uses ${name} with another key`);
  }

  /** Whether a post that comes back from the chain may follow those that are pending under its name. */
  fits(claim: NameClaim, bound: KeyBinding | undefined): boolean {
    return follows(this.#lines.get(claim.author)?.changes.at(-1)?.binding ?? bound, claim) !== null;
  }

  /** Adds a post behind the others of its name; it has been checked. */
  add({ id, statement }: Transaction, bound: KeyBinding | undefined): void {
    const { author, publicKey, successor } = statement;
    const line = this.#lines.get(author) ?? this.#open(author, bound);
    append(line, id, { author, publicKey, successor });
  }

  /** Removes a post. Posts that depend on it stay until {@link rebase}. */
  delete({ id, statement: { author } }: Transaction): void {
    const line = this.#lines.get(author);
    if (!line?.posts.delete(id)) return;
    if (line.posts.size === 0) this.#close(author, line);
  }

  /**
   * Looks at all posts of a name again, upon what the chain says now.
   * @returns those that do not fit any more, in order; they are removed.
   */
  rebase(name: string, bound: KeyBinding | undefined): Hash[] {
    const line = this.#lines.get(name);
    if (!line) return [];
    const posts = [...line.posts];
    const misfits: Hash[] = [];
    this.#close(name, line);
    const fresh = this.#open(name, bound, line.look);
    for (const [id, { claim }] of posts) {
      if (!append(fresh, id, claim)) misfits.push(id);
    }
    if (fresh.posts.size === 0) this.#close(name, fresh);
    return misfits;
  }

  /** The last known binding of each pending name on the chain. */
  boundTo(name: string): KeyBinding | undefined {
    return this.#lines.get(name)?.bound;
  }

  /** The pending posts of a name, in order. */
  postsOf(name: string): Iterable<Hash> {
    return this.#lines.get(name)?.posts.keys() ?? [];
  }

  #open(name: string, bound: KeyBinding | undefined, look = skeleton(name)): Line {
    const line: Line = { look, bound, changes: [], posts: new Map() };
    this.#lines.set(name, line);
    if (!bound) this.#unbound += 1;
    this.#bySkeleton.set(look, (this.#bySkeleton.get(look) ?? new Set()).add(name));
    return line;
  }

  #close(name: string, { bound, look }: Line): void {
    this.#lines.delete(name);
    if (!bound) this.#unbound -= 1;
    const lookalikes = this.#bySkeleton.get(look);
    lookalikes?.delete(name);
    if (lookalikes?.size === 0) this.#bySkeleton.delete(look);
  }
}

/** Whether the post fits behind the others of its name; then it stands there. */
function append(line: Line, id: Hash, claim: NameClaim): boolean {
  const latest = line.changes.at(-1);
  const before = latest?.binding ?? line.bound;
  const binding = follows(before, claim);
  if (!binding) return false;
  const after = placeBehind(line, claim);
  line.posts.set(id, { claim, after });
  if (binding !== before) line.changes.push({ id, binding, after });
  return true;
}

/** The change that must be mined before a post: the latest, unless the post says of the name what that says. */
function placeBehind({ changes }: Line, { publicKey, successor }: NameClaim): Hash | null {
  const latest = changes.at(-1);
  if (!latest) return null;
  const { binding } = latest;
  return binding.publicKey === publicKey && binding.successor === successor ? latest.after : latest.id;
}

/** What the name is bound to after the post; null when the post has no right to it. */
function follows(before: KeyBinding | undefined, claim: NameClaim): KeyBinding | null {
  try {
    return bindName(before, claim);
  } catch (error) {
    if (error instanceof RuleError) return null;
    throw error;
  }
}
