/** The demonstration's posts: real ones where the public test data lie beside the checkout, else a stand-in. */
import { existsSync, readFileSync } from 'node:fs';
import { bytesToHex, type Hash, utf8ToBytes } from '../../src/domain/bytes.ts';
import { sha256 } from '../../src/domain/hash.ts';
import { type Signer, signTransaction } from '../../src/domain/sign.ts';
import { type VerifiedTransaction, verifyTransaction } from '../../src/domain/transaction.ts';
import { keyFromSeed, verifySignature } from '../../src/keyring/sodium.ts';

interface Post {
  author: string;
  /** Seconds since 1970. */
  timestamp: number;
  content: string;
}

const FILE = new URL('../../../shared/vectors/posts.jsonl', import.meta.url);
const STAND_IN = { posts: 1_330, authors: 244 };

/** All posts, signed with a key for each author. The same every time. */
export function signedPosts(network: Hash): { posts: VerifiedTransaction[]; source: string } {
  const isReal = existsSync(FILE);
  const posts = isReal ? realPosts() : standIn();
  const keys = new Map<string, Signer>();
  const keyOf = (author: string) => {
    const key = keys.get(author) ?? keyFromSeed(sha256(utf8ToBytes(`demo key of ${author}`)));
    keys.set(author, key);
    return key;
  };
  const signed = posts.map(({ author, timestamp, content }, index) => {
    const salt = sha256(utf8ToBytes(`demo salt ${index}`)).subarray(0, 16);
    const context = { network, timestamp: timestamp * 1000, salt };
    return verifyTransaction(signTransaction({ author, content }, keyOf(author), context), verifySignature);
  });
  return { posts: signed, source: isReal ? 'real texts' : 'generated texts' };
}

function realPosts(): Post[] {
  const lines = readFileSync(FILE, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Post);
}

function standIn(): Post[] {
  return Array.from({ length: STAND_IN.posts }, (_, index) => ({
    author: `author-${index % STAND_IN.authors}`,
    timestamp: 1_700_000_000 + index * 60,
    content: `${index}: ${bytesToHex(sha256(utf8ToBytes(`demo text ${index}`)))}`,
  }));
}
