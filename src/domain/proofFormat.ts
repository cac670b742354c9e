/** The form of the files that prove something: anyone's input, held to one spelling and to bounds. */
import { isHex } from './bytes.ts';
import { canonicalText } from './canonical.ts';
import { ProofError, type ProofFault } from './errors.ts';

/** The most bytes of a proof's text: more than the largest receipt can have. */
export const MAX_PROOF_BYTES = 16_777_216;

/** @throws ProofError `proof-malformed` for more bytes than a proof may have. */
export function checkProofLength(bytes: number): void {
  assert(bytes <= MAX_PROOF_BYTES, 'proof-malformed', `a proof has at most ${MAX_PROOF_BYTES} bytes`);
}

/** The value of a text that may be a proof's. Its spelling is checked later, when its form is known to be bounded. */
export function parseProof(text: string): unknown {
  // A text never has fewer bytes than UTF-16 units.
  checkProofLength(text.length);
  try {
    return JSON.parse(text);
  } catch {
    throw new ProofError('proof-malformed', 'not JSON');
  }
}

/**
 * Checks that a text is the one spelling of what was read from it: canonical JSON, ended by a line feed or not. The parser
 * keeps the last of two equal keys, and forgets spaces and escapes.
 * @throws ProofError `proof-not-canonical`.
 */
export function checkSpelling(text: string, value: object): void {
  const canonical = canonicalText(value);
  const isCanonical = text === canonical || text === `${canonical}\n`;
  assert(isCanonical, 'proof-not-canonical', 'the text is not the canonical JSON (RFC 8785) of what it says');
}

/** An object with exactly these fields. @throws ProofError `proof-malformed`. */
export function readObject<Field extends string>(value: unknown, fields: readonly Field[], what: string) {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  assert(isObject, 'proof-malformed', `the ${what} must be an object`);
  const odd = Object.keys(value).find((key) => !(fields as readonly string[]).includes(key));
  assert(odd === undefined, 'proof-malformed', `unknown field ${JSON.stringify(odd?.slice(0, 64))} of the ${what}`);
  const missing = fields.find((field) => !Object.hasOwn(value, field));
  assert(missing === undefined, 'proof-malformed', `${missing} is missing from the ${what}`);
  return value as Record<Field, unknown>;
}

/** A list of `min` to `max` values of so many bytes in lower-case hex. @throws ProofError `proof-malformed`. */
export function readHexList(value: unknown, bytes: number, min: number, max: number, what: string): string[] {
  const isList = Array.isArray(value) && value.length >= min && value.length <= max;
  assert(isList, 'proof-malformed', `${what} must be a list of ${min} to ${max}`);
  const items: unknown[] = [...value];
  const isRight = items.every((item) => isHex(item, bytes));
  assert(isRight, 'proof-malformed', `each of ${what} must be ${bytes * 2} lower-case hex digits`);
  return items;
}

/** Throws a {@link ProofError} unless the condition holds. */
export function assert(holds: boolean, reason: ProofFault, message: string): asserts holds {
  if (!holds) throw new ProofError(reason, message);
}

/**
 * A file in pieces, for a caller that has others to serve between two of them: joined, the pieces are the canonical JSON.
 * @param text canonical JSON in which each of the lists is empty.
 * @param lists what is in the lists, as JSON, by their names and in the order of the text.
 */
export function* fillLists(text: string, lists: Record<string, Iterable<string>>): Generator<string> {
  let rest = text;
  for (const [name, items] of Object.entries(lists)) {
    // Within a text the quotes would have backslashes before them.
    const start = `"${name}":[`;
    const at = rest.indexOf(`${start}]`) + start.length;
    yield rest.slice(0, at);
    yield* items;
    rest = rest.slice(at);
  }
  yield rest;
}

/** Items of a list, with the commas between them. */
export function* listed<Item>(items: Iterable<Item>, spell: (item: Item) => string): Generator<string> {
  let comma = '';
  for (const item of items) {
    yield comma + spell(item);
    comma = ',';
  }
}
