/**
 * Vectors and real data that others published, in full. They lie beside the checkout; without them this file skips, and
 * the facts typed into the other files prove what they can.
 */
import { describe, expect, it } from 'vitest';
import { bytesToHash, hexToBytes } from '../../src/domain/bytes.ts';
import { canonicalBytes } from '../../src/domain/canonical.ts';
import { bitsToTarget, decodeCompact, encodeCompact } from '../../src/domain/compact.ts';
import { checkProofOfWork, decodeHeader, encodeHeader, HEADER_BYTES, hashHeader } from '../../src/domain/header.ts';
import { merkleBranch, merkleRootOfBranch, merkleTree } from '../../src/domain/merkle.ts';
import { isSignature, readTransaction, transactionToWire, verifyTransaction } from '../../src/domain/transaction.ts';
import { sharedJson, sharedVectors } from '../support/vectors.ts';
import { GENESIS, post, reasonOf, seedToSigner, verify } from './fixtures.ts';

const headers = sharedVectors('bitcoin-mainnet-headers-0-10236.bin');

describe.skipIf(headers === null)('Bitcoin, headers 0 to 10,236', () => {
  const bytes = headers as Buffer;
  const limit = decodeCompact(0x1d00ffff).value;
  const at = (height: number) => bytes.subarray(height * HEADER_BYTES, (height + 1) * HEADER_BYTES);

  it('are all of them', () => {
    expect(bytes.length).toBe(10_237 * HEADER_BYTES);
  });

  it('link, have the work that they claim, and encode to the bytes that were read', () => {
    let previousHash = '0'.repeat(64);
    const odd: number[] = [];
    for (let height = 0; height < 10_237; height++) {
      const header = decodeHeader(at(height));
      const hash = hashHeader(header);
      const works = reasonOf(() => checkProofOfWork(header, hash, limit)) === null;
      const same = at(height).equals(encodeHeader(header));
      if (!works || !same || header.previousHash !== previousHash) odd.push(height);
      previousHash = hash;
    }
    expect(odd).toEqual([]);
    expect(previousHash).toBe('000000004f74d42205b9d7ae1cb5c1591e723894a71358fce73b7e0919628161');
  });
});

interface CompactVectors {
  vectors: { compact: string; hex: string | null; recompact: string | null; negative: boolean; overflow: boolean }[];
  encode_only: { value: string; compact: string }[];
}

const compact = sharedJson<CompactVectors>('bitcoin-compact-bits.json');

describe.skipIf(compact === null)('Bitcoin Core’s compact targets', () => {
  const { vectors, encode_only } = compact ?? { vectors: [], encode_only: [] };

  it('are all of them', () => {
    expect([vectors.length, encode_only.length]).toEqual([20, 1]);
  });

  it.each(vectors)('$compact', ({ compact: bits, hex, recompact, negative, overflow }) => {
    const decoded = decodeCompact(Number(bits));
    expect(decoded).toMatchObject({ negative, overflow });
    if (hex !== null) expect(decoded.value).toBe(BigInt(`0x${hex}`));
    if (recompact !== null) expect(encoded(decoded)).toBe(Number(recompact));
    const usable = !negative && !overflow && decoded.value > 0n;
    expect(reasonOf(() => bitsToTarget(Number(bits), 2n ** 256n))).toBe(usable ? null : 'bits-invalid');
  });

  it.each(encode_only)('$value is written $compact', ({ value, compact: bits }) => {
    expect(encodeCompact(BigInt(value))).toBe(Number(bits));
  });

  /** The published re-encodings keep the sign, which no target has. */
  function encoded({ value, negative }: { value: bigint; negative: boolean }): number {
    return encodeCompact(value) + (negative ? 0x00800000 : 0);
  }
});

const merkle = sharedJson<{ root: string; txids: string[]; mutated: string[] }>('bitcoin-merkle-482683.json');

describe.skipIf(merkle === null)('Bitcoin’s block 482,683', () => {
  // The file has the bytes as they are hashed; hashes here are shown in the reverse order.
  const shown = (hex: string) => bytesToHash(hexToBytes(hex));
  const { root, txids, mutated } = merkle ?? { root: '', txids: [], mutated: [] };
  const ids = txids.map(shown);

  it('has its Merkle root', () => {
    expect(ids).toHaveLength(12);
    expect(merkleTree(ids)).toEqual({ root: shown(root), mutated: false });
  });

  it('shares its root with a list that is refused', () => {
    expect(merkleTree(mutated.map(shown))).toEqual({ root: shown(root), mutated: true });
  });

  it.each(ids.map((id, at) => [at, id] as const))('has a branch from transaction %i', (at, id) => {
    expect(merkleRootOfBranch(id, merkleBranch(ids, at))).toBe(shown(root));
  });
});

