/**
 * Spoils receipts in 15,000 ways, in CI in 100,000, and listings in a tenth of that: none may be accepted, and none may
 * be answered with anything but a refusal. A failure names the seed and the number of the mutation; STELE_FUZZ_SEED=seed
 * runs the same ones again, STELE_FUZZ_COUNT=n others than 15,000.
 */
import { expect, it } from 'vitest';
import { canonicalText } from '../../src/domain/canonical.ts';
import { verifyListing, verifyReceipt } from '../../src/verify/index.ts';
import { LISTINGS, RECEIPTS, reasonOf } from './receipts.ts';

const SEED = Number(process.env.STELE_FUZZ_SEED ?? Date.now() % 2 ** 32);
const COUNT = Number(process.env.STELE_FUZZ_COUNT ?? 15_000);
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

interface Subject {
  name: string;
  /** Valid ones. */
  texts: readonly string[];
  verify(bytes: Uint8Array, text: string): Promise<unknown>;
  /** Whether what a text was changed into is true still: then to accept it is no fault. */
  isTrue(changed: string): boolean;
  count: number;
}

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

const encoder = new TextEncoder();
const TEXTS = RECEIPTS.valid.map(({ text }) => text);
const LISTING_TEXTS = LISTINGS.valid.map(({ text }) => text);
const VALUES = [...TEXTS, ...LISTING_TEXTS].flatMap((text) =>
  placesOf(JSON.parse(text)).map(([holder, key]) => get(holder, key)),
);

/** Without its content a receipt is still true of its statement: that is no forgery, and a vector of its own. */
const WITHHELD = TEXTS.map((text) => {
  const receipt = JSON.parse(text);
  return canonicalText({ ...receipt, transaction: { ...receipt.transaction, content: null, salt: null } });
});
const TRUE_RECEIPTS = new Set([...TEXTS.map((text) => text.trimEnd()), ...WITHHELD]);

interface Listing {
  query: { publicKey?: string; topic?: string };
  headers: string[];
  blocks: {
    statement: { publicKey: string; topics: string[] };
    content?: string;
    salt?: string;
    signature: string;
  }[][];
}

/**
 * What a listing says of its chain, whatever it was asked for: contents may be withheld, another question has another
 * answer, and its last blocks may count as those on top.
 */
function chainOf(listing: Listing): string {
  const bare = listing.blocks.map((posts) => posts.map(({ statement, signature }) => ({ statement, signature })));
  return canonicalText({ ...listing, query: null, blocks: bare.slice(0, 1) });
}

/** Of each listing, the same from a later block on: anyone can make that of it (docs/PROTOCOL.md, 13). */
function shorterOf(listing: Listing): Listing[] {
  const { blocks, headers } = listing;
  const later = blocks.map((_, from) => ({ ...listing, blocks: blocks.slice(from), headers: headers.slice(from) }));
  return [listing, ...later];
}

const TRUE_CHAINS = new Set(LISTING_TEXTS.flatMap((text) => shorterOf(JSON.parse(text)).map(chainOf)));
const TRUE_POSTS = new Set(
  LISTING_TEXTS.flatMap((text) => (JSON.parse(text) as Listing).blocks.flat()).map((post) => canonicalText(post)),
);

/** Posts that match stand there as in one of the vectors, or without their content; the others with no word of it. */
function isTrueListing(text: string): boolean {
  const listing = JSON.parse(text) as Listing;
  const { publicKey, topic } = listing.query;
  const isTruePost = (post: Listing['blocks'][number][number]) => {
    const { statement, signature, content } = post;
    const matches = topic === undefined ? statement.publicKey === publicKey : statement.topics.includes(topic);
    const bare = { statement, signature };
    if (!matches) return canonicalText(post) === canonicalText(bare);
    return (
      TRUE_POSTS.has(canonicalText(post)) ||
      (content === null && canonicalText({ ...bare, content, salt: null }) === canonicalText(post))
    );
  };
  return TRUE_CHAINS.has(chainOf(listing)) && listing.blocks.flat().every(isTruePost);
}

