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
let stretches: Stretches | null = null;

/** Code points in a row that are used in the same scripts: where each row begins, in order, and its scripts. */
interface Stretches {
  begins: readonly number[];
  scripts: readonly (readonly Script[])[];
}

/** Whether a code point has a property. */
export function has(property: Property, codePoint: number): boolean {
  let known = edges.get(property);
  if (!known) {
    known = decode(PROPERTIES[property]);
    edges.set(property, known);
  }
  return placeIn(known, codePoint) % 2 === 1;
}

/** The scripts that a code point is used in. */
export function scriptsOf(codePoint: number): readonly Script[] {
  stretches ??= cutIntoStretches();
  return stretches.scripts[placeIn(stretches.begins, codePoint) - 1] ?? [];
}

/** One table of all scripts: to look into each script's own takes a hundred times as long. */
function cutIntoStretches(): Stretches {
  const known = (Object.keys(SCRIPTS) as Script[]).map((script) => ({ script, edges: decode(SCRIPTS[script]) }));
  const changes = known.flatMap(({ script, edges }) => edges.map((at) => ({ at, script })));
  const begins: number[] = [];
  const scripts: Script[][] = [];
  const used = new Set<Script>();
  for (const { at, script } of changes.sort((a, b) => a.at - b.at)) {
    if (!used.delete(script)) used.add(script);
    if (begins.at(-1) !== at) begins.push(at);
    scripts[begins.length - 1] = [...used].sort();
  }
  return { begins, scripts };
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

/** How many of the sorted numbers are not above this one. */
function placeIn(sorted: readonly number[], codePoint: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= codePoint) low = middle + 1;
    else high = middle;
  }
  return low;
}
