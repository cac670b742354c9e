/**
 * Which new names this node lets in: those that people can read and tell apart. Policy only; the protocol knows bytes.
 * After Unicode TR 39: no characters that are unassigned, private or meant for programs, joiners only where they are
 * written, and no mixture of scripts beyond what names of one language need ("moderately restrictive").
 */
import { has, type Script, scriptsOf } from './characters.ts';
import { PolicyError } from './policyError.ts';

const ZERO_WIDTH_NON_JOINER = 0x200c;
const ZERO_WIDTH_JOINER = 0x200d;
const EMOJI_VARIATION = 0xfe0f;

/** Scripts that one name may have together: those of Japanese, Chinese and Korean, each with Latin. */
const TOGETHER: readonly ReadonlySet<Script>[] = [
  new Set<Script>(['Latin', 'Han', 'Hiragana', 'Katakana']),
  new Set<Script>(['Latin', 'Han', 'Bopomofo']),
  new Set<Script>(['Latin', 'Han', 'Hangul']),
];
/** Scripts whose letters look like Latin ones, and so must not stand beside those. */
const LIKE_LATIN: readonly Script[] = ['Cyrillic', 'Greek', 'Cherokee', 'Coptic', 'Armenian', 'Lisu'];
/** Scripts of characters that go with any other. */
const NEUTRAL: ReadonlySet<Script> = new Set<Script>(['Common', 'Inherited']);

/** @throws PolicyError `name-unreadable`, `name-mixed-scripts`. */
export function checkNewName(name: string): void {
  const points = Array.from(name, (character) => character.codePointAt(0) as number);
  const odd = points.findIndex((_, at) => !isReadable(points, at));
  if (odd >= 0) throw unreadable(`character ${odd + 1} (${hex(points[odd] as number)}) is none that people can read`);
  const [first, last] = [points[0], points.at(-1)];
  if ([first, last].some((point) => point !== undefined && has('whiteSpace', point)))
    throw unreadable('blanks stand at its beginning or end');
  if (!points.some(isLetterOrDigit)) throw unreadable('it has no letter and no digit');
  const scripts = mixOf(points);
  if (scripts) throw new PolicyError('name-mixed-scripts', `the name mixes letters of ${scripts.join(' and ')}`);
}

function isReadable(points: readonly number[], at: number): boolean {
  const point = points[at] as number;
  if (point === ZERO_WIDTH_NON_JOINER || point === ZERO_WIDTH_JOINER) return isJoinerAllowed(points, at);
  if (point === EMOJI_VARIATION) return has('emoji', points[at - 1] ?? 0);
  const hidden = ['unassigned', 'privateUse', 'noncharacter', 'control', 'format', 'bidiControl', 'ignorable'] as const;
  return !hidden.some((property) => has(property, point));
}

/** CONTEXTJ of RFC 5892, appendix A.1 and A.2, and the joiner within emoji. */
function isJoinerAllowed(points: readonly number[], at: number): boolean {
  const before = points[at - 1];
  if (before === undefined) return false;
  if (has('virama', before)) return true;
  if (points[at] === ZERO_WIDTH_JOINER) return joinsEmoji(points, at);
  const left = nearest(points, at, -1);
  const right = nearest(points, at, 1);
  const joinsOn = (point: number) => has('joinsLeft', point) || has('joinsBoth', point);
  const isJoined = (point: number) => has('joinsRight', point) || has('joinsBoth', point);
  return left !== undefined && right !== undefined && joinsOn(left) && isJoined(right);
}

/** A zero-width joiner is allowed between two emoji, the first with an optional skin tone or variation selector. */
function joinsEmoji(points: readonly number[], at: number): boolean {
  const isMark = (point: number) => point === EMOJI_VARIATION || (point >= 0x1f3fb && point <= 0x1f3ff);
  const before = isMark(points[at - 1] ?? 0) ? points[at - 2] : points[at - 1];
  return has('pictographic', before ?? 0) && has('pictographic', points[at + 1] ?? 0);
}

/** The next character in a direction that takes part in joining. */
function nearest(points: readonly number[], from: number, step: 1 | -1): number | undefined {
  let at = from + step;
  while (has('transparent', points[at] ?? 0)) at += step;
  return points[at];
}

function isLetterOrDigit(point: number): boolean {
  return has('letter', point) || has('decimal', point);
}

/** The scripts that a name mixes and must not; null when there are none. */
function mixOf(points: readonly number[]): Script[] | null {
  const used = points
    .filter((point) => has('letter', point) || has('mark', point))
    .map((point) => scriptsOf(point).filter((script) => !NEUTRAL.has(script)))
    .filter((scripts) => scripts.length > 0);
  const all = [...new Set(used.flat())];
  const covers = (set: ReadonlySet<Script>) => used.every((scripts) => scripts.some((script) => set.has(script)));
  if (all.some((script) => covers(new Set([script])))) return null;
  if (TOGETHER.some(covers)) return null;
  const withLatin = all.filter((script) => !LIKE_LATIN.includes(script));
  if (withLatin.some((script) => covers(new Set<Script>(['Latin', script])))) return null;
  return [...new Set(used.map(([script]) => script as Script))];
}

function unreadable(why: string): PolicyError {
  return new PolicyError('name-unreadable', `this name cannot be told from others: ${why}`);
}

function hex(point: number): string {
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
}
