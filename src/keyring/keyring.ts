/**
 * The node's own keys, by the names that they sign for, in one file. The owner of the file (and of the passphrase, if it is
 * sealed) is those authors.
 *
 * The file is the truth: it is read again whenever it has changed, so a key imported beside a running node is there at
 * once, and every change is made to what the file holds at that moment, under a lock that processes share.
 */
import { LRUCache } from 'lru-cache';
import { bytesToHex, hexToBytes } from '../domain/bytes.ts';
import type { Signer } from '../domain/sign.ts';
import { isName } from '../domain/statement.ts';
import type { NameKey } from '../graphql/ports.ts';
import { checkName, isHeir, type Key, keyOf, keyOfName, makeKey, readSeed } from './key.ts';
import {
  type KeyFile,
  malformed,
  type PlainSeed,
  readKeyFile,
  type SealedSeed,
  stampOf,
  whileLocked,
  writeKeyFile,
} from './keyFile.ts';
import { KeyringError } from './keyringError.ts';
import {
  closeBox,
  deriveKey,
  NONCE_BYTES,
  openBox,
  SALT_BYTES,
  type Sealing,
  STRENGTH,
  type Strength,
} from './seal.ts';

export interface KeyringOptions {
  file: string;
  /** Seals the seeds on disk; a file in plain is sealed when it is opened with one. */
  passphrase: string | null;
  /** Random bytes fit for keys. */
  random(length: number): Uint8Array;
  /** Told, in a line for the operator, what is not as it should be. */
  warn?(message: string): void;
  /** The cost of guessing the passphrase. */
  strength?: Strength;
}

/** The keys of the node by name. Every call reads the file again when another process has changed it. */
export interface Keyring {
  signerFor(name: string): Promise<NameKey | null>;
  /** The name's key; makes and keeps one, and a successor for it, if there is none. */
  create(name: string): Promise<NameKey>;
  /**
   * A key for a name that has none, not kept yet: `keep` must have returned before anybody sees what it signed. Asked
   * again for the same name before that, it is the same key.
   */
  propose(name: string): { signer: NameKey; keep(): Promise<void> };
  list(): { name: string; publicKey: string; isRecoveryHere: boolean }[];
  /** The seed in hex; null for a name without a key. */
  export(name: string): string | null;
  /** Keeps the key of a seed in hex. The same one twice is harmless. */
  import(name: string, seed: string): Signer;
  /** The seed of the name's successor in hex; null when it was given out, or never was here. */
  recovery(name: string): string | null;
  /** Deletes the seed of the name's successor, which is kept elsewhere from now on. */
  forgetRecovery(name: string): void;
  /**
   * Puts the successor in the place of the name's key, and makes a successor for it. The name's next post takes the name over.
   * @param seed of the successor, in hex; null: the one that is here.
   * @param replace also where nothing here says that this is the successor.
   * @throws KeyringError `not-the-successor`, `recovery-missing`.
   */
  rotate(name: string, seed: string | null, replace?: boolean): NameKey;
}

/** Keys proposed and not kept: of posts that are refused, so their number is bounded. */
const REMEMBERED_PROPOSALS = 1_000;

/** @throws KeyringError when the file that is there cannot be used; it is left as it is. */
export function openKeyring(options: KeyringOptions): Keyring {
  return new FileKeyring(options);
}

class FileKeyring implements Keyring {
  readonly #options: KeyringOptions;
  readonly #proposals = new LRUCache<string, Key>({ max: REMEMBERED_PROPOSALS });
  #keys: ReadonlyMap<string, Key> = new Map();
  #stamp: string | null = null;
  #isSealed = false;
  /** The last key derived from the passphrase: deriving takes a second. */
  #derived: { sealing: Sealing; key: Buffer } | null = null;

  constructor(options: KeyringOptions) {
    this.#options = options;
    this.#refresh();
    const mustSeal = options.passphrase !== null && this.#stamp !== null && !this.#isSealed;
    if (mustSeal) whileLocked(options.file, () => this.#save(this.#refresh()));
  }

  async signerFor(name: string): Promise<NameKey | null> {
    const key = this.#refresh().get(name);
    return key ? keyOfName(key) : null;
  }

  async create(name: string): Promise<NameKey> {
    checkName(name);
    const key = whileLocked(this.#options.file, () => {
      const kept = this.#refresh().get(name);
      return kept ?? this.#put(name, this.#proposals.get(name) ?? makeKey(this.#options.random));
    });
    return keyOfName(key);
  }

  propose(name: string): { signer: NameKey; keep(): Promise<void> } {
    const key = this.#refresh().get(name) ?? this.#proposals.get(name) ?? makeKey(this.#options.random);
    // An invalid name, which may have any length, is not cached; it is refused when its key is to be kept.
    if (isName(name)) this.#proposals.set(name, key);
    return { signer: keyOfName(key), keep: async () => this.#keep(name, key) };
  }

  list(): { name: string; publicKey: string; isRecoveryHere: boolean }[] {
    return Array.from(this.#refresh(), ([name, { signer, recovery }]) => {
      return { name, publicKey: signer.publicKey, isRecoveryHere: recovery !== null };
    });
  }