const isSigned = (message: string, signature: string, publicKey: string) =>
  isSignature(verify, hexToBytes(message), hexToBytes(signature), hexToBytes(publicKey));

const rfc8032 = sharedJson<{ priv: string; pub: string; msg: string; sig: string }[]>('rfc8032-ed25519.json');

describe.skipIf(rfc8032 === null)('RFC 8032', () => {
  it.each(rfc8032 ?? [])('key $pub', ({ priv, pub, msg, sig }) => {
    const signer = seedToSigner(priv.slice(0, 64));
    expect(signer.publicKey).toBe(pub);
    expect(Buffer.from(signer.sign(hexToBytes(msg))).toString('hex')).toBe(sig);
    expect(isSigned(msg, sig, pub)).toBe(true);
    expect(isSigned(`${msg}00`, sig, pub)).toBe(false);
  });

  it('are all of them', () => {
    expect(rfc8032).toHaveLength(4);
  });
});

interface Wycheproof {
  numberOfTests: number;
  testGroups: {
    publicKey: { pk: string };
    tests: { tcId: number; comment: string; msg: string; sig: string; result: string }[];
  }[];
}

const wycheproof = sharedJson<Wycheproof>('wycheproof-ed25519.json');

describe.skipIf(wycheproof === null)('Wycheproof', () => {
  const cases = (wycheproof?.testGroups ?? []).flatMap(({ publicKey, tests }) =>
    tests.map((test) => ({ ...test, publicKey: publicKey.pk })),
  );

  it('are all of them', () => {
    expect(cases).toHaveLength(151);
    expect(wycheproof?.numberOfTests).toBe(151);
  });

  it.each(cases)('$tcId $comment: $result', ({ msg, sig, result, publicKey }) => {
    expect(isSigned(msg, sig, publicKey)).toBe(result === 'valid');
  });
});

const speccheck = sharedJson<{ message: string; pub_key: string; signature: string }[]>('ed25519-speccheck.json');

describe.skipIf(speccheck === null)('ed25519-speccheck', () => {
  it('accepts case 3 of the twelve, and no other', () => {
    const accepted = (speccheck ?? []).map((test) => isSigned(test.message, test.signature, test.pub_key));
    expect(accepted).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => n === 3));
  });
});

const JCS = ['arrays', 'french', 'structures', 'unicode', 'values', 'weird'];
const pairs = JCS.map((name) => ({
  name,
  input: sharedVectors(`jcs/input/${name}.json`),
  output: sharedVectors(`jcs/output/${name}.json`),
}));

describe.skipIf(pairs.some(({ input, output }) => !input || !output))('canonical JSON (RFC 8785)', () => {
  it.each(pairs)('$name', ({ input, output }) => {
    const canonical = canonicalBytes(JSON.parse((input as Buffer).toString('utf8')));
    expect(Buffer.from(canonical).toString('utf8')).toBe((output as Buffer).toString('utf8'));
  });
});

const naughty = sharedJson<string[]>('naughty-strings.json');

describe.skipIf(naughty === null)('naughty strings', () => {
  const strings = naughty ?? [];
  /** Signs, sends as JSON, reads and checks; gives what came out, or why it was refused. */
  function sent(draft: { author?: string; content?: string; topics?: string[] }) {
    let received: ReturnType<typeof post> | undefined;
    const reason = reasonOf(() => {
      const wire = JSON.parse(JSON.stringify(transactionToWire(post(draft))));
      received = verifyTransaction(readTransaction(wire, GENESIS.hash), verify);
    });
    return { reason, received };
  }
  const bytes = (text: string) => [...Buffer.from(text, 'utf8')];
  const isRightName = (text: string) =>
    bytes(text).length >= 1 && bytes(text).length <= 64 && bytes(text).every((byte) => byte >= 0x20 && byte !== 0x7f);

  it('are all of them', () => {
    expect(strings).toHaveLength(515);
  });

  it('as content: all but the empty ones are kept unchanged', () => {
    for (const content of strings) {
      const { reason, received } = sent({ content });
      expect(reason, JSON.stringify(content)).toBe(content === '' ? 'size-invalid' : null);
      if (reason === null) expect(received?.opening?.content).toBe(content);
    }
  });

  it('as author: kept unchanged, or refused by the rule for names', () => {
    for (const author of strings) {
      const { reason, received } = sent({ author });
      expect(reason, JSON.stringify(author)).toBe(isRightName(author) ? null : 'author-invalid');
      if (reason === null) expect(received?.statement.author).toBe(author);
    }
  });

  it('as topic: kept unchanged, or refused by the rule for names', () => {
    for (const topic of strings) {
      const { reason, received } = sent({ topics: [topic] });
      expect(reason, JSON.stringify(topic)).toBe(isRightName(topic) ? null : 'topics-invalid');
      if (reason === null) expect(received?.statement.topics).toEqual([topic]);
    }
  });
});
