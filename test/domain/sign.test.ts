import { describe, expect, it } from 'vitest';
import type { RuleReason } from '../../src/domain/errors.ts';
import { successorOf } from '../../src/domain/names.ts';
import { type Draft, type Signer, type SigningContext, signTransaction } from '../../src/domain/sign.ts';
import { encodeStatement, MAX_CONTENT_BYTES } from '../../src/domain/statement.ts';
import { postWork, readTransaction, transactionToWire, verifyTransaction } from '../../src/domain/transaction.ts';
import { ALICE, BOB, GENESIS, NOON, post, reasonOf, SALT, someHash, verify } from './fixtures.ts';

describe('signTransaction', () => {
  it('makes a post that the protocol accepts', () => {
    const named = { successor: successorOf(BOB.publicKey), supersedes: someHash(2) };
    const signed = post({ content: 'grüße', topics: ['a', 'b'], replyTo: someHash(1), ...named });
    expect(signed.statement).toEqual({
      version: 1,
      network: GENESIS.hash,
      author: 'alice',
      publicKey: ALICE.publicKey,
      successor: successorOf(BOB.publicKey),
      timestamp: NOON,
      commitment: signed.statement.commitment,
      size: 7,
      topics: ['a', 'b'],
      replyTo: someHash(1),
      supersedes: someHash(2),
      stamp: 0,
    });
    expect(signed.opening).toEqual({ content: 'grüße', salt: '000102030405060708090a0b0c0d0e0f' });
    expect(readTransaction(transactionToWire(signed), GENESIS.hash)).toEqual(signed);
    expect(reasonOf(() => verifyTransaction(signed, verify))).toBeNull();
  });

  it('answers and replaces nothing, has no topics and names no successor unless told', () => {
    expect(post().statement).toMatchObject({ topics: [], replyTo: null, supersedes: null, successor: null });
  });

  it('keeps its own list of topics', () => {
    const topics = ['a'];
    const signed = post({ topics });
    topics.push('b');
    expect(signed.statement.topics).toEqual(['a']);
  });

  it.each([0, 1, 2, 3, 6])('gives the post %i bits of work of its own, with the first stamp that has them', (work) => {
    const signed = post({}, { work });
    const before = Array.from({ length: signed.statement.stamp }, (_, stamp) =>
      postWork(encodeStatement({ ...signed.statement, stamp })),
    );
    expect(postWork(signed.bytes)).toBeGreaterThanOrEqual(work);
    expect(before.filter((other) => other >= work)).toEqual([]);
    expect(reasonOf(() => verifyTransaction(signed, verify))).toBeNull();
  });

  it.each<[RuleReason, string, Partial<Draft>]>([
    ['content-malformed', 'a lone surrogate', { content: '\ud800' }],
    ['size-invalid', 'nothing to say', { content: '' }],
    ['size-invalid', 'too much to say', { content: 'x'.repeat(MAX_CONTENT_BYTES + 1) }],
    ['author-invalid', 'no name', { author: '' }],
    ['topics-invalid', 'a topic twice', { topics: ['a', 'a'] }],
    ['successor-malformed', 'a successor that is no hash', { successor: 'carol' }],
    ['supersedes-malformed', 'a version of no id', { supersedes: '' }],
    ['reply-to-malformed', 'a reply to no id', { replyTo: 'above' }],
    ['reply-to-malformed', 'a reply to an empty id', { replyTo: '' }],
  ])('%s: %s', (reason, _name, draft) => {
    expect(reasonOf(() => post(draft))).toBe(reason);
  });

  it('does not sign an invalid statement', () => {
    const asked: Uint8Array[] = [];
    const signer: Signer = { ...ALICE, sign: (message) => ALICE.sign(asked[asked.push(message) - 1] as Uint8Array) };
    const context: SigningContext = { network: GENESIS.hash, timestamp: -1, salt: SALT };
    expect(reasonOf(() => signTransaction({ author: 'a', content: 'c' }, signer, context))).toBe('timestamp-invalid');
    expect(asked).toEqual([]);
  });
});