  export(name: string): string | null {
    const key = this.#refresh().get(name);
    return key ? bytesToHex(key.seed) : null;
  }

  import(name: string, seed: string): Signer {
    const key = keyOf(readSeed(seed));
    this.#keep(name, key);
    return key.signer;
  }

  recovery(name: string): string | null {
    const seed = this.#refresh().get(name)?.recovery;
    return seed ? bytesToHex(seed) : null;
  }

  forgetRecovery(name: string): void {
    whileLocked(this.#options.file, () => {
      const key = this.#refresh().get(name);
      if (key?.recovery) this.#put(name, { ...key, recovery: null });
    });
  }

  rotate(name: string, seed: string | null, replace = false): NameKey {
    checkName(name);
    const given = seed === null ? null : readSeed(seed);
    const key = whileLocked(this.#options.file, () => {
      const old = this.#refresh().get(name);
      const next = given ?? old?.recovery;
      const shown = JSON.stringify(name);
      if (!next)
        throw new KeyringError('recovery-missing', `The successor of ${shown} is not here: give its recovery file.`);
      if (!replace && old && !isHeir(old, next))
        throw new KeyringError('not-the-successor', `Nothing here says that this key is the successor of ${shown}.`);
      return this.#put(name, makeKey(this.#options.random, next));
    });
    return keyOfName(key);
  }

  #keep(name: string, key: Key): void {
    checkName(name);
    whileLocked(this.#options.file, () => {
      const kept = this.#refresh().get(name);
      if (kept && kept.signer.publicKey !== key.signer.publicKey) {
        throw new KeyringError('name-exists', `${JSON.stringify(name)} has another key already.`);
      }
      if (!kept) this.#put(name, key);
    });
  }

  /** The caller holds the lock and has refreshed. */
  #put(name: string, key: Key): Key {
    this.#save(new Map([...this.#keys, [name, key]]));
    this.#proposals.delete(name);
    return key;
  }

  /** The keys in the file, as it is now. */
  #refresh(): ReadonlyMap<string, Key> {
    const { file, warn } = this.#options;
    // The version is taken before reading: a write meanwhile changes it again, and is read the next time.
    const stamp = stampOf(file);
    if (stamp === this.#stamp) return this.#keys;
    const read = readKeyFile(file);
    if (read?.isOpenToOthers) warn?.(`${file} can be read by others: \`chmod 600\` it.`);
    this.#keys = read ? this.#openAll(read.content) : new Map();
    this.#isSealed = read?.content.sealing != null;
    this.#stamp = stamp;
    return this.#keys;
  }

  #openAll({ sealing, keys }: KeyFile): Map<string, Key> {
    const { file } = this.#options;
    const secret = sealing && this.#secretFor(sealing);
    const opened = new Map<string, Key>();
    const open = (stored: PlainSeed | SealedSeed): Uint8Array => {
      const seed = 'seed' in stored ? hexToBytes(stored.seed) : secret && openBox(secret, stored.box, stored.nonce);
      if (!seed) throw new KeyringError('passphrase-wrong', `This is not the passphrase of ${file}.`);
      return seed;
    };
    for (const key of keys) {
      const { name, publicKey, successor, recovery } = key;
      opened.set(name, keyOf(open(key), successor, recovery && open(recovery)));
      const isOwn = opened.get(name)?.signer.publicKey === publicKey;
      if (!isOwn) throw malformed(file, `the seed of ${JSON.stringify(name)} gives another key`);
    }
    return opened;
  }

  #secretFor(sealing: Sealing): Buffer {
    const { file, passphrase } = this.#options;
    if (this.#derived?.sealing.salt === sealing.salt) return this.#derived.key;
    if (passphrase === null) {
      throw new KeyringError('passphrase-missing', `The keys in ${file} are sealed: give --passphrase-file.`);
    }
    this.#derived = { sealing, key: deriveKey(passphrase, sealing) };
    return this.#derived.key;
  }

  #save(keys: ReadonlyMap<string, Key>): void {
    const { file, passphrase, random, strength = STRENGTH } = this.#options;
    const salt = bytesToHex(random(SALT_BYTES));
    const sealing = this.#derived?.sealing ?? { kdf: 'argon2id13' as const, ...strength, salt };
    const secret = passphrase === null ? null : this.#secretFor(sealing);
    const close = (seed: Uint8Array): PlainSeed | SealedSeed => {
      if (!secret) return { seed: bytesToHex(seed) };
      const nonce = random(NONCE_BYTES);
      return { nonce: bytesToHex(nonce), box: bytesToHex(closeBox(secret, seed, nonce)) };
    };
    const stored = Array.from(keys, ([name, { seed, signer, successor, recovery }]) => ({
      name,
      publicKey: signer.publicKey,
      ...(successor === null ? {} : { successor }),
      ...close(seed),
      ...(recovery === null ? {} : { recovery: close(recovery) }),
    }));
    writeKeyFile(file, { version: 1, sealing: secret ? sealing : null, keys: stored as KeyFile['keys'] });
    this.#keys = keys;
    this.#isSealed = secret !== null;
    this.#stamp = stampOf(file);
  }
}