const networks = new Map(LISTING_TEXTS.map((text) => [text, JSON.parse(text).network.genesis as string]));
const networkOf = (listing: string) => networks.get(listing);

const SUBJECTS: Subject[] = [
  {
    name: 'receipts',
    texts: TEXTS,
    verify: (bytes) => verifyReceipt(bytes),
    isTrue: (changed) => TRUE_RECEIPTS.has(changed.endsWith('\n') ? changed.slice(0, -1) : changed),
    count: COUNT,
  },
  {
    name: 'listings',
    texts: LISTING_TEXTS,
    // Blocks without posts are of no network but the one that is meant: see docs/PROTOCOL.md.
    verify: (bytes, original) => verifyListing(bytes, { network: networkOf(original) }),
    isTrue: isTrueListing,
    count: Math.ceil(COUNT / 10),
  },
];

function mutation(subject: Subject, number: number): { original: string; bytes: Uint8Array } {
  const dice = diceOf(SEED + Math.imul(number, 0x9e3779b1));
  const original = pick(dice, subject.texts);
  if (dice(2) === 0) {
    let bytes: Uint8Array = encoder.encode(original);
    for (let left = 1 + dice(3); left > 0 && bytes.length > 1; left--) bytes = pick(dice, BYTE_CHANGES)(bytes, dice);
    return { original, bytes };
  }
  const proof = JSON.parse(original);
  for (let left = 1 + dice(2); left > 0; left--) {
    const places = placesOf(proof);
    if (places.length > 0) pick(dice, VALUE_CHANGES)(...pick(dice, places), dice, VALUES);
  }
  // Fields keep their order, so this is canonical where the original was; unlike a full spelling it takes no time.
  return { original, bytes: encoder.encode(JSON.stringify(proof)) };
}

/** Milliseconds of CPU, threads included: other work on the machine must not count. */
async function timed(work: () => Promise<unknown>): Promise<{ reason: string | null; took: number }> {
  const start = process.cpuUsage();
  const reason = await reasonOf(work);
  const { user, system } = process.cpuUsage(start);
  return { reason, took: (user + system) / 1_000 };
}

it.each(SUBJECTS)(
  `$count mutated $name, seed ${SEED}: none accepted, none crashes, none is slow`,
  async (subject) => {
    const { name, texts, count, verify, isTrue } = subject;
    const reasons = new Map<string, number>();
    let slowest = { number: -1, took: 0 };
    let refused = 0;
    for (const text of texts) expect((await timed(() => verify(encoder.encode(text), text))).reason).toBeNull();
    for (let number = 0; number < count; number++) {
      const { original, bytes } = mutation(subject, number);
      const judge = () =>
        timed(() => verify(bytes, original)).catch((error) => {
          throw new Error(`mutation ${number} of seed ${SEED} crashes`, { cause: error });
        });
      let { reason, took } = await judge();
      // A collection of garbage makes any of them slow now and then; a slow one is slow again.
      for (let again = 0; took > slowest.took && again < 10; again++) took = Math.min(took, (await judge()).took);
      if (took > slowest.took) slowest = { number, took };
      if (reason === null && isTrue(Buffer.from(bytes).toString('utf8'))) continue;
      // Said by hand: a hundred thousand expectations take longer than what they expect.
      if (reason === null) throw new Error(`mutation ${number} of seed ${SEED} is accepted`);
      refused += 1;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    const table = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, times]) => `${reason} ${times}`);
    process.stdout.write(
      `fuzz: seed ${SEED}, ${refused} of ${count} ${name} differ, all refused; the slowest took ` +
        `${slowest.took.toFixed(1)} ms (mutation ${slowest.number})\n  ${table.join(', ')}\n`,
    );
    expect(refused).toBeGreaterThan(count * 0.9);
    expect(slowest.took, `mutation ${slowest.number} of seed ${SEED}`).toBeLessThanOrEqual(MOST_MS);
  },
  600_000,
);
