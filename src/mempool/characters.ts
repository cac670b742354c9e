/**
 * What is known of characters, from Unicode's data in one version. Whatever is stored, or compared with what is stored,
 * asks here and not the runtime, whose tables grow with each version.
 */
import { PROPERTIES, SCRIPTS } from './unicodeTables.ts';

type Property = keyof typeof PROPERTIES;
export type Script = keyof typeof SCRIPTS;

/** Sorted, without overlaps: at even places the first code point of a range, behind it the first one after the range. */
type Edges = readonly number[];

const edges = new Map<Property, Edges>();
let scripts: [Script, Edges][] | null = null;

/** Whether a code point has a property. */
export function has(property: Property, codePoint: number): boolean {
  const known = edges.get(property) ?? decode(PROPERTIES[property]);
  edges.set(property, known);
  return isWithin(known, codePoint);
}

/** The scripts that a code point is used in. */
export function scriptsOf(codePoint: number): Script[] {
  scripts ??= (Object.keys(SCRIPTS) as Script[]).map((script) => [script, decode(SCRIPTS[script])]);
  return scripts.filter(([, known]) => isWithin(known, codePoint)).map(([script]) => script);
}

function decode(ranges: string): Edges {
  let at = 0;
  return ranges.split(',').flatMap((range) => {
    const [gap, length] = range.split(' ').map((digits) => Number.parseInt(digits, 36)) as [number, number];
    const begin = at + gap;
    at = begin + length;
    return [begin, at];
  });
}

function isWithin(known: Edges, codePoint: number): boolean {
  let [low, high] = [0, known.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((known[middle] as number) <= codePoint) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}
