/** Posts for all worlds: signed once, and each signature checked once, whichever node asks. */
import { bytesToHex } from '../../../src/domain/bytes.ts';
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
