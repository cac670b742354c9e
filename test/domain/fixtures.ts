/** What the tests of the protocol build on: keys from seeds, signed posts, mined blocks. All of it deterministic. */
import { type Block, buildBlock } from '../../src/domain/block.ts';
import { type Hash, hexToBytes } from '../../src/domain/bytes.ts';
import { RuleError, type RuleReason } from '../../src/domain/errors.ts';
import type { Header } from '../../src/domain/header.ts';
import { merkleTree } from '../../src/domain/merkle.ts';
import { createGenesis } from '../../src/domain/network.ts';
import { DEV } from '../../src/domain/networks.ts';
import { type Draft, type Signer, type SigningContext, signTransaction } from '../../src/domain/sign.ts';
import type { Transaction, VerifySignature } from '../../src/domain/transaction.ts';
import { keyFromSeed, verifySignature } from '../../src/keyring/sodium.ts';
import { mineHeader } from '../support/chain.ts';

/** The node's own verifier: what is tested with it is what blocks are judged by. */
export const verify: VerifySignature = verifySignature;

/** A signer whose key is made from a 32-byte seed in hex (RFC 8032 calls it the private key). */
export function seedToSigner(seed: string): Signer {
  return keyFromSeed(hexToBytes(seed));
}

export const ALICE_SEED = 'a1'.repeat(32);
export const BOB_SEED = 'b0'.repeat(32);
export const ALICE = seedToSigner(ALICE_SEED);
export const BOB = seedToSigner(BOB_SEED);

export const GENESIS = createGenesis(DEV);
/** Milliseconds; half a minute after the genesis of `dev`. */
export const NOON = (DEV.time + 30) * 1000;
export const SALT = hexToBytes('000102030405060708090a0b0c0d0e0f');

/** A valid post of Alice's on `dev`, but for what the arguments change. */
export function post(
  draft: Partial<Draft> = {},
  { signer = ALICE, ...context }: Partial<SigningContext> & { signer?: Signer } = {},
): Transaction {
  const whole = { network: GENESIS.hash, timestamp: NOON, salt: SALT, ...context };
  return signTransaction({ author: 'alice', content: 'hello', ...draft }, signer, whole);
}

/** A mined child of the genesis of `dev` over the transactions. */
export function mineBlock(transactions: Transaction[], change: Partial<Header> = {}): Block {
  const merkleRoot = merkleTree(transactions.map(({ id }) => id)).root;
  const header = { version: 1, previousHash: GENESIS.hash, merkleRoot, time: DEV.time + 30, bits: DEV.powLimit };
  return buildBlock(mineHeader({ ...header, nonce: 0, ...change }), transactions);
}

/** Hash `n` of a row of hashes that all differ. */
export function someHash(n: number): Hash {
  return (n + 1).toString(16).padStart(64, '0');
}

/** Why the act is refused, or null when it goes through. What is not a {@link RuleError} is thrown on. */
export function reasonOf(act: () => unknown): RuleReason | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RuleError) return error.reason;
    throw error;
  }
}
