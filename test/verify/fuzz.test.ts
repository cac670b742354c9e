/**
 * Spoils receipts in 100,000 ways: none may be accepted, and none may be answered with anything but a refusal. A failure
 * names the seed and the number of the mutation; STELE_FUZZ_SEED=seed runs the same ones again, STELE_FUZZ_COUNT=n others
 * than 100,000.
 */
import { expect, it } from 'vitest';
import { canonicalText } from '../../src/domain/canonical.ts';
import { verifyReceipt } from '../../src/verify/index.ts';
import { RECEIPTS, reasonOf } from './receipts.ts';

const SEED = Number(process.env.STELE_FUZZ_SEED ?? Date.now() % 2 ** 32);
const COUNT = Number(process.env.STELE_FUZZ_COUNT ?? 100_000);
/** What any answer may take. */
const MOST_MS = 50;

type Dice = (sides: number) => number;

/** A row of dice that is the same for the same seed (mulberry32). */
function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const pick = <Item>(dice: Dice, items: readonly Item[]): Item => items[dice(items.length)] as Item;

const ODD_BYTES = [
  0x00, 0x09, 0x0a, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x5b, 0x5c, 0x5d, 0x65, 0x7b, 0x7d, 0x80, 0xff,
];

/** Changes of the file's bytes. */
const BYTE_CHANGES: ((bytes: Uint8Array, dice: Dice) => Uint8Array)[] = [
  // A bit.
  (bytes, dice) => {
    const at = dice(bytes.length);
    return bytes.with(at, (bytes[at] as number) ^ (1 << dice(8)));
  },
  // A byte.
  (bytes, dice) => bytes.with(dice(bytes.length), dice(2) ? dice(256) : pick(dice, ODD_BYTES)),
  // A byte more.
  (bytes, dice) => {
    const at = dice(bytes.length + 1);
    return joined(bytes.subarray(0, at), Uint8Array.of(pick(dice, ODD_BYTES)), bytes.subarray(at));
  },
  // Some bytes less.
  (bytes, dice) => {
    const at = dice(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + dice(dice(2) ? 4 : bytes.length)));
  },
  // A piece again, elsewhere.
  (bytes, dice) => {
    const from = dice(bytes.length);
    const at = dice(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(from, from + 1 + dice(400)), bytes.subarray(at));
  },
  // Two bytes exchanged.
  (bytes, dice) => {
    const at = dice(bytes.length - 1);
    return bytes.with(at, bytes[at + 1] as number).with(at + 1, bytes[at] as number);
  },
];

type Holder = Record<string, unknown> | unknown[];

const ODD_VALUES: unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  1e300,
  '',
  '0',
  [],
  {},
  [[]],
  [null],
];

/** Changes of one value; the text stays canonical, so that the checks behind that one are reached. */
const VALUE_CHANGES: ((holder: Holder, key: string, dice: Dice, others: readonly unknown[]) => void)[] = [
  (holder, key, dice) => put(holder, key, structuredClone(pick(dice, ODD_VALUES))),
  (holder, key, dice, others) => put(holder, key, structuredClone(pick(dice, others))),
  (holder, key) => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
  (holder, key, dice, others) =>
    Array.isArray(holder)
      ? holder.splice(Number(key), 0, structuredClone(pick(dice, others)))
      : put(holder, `${key}${dice(10)}`, holder[key]),
  (holder, key, dice) => put(holder, key, nudged(get(holder, key), dice)),
  (holder, key, dice) => put(holder, key, nudged(get(holder, key), dice)),
  (holder) => Array.isArray(holder) && holder.reverse(),
];

/** A value of the same type, next to this one. */
function nudged(value: unknown, dice: Dice): unknown {
  if (typeof value === 'number') return value + pick(dice, [-1, 1, 2 ** dice(33), -(2 ** dice(33))]);
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return value.length > 0 ? value.slice(dice(2), value.length - dice(2)) : [''];
  if (typeof value !== 'string' || value.length === 0) return 'ff'.repeat(32);
  const at = dice(value.length);
  const digit = /^[0-9a-f]+$/.test(value) ? pick(dice, [...'0123456789abcdef']) : String.fromCharCode(32 + dice(95));
  return value.slice(0, at) + digit + value.slice(at + 1);
}

