/** Vectors of transactions: from a statement to its canonical bytes, signature, id and work; and what is refused. */
import { bytesToHex, utf8Length, ZERO_HASH } from '../../../src/domain/bytes.ts';
import { canonicalBytes } from '../../../src/domain/canonical.ts';
import type { RuleReason } from '../../../src/domain/errors.ts';
import { successorOf } from '../../../src/domain/names.ts';
import { createGenesis } from '../../../src/domain/network.ts';
import type { Signer } from '../../../src/domain/sign.ts';
import { MAX_CONTENT_BYTES, MAX_STAMP } from '../../../src/domain/statement.ts';
import {
  commitmentTo,
  postWork,
  type Transaction,
  transactionSize,
  transactionToWire,
} from '../../../src/domain/transaction.ts';
import { ALICE, ALICE_SEED, BOB, BOB_SEED, post, SALT, someHash } from '../../domain/fixtures.ts';
import { EXAMPLE } from './headers.ts';

const { hash: NETWORK } = createGenesis(EXAMPLE);
const TIME = (EXAMPLE.time + 30) * 1000;

/** A post on the network of the vectors. */
export const exampleOf: typeof post = (draft, context) =>
  post(draft, { network: NETWORK, timestamp: TIME, ...context });

const HELLO = exampleOf();

/** A statement, right or wrong, signed as it is: so a wrong field is its only fault. */
function signed(change: Record<string, unknown>, content = 'hello', signer: Signer = ALICE) {
  const salt = bytesToHex(SALT);
  const commitment = commitmentTo({ content, salt });
  const statement = {
    ...HELLO.statement,
    commitment,
    size: utf8Length(content),
    publicKey: signer.publicKey,
    ...change,
  };
  return { statement, signature: bytesToHex(signer.sign(canonicalBytes(statement))), content, salt };
}

const WIRE = signed({});
const { topics: _, ...TOPICLESS } = WIRE.statement;
const { successor: __, ...HEIRLESS } = WIRE.statement;

/** A text that is too long to write out stands as `{repeat, times}`. */
function shortened(wire: Record<string, unknown>): Record<string, unknown> {
  const { content } = wire;
  const isLong = typeof content === 'string' && /^a{100,}$/.test(content);
  return isLong ? { ...wire, content: { repeat: 'a', times: content.length } } : wire;
}

function valid(name: string, seed: string, transaction: Transaction) {
  return {
    name,
    seed,
    wire: shortened(transactionToWire(transaction)),
    bytes: bytesToHex(transaction.bytes),
    id: transaction.id,
    postWork: postWork(transaction.bytes),
    size: transactionSize(transaction),
  };
}

export function transactionVectors() {
  const everything = {
    author: 'Zoë \u{1f5ff}',
    content: 'Line one,\n"line two" \\ </script> \u2028 \u{1f5ff}',
    topics: ['b', 'a', 'Grüße', '\u{1f5ff}'],
    replyTo: HELLO.id,
    successor: successorOf(ALICE.publicKey),
    supersedes: HELLO.id,
  };
  const wrong: [RuleReason, string, Record<string, unknown>][] = [
    ['statement-malformed', 'no statement', { signature: WIRE.signature }],
    ['statement-malformed', 'a field missing', { ...WIRE, statement: TOPICLESS }],
    ['statement-malformed', 'no successor, where none is null', { ...WIRE, statement: HEIRLESS }],
    ['statement-malformed', 'a field too many', signed({ colour: 'red' })],
    ['version-unknown', 'version 2', signed({ version: 2 })],
    ['wrong-network', 'another network', signed({ network: ZERO_HASH })],
    ['author-invalid', 'no name', signed({ author: '' })],
    ['author-invalid', 'a name of 65 bytes', signed({ author: 'a'.repeat(65) })],
    ['author-invalid', 'a control byte in the name', signed({ author: 'a\u0000' })],
    ['public-key-malformed', 'a key in capitals', signed({ publicKey: ALICE.publicKey.toUpperCase() })],
    ['successor-malformed', 'a successor in capitals', signed({ successor: 'A'.repeat(64) })],
    ['successor-malformed', 'a successor of 31 bytes', signed({ successor: '00'.repeat(31) })],
    ['timestamp-invalid', 'a time before 1970', signed({ timestamp: -1 })],
    ['timestamp-invalid', 'a time of 2^53', signed({ timestamp: 2 ** 53 })],
    ['timestamp-invalid', 'a time in halves', signed({ timestamp: 0.5 })],
    ['commitment-malformed', 'a commitment of 31 bytes', signed({ commitment: 'c0'.repeat(31) })],
    ['size-invalid', 'an empty content', signed({}, '')],
    ['size-invalid', 'a content of 16,385 bytes', signed({}, 'a'.repeat(MAX_CONTENT_BYTES + 1))],
    ['topics-invalid', 'nine topics', signed({ topics: ['1', '2', '3', '4', '5', '6', '7', '8', '9'] })],
    ['topics-invalid', 'a topic twice', signed({ topics: ['a', 'a'] })],
    ['topics-invalid', 'an empty topic', signed({ topics: [''] })],
    ['reply-to-malformed', 'a reply to no id', signed({ replyTo: 'above' })],
    ['supersedes-malformed', 'a post that replaces no id', signed({ supersedes: '' })],
    ['stamp-invalid', 'a stamp over 32 bits', signed({ stamp: MAX_STAMP + 1 })],
    ['signature-malformed', 'a signature of 63 bytes', { ...WIRE, signature: WIRE.signature.slice(2) }],
    ['signature-malformed', 'a signature in capitals', { ...WIRE, signature: WIRE.signature.toUpperCase() }],
    ['signature-invalid', 'another post’s signature', { ...WIRE, signature: signed({ stamp: 1 }).signature }],
    ['signature-invalid', 'another’s signature', { ...WIRE, signature: signed({}, 'hello', BOB).signature }],
    ['content-malformed', 'a content without salt', { ...WIRE, salt: null }],
    ['content-malformed', 'a salt of 15 bytes', { ...WIRE, salt: '00'.repeat(15) }],
    ['content-malformed', 'a lone surrogate in the content', { ...WIRE, content: '\ud800' }],
    ['content-mismatch', 'another content', { ...WIRE, content: 'hallo' }],
    ['content-mismatch', 'another salt', { ...WIRE, salt: '00'.repeat(16) }],
    ['content-mismatch', 'another size', signed({ size: 6 })],
  ];
  return {
    about:
      'Transactions as they travel. `bytes` is the canonical statement, which the key made from `seed` signs. Each of ' +
      'the invalid ones has one fault. A text given as {repeat, times} is that text so many times.',
    network: NETWORK,
    valid: [
      valid('hello', ALICE_SEED, HELLO),
      valid('every field used', BOB_SEED, exampleOf(everything, { signer: BOB })),
      valid('12 bits of work', ALICE_SEED, exampleOf({ content: 'worked for' }, { work: 12 })),
      valid('the longest content', ALICE_SEED, exampleOf({ content: 'a'.repeat(MAX_CONTENT_BYTES) })),
      valid('a reply to what need not exist', ALICE_SEED, exampleOf({ replyTo: someHash(0) })),
      valid('a post that replaces what need not exist', ALICE_SEED, exampleOf({ supersedes: someHash(0) })),
      valid('its own key as successor', ALICE_SEED, exampleOf({ successor: successorOf(ALICE.publicKey) })),
      valid('hello, its content withheld', ALICE_SEED, { ...HELLO, opening: null }),
    ],
    invalid: wrong.map(([reason, name, wire]) => ({ name, wire: shortened(wire), reason })),
  };
}
