/** Verification as block checking does it, against OpenSSL's own measure of one core. */
import { type Transaction, verifyTransaction } from '../../src/domain/transaction.ts';
import { verifySignature } from '../../src/keyring/sodium.ts';
import { opensslVerifications } from '../references/openssl.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { makePosts } from '../support/blocks.ts';

export const signatures: Row = {
  name: 'signatures',
  title: 'Signatures',
  work: 'Ed25519 verification as block checking does it',
  against: '`openssl speed ed25519`, one core',
  run,
};

async function run(bench: Bench): Promise<Finding[]> {
  const posts = makePosts(bench.amount(5_000, 500));
  const one = () => rate(posts);
  one();
  const rates = await takeTurns(bench.rounds, { one, openssl: async () => (await opensslVerifications(1)) ?? 0 });
  return [
    {
      name: 'one core',
      unit: '/s',
      ours: rates.one,
      reference: { name: 'openssl', values: rates.openssl },
      goal: { atLeast: 1.6 },
    },
  ];
}

function rate(posts: readonly Transaction[]): number {
  const start = performance.now();
  for (const post of posts) verifyTransaction(post, verifySignature);
  return (posts.length / (performance.now() - start)) * 1000;
}
