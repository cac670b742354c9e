/**
 * A mason's mark: the sign by which stonecutters told their work from others'. This one follows from the author's key, so
 * that another key under a like name is seen at a glance.
 */
import { useMemo } from 'react';

/** The corners of the lattice that the strokes run between, in a box of 24. */
const COLUMNS = [5, 12, 19] as const;
const ROWS = [3, 9, 15, 21] as const;

/** A picture made of a public key, to tell keys apart. @param size pixels. */
export function MasonMark({ publicKey, size = 28 }: { publicKey: string; size?: number }) {
  const path = useMemo(() => markOf(publicKey), [publicKey]);
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {/* The light on the lower edges, without a filter: hundreds of those would be slow. */}
      <path className="edge" d={path} transform="translate(0 1)" />
      <path d={path} />
    </svg>
  );
}

/** A stem, and on it strokes to the sides, each chosen by two digits of the key. */
function markOf(publicKey: string): string {
  const digits = [...publicKey.slice(0, 16)].map((digit) => Number.parseInt(digit, 16));
  const strokes = new Set([`M12 ${ROWS[(digits[0] ?? 0) % 2]}V21`]);
  for (let at = 1; strokes.size < 5 && at + 1 < digits.length; at += 2) {
    const [from = 0, to = 0] = digits.slice(at, at + 2);
    const side = COLUMNS[from % 2 === 0 ? 0 : 2];
    const start = ROWS[(from >> 1) % 4];
    const end = ROWS[to % 4];
    strokes.add(`M12 ${start}L${side} ${end}`);
    // Half of the strokes are mirrored: what people made by hand leans to symmetry.
    if (to > 7) strokes.add(`M12 ${start}L${24 - side} ${end}`);
  }
  return [...strokes].join('');
}
