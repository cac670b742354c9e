/** Posts as people might write them, made from a seed: the same number gives the same bytes on every machine. */
import { type Hash, utf8ToBytes } from '../../src/domain/bytes.ts';
import { sha256 } from '../../src/domain/hash.ts';
import { createGenesis } from '../../src/domain/network.ts';
import { DEV } from '../../src/domain/networks.ts';
import { type Signer, signTransaction } from '../../src/domain/sign.ts';
import { SALT_BYTES, type Transaction } from '../../src/domain/transaction.ts';
import { keyFromSeed } from '../../src/keyring/sodium.ts';
import { createDice, type Dice } from './random.ts';

export const GENESIS = createGenesis(DEV);

const AUTHORS = 500;
const TOPICS = 40;
const SYLLABLES = 'ka lo mi ren tas bo vel ni sur da pe gom lir fa tu xen hal or wis quo'.split(' ');
const VOCABULARY = 3_000;

/** An author and a topic that have as many posts in a long chain as in a short one, where they are asked for. */
export const STEADY = { author: 'steady author', topics: ['steady topic'] };

export interface PostMaker {
  /**
   * The next post, claimed to be written at this time (milliseconds since 1970).
   * @param about its author and topics, instead of drawn ones.
   */
  next(timestamp: number, about?: { author: string; topics: string[] }): Transaction;
}

/**
 * Posts of 5 to 40 words by one of 500 authors; every second one has a topic, and every fifth answers one before it.
 * @param label kept apart from the seed, so that two makers share keys and names but never a post.
 */
export function createPostMaker(seed: number, label = ''): PostMaker {
  const dice = createDice(seed);
  const words = createVocabulary(createDice(1));
  const keys = new Map<string, Signer>();
  const recent: Hash[] = [];
  let made = 0;

  function keyOf(author: string): Signer {
    const key = keys.get(author) ?? keyFromSeed(sha256(utf8ToBytes(`bench key of ${author}`)));
    keys.set(author, key);
    return key;
  }

  return {
    next(timestamp, about) {
      const drawn = `author ${dice(AUTHORS)}`;
      const text = Array.from({ length: 5 + dice(36) }, () => words[dice(VOCABULARY)]).join(' ');
      const topics = dice(2) === 0 ? [`topic ${dice(TOPICS)}`] : [];
      const replyTo = dice(5) === 0 ? (recent[dice(recent.length)] ?? null) : null;
      const salt = sha256(utf8ToBytes(`${seed} ${label} ${made++}`)).subarray(0, SALT_BYTES);
      const draft = { author: drawn, topics, ...about, content: text, replyTo };
      const post = signTransaction(draft, keyOf(draft.author), { network: GENESIS.hash, timestamp, salt });
      recent[dice(100)] = post.id;
      return post;
    },
  };
}

function createVocabulary(dice: Dice): string[] {
  const word = () => Array.from({ length: 1 + dice(3) }, () => SYLLABLES[dice(SYLLABLES.length)]).join('');
  return Array.from({ length: VOCABULARY }, word);
}
