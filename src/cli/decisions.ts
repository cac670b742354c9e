/**
 * The operator's decisions in an export: lines of their own before the blocks, so that an import knows of them before it
 * takes the posts that they are about.
 */
import { isHex, isIntegerIn } from '../domain/bytes.ts';
import { Failure } from './failure.ts';
import type { Line } from './lines.ts';
import type { AdoptedDecision, Ledger } from './ports.ts';
import { toJson } from './text.ts';

/** Decisions read at once. */
const PAGE = 500;
/** The longest reason, in characters, as the API bounds it. */
const MAX_REASON = 500;
const LATEST = 8.64e15;

/** All decisions as lines, oldest first. */
export async function* decisionLines({ reader }: Ledger['store']): AsyncGenerator<string> {
  let after: number | null = null;
  const pages: AdoptedDecision[][] = [];
  do {
    const { items, more } = await reader.decisions({ limit: PAGE, fromEnd: false, after, before: null });
    pages.unshift(items.map(({ seq: _, ...decision }) => decision).reverse());
    after = more ? (items.at(-1)?.seq ?? null) : null;
  } while (after !== null);
  for (const decision of pages.flat()) yield `${toJson({ decision })}\n`;
}

/**
 * Takes the decisions out of the lines of an export.
 * @param adopt told of them before the lines that come after them are given on.
 * @throws Failure for a line that looks like a decision and is none.
 */
export async function* takeDecisions(
  source: AsyncIterable<Line>,
  adopt: (decisions: readonly AdoptedDecision[]) => Promise<void>,
): AsyncGenerator<Line> {
  let waiting: AdoptedDecision[] = [];
  const flush = async () => {
    if (waiting.length > 0) await adopt(waiting);
    waiting = [];
  };
  for await (const line of source) {
    const decision = readDecision(line);
    if (decision) waiting.push(decision);
    else await flush();
    if (waiting.length >= PAGE) await flush();
    if (!decision) yield line;
  }
  await flush();
}

const START = Buffer.from('{"decision":');

function readDecision({ number, bytes }: Line): AdoptedDecision | null {
  if (!bytes.subarray(0, START.length).equals(START)) return null;
  let decision: Partial<AdoptedDecision> | null = null;
  try {
    decision = (JSON.parse(bytes.toString()) as { decision: Partial<AdoptedDecision> | null }).decision;
  } catch {
    // The line is reported below, like JSON that is no decision.
  }
  const { id, action, reason, erased, at } = decision ?? {};
  const isOne =
    isHex(id, 32) &&
    (action === 'withhold' || action === 'restore') &&
    typeof reason === 'string' &&
    reason.length <= MAX_REASON &&
    typeof erased === 'boolean' &&
    isIntegerIn(at, 0, LATEST);
  if (!isOne) throw new Failure(`Line ${number}: it begins like a decision of an operator, and is none.`);
  return { id, action, reason, erased, at };
}
