/** Verification as block checking does it, against OpenSSL's own measure of one core; and all cores against one. */
import { availableParallelism } from 'node:os';
import type { Transaction } from '../../src/domain/transaction.ts';
import { createVerifier } from '../../src/keyring/verifier.ts';
import { opensslVerifications } from '../references/openssl.ts';
import type { Bench, Finding, Row } from '../runner/row.ts';
import { takeTurns } from '../runner/statistics.ts';
import { makePosts } from '../support/blocks.ts';

export const signatures: Row = {
  name: 'signatures',
  title: 'Signatures',
  work: 'Ed25519 verification as block checking does it, packing and threads included',
  against: '`openssl speed ed25519`, one core',
  run,
};

async function run(bench: Bench): Promise<Finding[]> {
  const posts = makePosts(bench.amount(5_000, 500));
  const cores = availableParallelism();
  const openssl = (await opensslVerifications(1)) !== null;
  if (!openssl) bench.say('no openssl here: the row "signatures" goes without it');
  const [one, all] = [verifierOn(bench, 1), verifierOn(bench, cores)];
  await Promise.all([one(posts), all(posts)]); // not counted: the threads start
  const rates = await takeTurns(bench.rounds, {
    one: () => one(posts),
    all: () => all(posts),
    openssl: async () => (openssl ? ((await opensslVerifications(1)) ?? 0) : 0),
  });
  const perfect = { name: `${cores} x one core`, values: rates.one.map((rate) => rate * cores) };
  const speed = openssl ? { name: 'openssl', values: rates.openssl } : null;
  return [
    { name: 'one core', unit: '/s', ours: rates.one, reference: speed, goal: speed && { atLeast: 1.6 } },
    { name: `${cores} cores`, unit: '/s', ours: rates.all, reference: perfect, goal: { atLeast: 0.9 } },
  ];
}

/** Verifications a second on so many threads. */
export function verifierOn(bench: Bench, threads: number): (posts: readonly Transaction[]) => Promise<number> {
  const verifier = createVerifier(threads);
  bench.onEnd(verifier.close);
  return async (posts) => {
    const start = performance.now();
    const wrong = await verifier.verifyMany(
      posts.map(({ bytes: message, signature, statement: { publicKey } }) => ({ message, signature, publicKey })),
    );
    if (wrong !== -1) throw new Error('a good signature was found wrong');
    return (posts.length / (performance.now() - start)) * 1000;
  };
}
