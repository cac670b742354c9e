/** Spells answers as JSON: a short one at once, a long one in parts, with turns of the event loop for others in between. */
import type { ExecutionResult } from 'graphql';
import type { Context } from './context.ts';

type Pace = Context['pace'];

/** Values, and characters of texts, that are spelled at once: less than a millisecond of work. */
const VALUES_A_PART = 2_000;
const CHARACTERS_A_PART = 65_536;

/** An operation that costs no more has an answer of some {@link VALUES_A_PART} values, a few in each field. */
const SHORT_COST = 1_000;

/** The answer to an operation as JSON. The operation's cost and the texts counted for it mostly tell that it is short. */
export function spellAnswer(result: ExecutionResult, context: Context): string | Promise<string> {
  const { client, allowance, pace } = context;
  const isKnownShort = client.cost <= SHORT_COST && allowance.spent <= CHARACTERS_A_PART;
  return isKnownShort ? JSON.stringify(result) : spell(result, pace);
}

/** The result as `JSON.stringify` has it. @returns at once when it is short. */
export function spell(result: ExecutionResult, pace: Pace): string | Promise<string> {
  return isShort(result) ? JSON.stringify(result) : spellInParts(result, pace);
}

async function spellInParts(result: ExecutionResult, pace: Pace): Promise<string> {
  const parts: string[] = [];
  let length = 0;
  for (const part of partsOf(result)) {
    parts.push(part);
    length += part.length;
    if (length < CHARACTERS_A_PART) continue;
    length = 0;
    await pace();
  }
  await pace();
  return parts.join('');
}

function* partsOf(value: unknown): Generator<string> {
  if (typeof value === 'string' && value.length > CHARACTERS_A_PART) yield* partsOfText(value);
  else if (isShort(value)) yield JSON.stringify(value);
  else if (Array.isArray(value)) yield* partsOfList(value);
  else yield* partsOfObject(value as object);
}

function* partsOfList(list: readonly unknown[]): Generator<string> {
  let before = '[';
  for (const item of list) {
    yield before;
    yield* partsOf(item ?? null);
    before = ',';
  }
  yield ']';
}

function* partsOfObject(object: object): Generator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(name)}:`;
    yield* partsOf(value);
    before = ',';
  }
  yield '}';
}

/** A slice never splits a surrogate pair: JSON escapes a lone half. */
function* partsOfText(text: string): Generator<string> {
  yield '"';
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + CHARACTERS_A_PART, text.length);
    if (isHighSurrogate(text.charCodeAt(to - 1)) && to < text.length) to += 1;
    yield JSON.stringify(text.slice(from, to)).slice(1, -1);
    from = to;
  }
  yield '"';
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code < 0xdc00;

/** Whether a value is spelled quickly. Looks at no more of it than that takes. */
function isShort(value: unknown): boolean {
  let values = 0;
  let characters = 0;
  const fits = (part: unknown): boolean => {
    values += 1;
    if (typeof part === 'string') characters += part.length;
    if (values > VALUES_A_PART || characters > CHARACTERS_A_PART) return false;
    if (typeof part !== 'object' || part === null) return true;
    // Objects with `toJSON`, such as errors and dates.
    if (typeof (part as { toJSON?: unknown }).toJSON === 'function') return true;
    return Array.isArray(part) ? part.every(fits) : Object.values(part).every(fits);
  };
  return fits(value);
}
