/**
 * Posts whose rows do not say any more what was stored: a bit has rotted, or another program has written there. An id covers
 * statement and signature, a commitment the content, so each post that leaves the store for others can be checked by itself.
 */
import { hash } from 'node:crypto';
import { type Hash, isHex } from '../../domain/bytes.ts';
import { type Opening, SALT_BYTES, type Transaction, transactionId } from '../../domain/transaction.ts';

/** The damaged part of a post. A post with a damaged content is still listed, and peers may give the content again. */
type DamagedPart = 'statement' | 'content';

/** A post that is not what was stored, and the part of it that differs. */
export interface Damage {
  id: Hash;
  part: DamagedPart;
}

export type OnDamage = (damage: Damage) => void;

/** Null when statement, signature and content are those that were stored. */
export function findDamage(post: Transaction): DamagedPart | null {
  if (!isSoundStatement(post)) return 'statement';
  return post.opening === null || isSoundContent(post.opening, post.statement.commitment) ? null : 'content';
}

/** Whether statement and signature are those that were stored. */
export function isSoundStatement({ id, bytes, signature }: Transaction): boolean {
  return holds(() => transactionId(bytes, signature) === id);
}

/**
 * Whether a content is the one that was stored: `commitmentTo` in one call, without copies, since each page hashes all that it
 * shows.
 */
export function isSoundContent({ content, salt }: Opening, commitment: Hash): boolean {
  // A buffer takes what is no hexadecimal digit for the end of the text.
  if (!isHex(salt, SALT_BYTES)) return false;
  const bytes = Buffer.allocUnsafe(SALT_BYTES + Buffer.byteLength(content));
  bytes.write(salt, 0, 'hex');
  bytes.write(content, SALT_BYTES);
  return hash('sha256', bytes) === commitment;
}

/** Hashing refuses texts that are not the hexadecimal digits that they were. */
function holds(test: () => boolean): boolean {
  try {
    return test();
  } catch {
    return false;
  }
}

/** What happens to a damaged post once it is found. */
interface DamageDependencies {
  /** Told of each damaged post once, in one line. */
  warn(message: string): void;
  /** Takes damaged posts out of use; null: nothing is written here. */
  setAside: ((damages: readonly Damage[]) => Promise<void>) | null;
}

/** What was found damaged since the store was opened. Many may read a post before it is set aside. */
export class Damages {
  readonly #dependencies: DamageDependencies;
  readonly #known = new Map<Hash, 'told' | 'under-way'>();
  #count = 0;

  constructor(dependencies: DamageDependencies) {
    this.#dependencies = dependencies;
  }

  /** Posts that were found damaged. */
  get count(): number {
    return this.#count;
  }

  /** Sets a post aside in the background, so that the reader which found the damage goes on. */
  found: OnDamage = (damage) => {
    // A write that fails is told of by the store's health, and the next reader tries again.
    void this.setAside([damage]).catch(() => {});
  };

  /** @throws what the store throws; the posts are tried again when they are next read. */
  async setAside(damages: readonly Damage[]): Promise<void> {
    const { warn, setAside } = this.#dependencies;
    const fresh = damages.filter(({ id }) => this.#known.get(id) !== 'under-way');
    for (const { id, part } of fresh) {
      if (!this.#known.has(id)) {
        this.#count += 1;
        warn(`the ${part} of post ${id} is damaged: ${setAside ? 'it is set aside' : 'it is not served'}.`);
      }
      this.#known.set(id, setAside ? 'under-way' : 'told');
    }
    if (!setAside || fresh.length === 0) return;
    try {
      await setAside(fresh);
      for (const { id } of fresh) this.#known.delete(id);
    } catch (error) {
      for (const { id } of fresh) this.#known.set(id, 'told');
      throw error;
    }
  }
}