function get(holder: Holder, key: string): unknown {
  return (holder as Record<string, unknown>)[key];
}

function put(holder: Holder, key: string, value: unknown): void {
  (holder as Record<string, unknown>)[key] = value;
}

function placesOf(value: unknown): [Holder, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [value as Holder, key] as [Holder, string],
    ...placesOf(inner),
  ]);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const TEXTS = RECEIPTS.valid.map(({ text }) => text);
const VALUES = TEXTS.flatMap((text) => placesOf(JSON.parse(text)).map(([holder, key]) => get(holder, key)));
const BYTES = TEXTS.map((text) => new TextEncoder().encode(text));

/** Without its content a receipt is still true of its statement: that is no forgery, and a vector of its own. */
const WITHHELD = TEXTS.map((text) => {
  const receipt = JSON.parse(text);
  return canonicalText({ ...receipt, transaction: { ...receipt.transaction, content: null, salt: null } });
});
const TRUE_TEXTS = new Set([...TEXTS.map((text) => text.trimEnd()), ...WITHHELD]);

function mutation(number: number): Uint8Array {
  const dice = diceOf(SEED + Math.imul(number, 0x9e3779b1));
  const which = dice(TEXTS.length);
  if (dice(2) === 0) {
    let bytes = BYTES[which] as Uint8Array;
    for (let left = 1 + dice(3); left > 0 && bytes.length > 1; left--) bytes = pick(dice, BYTE_CHANGES)(bytes, dice);
    return bytes;
  }
  const receipt = JSON.parse(TEXTS[which] as string);
  for (let left = 1 + dice(2); left > 0; left--) {
    const places = placesOf(receipt);
    if (places.length > 0) pick(dice, VALUE_CHANGES)(...pick(dice, places), dice, VALUES);
  }
  return new TextEncoder().encode(spell(receipt));
}

/** A half of a surrogate pair has no canonical form. */
function spell(value: unknown): string {
  try {
    return canonicalText(value);
  } catch {
    return JSON.stringify(value);
  }
}

/** Whether the change left the text one that is true: nothing changed, or a line feed at the end. */
function isTrue(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('utf8');
  return TRUE_TEXTS.has(text.endsWith('\n') ? text.slice(0, -1) : text);
}

async function timed(bytes: Uint8Array): Promise<{ reason: string | null; took: number }> {
  const start = performance.now();
  const reason = await reasonOf(() => verifyReceipt(bytes));
  return { reason, took: performance.now() - start };
}

it(`${COUNT} mutations, seed ${SEED}: none accepted, none crashes, none is slow`, { timeout: 600_000 }, async () => {
  const reasons = new Map<string, number>();
  let slowest = { number: -1, took: 0 };
  let spoilt = 0;
  for (const text of TEXTS) await timed(new TextEncoder().encode(text));
  for (let number = 0; number < COUNT; number++) {
    const bytes = mutation(number);
    if (isTrue(bytes)) continue;
    spoilt += 1;
    let { reason, took } = await timed(bytes).catch((error) => {
      throw new Error(`mutation ${number} of seed ${SEED} crashes`, { cause: error });
    });
    expect(reason, `mutation ${number} of seed ${SEED}`).not.toBeNull();
    reasons.set(String(reason), (reasons.get(String(reason)) ?? 0) + 1);
    // A busy machine or a collection of garbage makes any of them slow now and then; a slow one is slow again.
    for (let again = 0; took > slowest.took && again < 10; again++) took = Math.min(took, (await timed(bytes)).took);
    if (took > slowest.took) slowest = { number, took };
  }
  const table = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${reason} ${count}`);
  process.stdout.write(
    `fuzz: seed ${SEED}, ${spoilt} of ${COUNT} texts differ, all refused; the slowest took ${slowest.took.toFixed(1)} ms ` +
      `(mutation ${slowest.number})\n  ${table.join(', ')}\n`,
  );
  expect(spoilt).toBeGreaterThan(COUNT * 0.9);
  expect(slowest.took, `mutation ${slowest.number} of seed ${SEED}`).toBeLessThanOrEqual(MOST_MS);
});
