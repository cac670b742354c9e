/** Posts for all worlds: signed once, and each signature checked once, whichever node asks. */
import { bytesToHex } from '../../../src/domain/bytes.ts';
import { successorOf } from '../../../src/domain/names.ts';
import type { VerifiedTransaction, VerifySignature } from '../../../src/domain/transaction.ts';
import { verifySignature } from '../../../src/keyring/sodium.ts';
import { makeKey, makePost } from '../../support/chain.ts';

const AUTHORS = ['ann', 'bob', 'cleo', 'dora', 'emil', 'fritz'];

const made = new Map<string, VerifiedTransaction>();

function remember(label: string, make: () => VerifiedTransaction): VerifiedTransaction {
  const post = made.get(label) ?? make();
  made.set(label, post);
  return post;
}

/** A post that any node takes at any time. */
export function plainPost(number: number): VerifiedTransaction {
  const author = AUTHORS[number % AUTHORS.length] as string;
  return remember(`plain ${number}`, () => makePost({ author, content: `post ${number}` }));
}

/** A post whose name others want, too: it may lose it, wherever it was taken. */
export function disputedPost(number: number): VerifiedTransaction {
  const key = makeKey(`claimant ${number}`);
  return remember(`disputed ${number}`, () => makePost({ author: 'everybody', content: `mine ${number}`, key }));
}

/** Keys in the order in which the name of a house goes from one to the next, by the successor that each names. */
const LINE = ['grandmother', 'mother', 'daughter', 'granddaughter'];

/** A post under a name that changes hands: by a key of its line, or by one that nobody has named. */
export function housePost(number: number, generation: number): VerifiedTransaction {
  const author = 'old house';
  const keyOf = (at: number) => makeKey(LINE[at] ?? 'impostor');
  return remember(`house ${number} ${generation}`, () => {
    const successor = generation + 1 < LINE.length ? successorOf(keyOf(generation + 1).publicKey) : null;
    return makePost({ author, content: `house ${number}`, key: keyOf(generation), successor });
  });
}

/** The last generation of {@link housePost}; whoever comes later is no member of the line. */
export const LAST_GENERATION = LINE.length - 1;

/** Whether a signature holds is a fact about bytes, so it is found out once: thousands of worlds use the same posts. */
export function createVerifier(): VerifySignature {
  const known = new WeakMap<Uint8Array, Map<string, boolean>>();
  return (message, signature, publicKey) => {
    const results = known.get(message) ?? new Map<string, boolean>();
    known.set(message, results);
    const claim = bytesToHex(signature) + bytesToHex(publicKey);
    const result = results.get(claim) ?? verifySignature(message, signature, publicKey);
    results.set(claim, result);
    return result;
  };
}
