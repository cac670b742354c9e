/**
 * Ed25519 by the protocol's strict rule, with what the platform brings: WebCrypto where it knows Ed25519 and keeps to the
 * rule, else libsodium, which is loaded then and not before.
 */
import { hexToBytes } from '../domain/bytes.ts';
import { isStrictlyEncoded } from '../domain/ed25519.ts';
import type { VerifySignature } from '../domain/transaction.ts';

type VerifyLater = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => Promise<boolean>;

/** A key of mixed order with two signatures (ed25519-speccheck, cases 3 and 4): the equation holds for the first. */
const PROBE_KEY = 'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d';
const PROBES = [
  {
    message: '9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79',
    signature:
      '9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009',
    isValid: true,
  },
  {
    message: 'e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c',
    signature:
      '160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09',
    isValid: false,
  },
] as const;

let verifier: Promise<VerifyLater> | undefined;

/** Checks one signature. @returns false as well for lengths and encodings that are none. */
export async function verifySignature(
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): Promise<boolean> {
  if (!isStrictlyEncoded(signature, publicKey)) return false;
  verifier ??= chooseVerifier();
  return (await verifier)(message, signature, publicKey);
}

/**
 * Runs a check of the domain, which asks for signatures one by one and cannot wait. The check first runs as if all of them
 * held; where one does not, it runs once more with the true answers, so that the first fault in its order is the one thrown.
 * @param check pure: it is run twice at most.
 */
export async function withSignatures<Result>(check: (verify: VerifySignature) => Result): Promise<Result> {
  const asked: Promise<boolean>[] = [];
  const outcome = attempt(() =>
    check((...signed) => {
      asked.push(verifySignature(...signed));
      return true;
    }),
  );
  const answers = await Promise.all(asked);
  if (answers.every(Boolean)) return outcome();
  return check(() => answers.shift() ?? false);
}

/** Runs a function now. @returns a function that gives the result, or throws the error. */
function attempt<Result>(run: () => Result): () => Result {
  try {
    const result = run();
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

async function chooseVerifier(): Promise<VerifyLater> {
  return (await isPlatformStrict()) ? verifyByPlatform : loadSodium();
}

/** Whether WebCrypto verifies Ed25519, and without the cofactor. */
async function isPlatformStrict(): Promise<boolean> {
  try {
    const answers = PROBES.map(({ message, signature }) =>
      verifyByPlatform(hexToBytes(message), hexToBytes(signature), hexToBytes(PROBE_KEY)),
    );
    return (await Promise.all(answers)).every((answer, i) => answer === PROBES[i]?.isValid);
  } catch {
    return false;
  }
}

const verifyByPlatform: VerifyLater = async (message, signature, publicKey) => {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('raw', copy(publicKey), 'Ed25519', false, ['verify']);
  return subtle.verify('Ed25519', key, copy(signature), copy(message));
};

/** The bytes in a buffer of their own: WebCrypto's types take no others. */
const copy = (bytes: Uint8Array) => new Uint8Array(bytes);

async function loadSodium(): Promise<VerifyLater> {
  // Bundlers take an import within `try` for one that may be missing.
  try {
    const { default: sodium } = await import('libsodium-wrappers');
    await sodium.ready;
    return async (message, signature, publicKey) => sodium.crypto_sign_verify_detached(signature, message, publicKey);
  } catch (cause) {
    const message = 'This runtime has no Ed25519 of its own: install the package libsodium-wrappers beside this one.';
    throw new Error(message, { cause });
  }
}
