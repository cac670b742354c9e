/**
 * What a name looks like to people. Two names that look alike are not both let into this node's pool. Policy only, but
 * skeletons are stored with the names on the chain, so no character counts that Unicode has assigned since the tables.
 */
import unhomoglyph from 'unhomoglyph';
import { has } from './characters.ts';

const SPACES = /\s+/gu;
const BLANK_BRAILLE = 0x2800;

/**
 * The skeleton: compatibility forms, case, invisible characters and confusable ones (Unicode TR 39) taken out, and the
 * letters i and l made the same, because capitals make them so ("IAN", "lan"). Names with one skeleton may be alike:
 * {@link isLookalike} tells. Empty for a name that shows nothing.
 */
export function skeleton(name: string): string {
  return unhomoglyph(unhomoglyph(visible(name).normalize('NFD')).toLowerCase())
    .toLowerCase()
    .replaceAll('i', 'l')
    .normalize('NFC');
}

/** Whether two names with one skeleton look the same: drawn as they are, or in any case. So Maria is no lookalike of Marla. */
export function isLookalike(one: string, other: string): boolean {
  return one !== other && (drawn(one) === drawn(other) || folded(one) === folded(other));
}

/** The name as it is drawn: "Ian" and "lan" are the same. */
function drawn(name: string): string {
  return unhomoglyph(unhomoglyph(visible(name).normalize('NFD'))).normalize('NFC');
}

/** The name without case: "MARIA" and "Maria" are the same, but an I is not an l. */
function folded(name: string): string {
  const letters = visible(name).normalize('NFD').replaceAll('I', 'i');
  return unhomoglyph(unhomoglyph(letters).toLowerCase()).toLowerCase().normalize('NFC');
}

/** The name in compatibility form, without invisible characters. */
function visible(name: string): string {
  const shown = Array.from(name).filter((character) => !isInvisible(character.codePointAt(0) as number));
  return runsOf(shown)
    .map(({ text, isKnown }) => (isKnown ? text.normalize('NFKC') : text))
    .join('')
    .replace(SPACES, ' ')
    .trim();
}

function isInvisible(point: number): boolean {
  return has('ignorable', point) || has('format', point) || has('control', point) || point === BLANK_BRAILLE;
}

/** Characters that the tables know, and others, in turns: runtimes differ in how they normalise the others. */
function runsOf(characters: readonly string[]): { text: string; isKnown: boolean }[] {
  const runs: { text: string; isKnown: boolean }[] = [];
  for (const character of characters) {
    const isKnown = !has('unassigned', character.codePointAt(0) as number);
    const last = runs.at(-1);
    if (last?.isKnown === isKnown) last.text += character;
    else runs.push({ text: character, isKnown });
  }
  return runs;
}

/** Whether a text shows anything at all. */
export function isBlank(text: string): boolean {
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    if (!isInvisible(point) && !has('whiteSpace', point)) return false;
  }
  return true;
}
