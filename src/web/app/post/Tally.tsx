/** Confirmations as tally marks, in fives with the fifth across; from ten on the number beside them says it alone. */
const MOST = 10;

export function Tally({ count }: { count: number }) {
  if (count < 1 || count > MOST) return null;
  const strokes = Array.from({ length: count }, (_, index) =>
    index % 5 === 4 ? `M${x(index - 4) - 2} 11L${x(index - 1) + 2} 3` : `M${x(index)} 2V12`,
  );
  return (
    <svg className="tally" width={x(count) + 2} height="14" aria-hidden="true" focusable="false">
      <path d={strokes.join('')} />
    </svg>
  );
}

/** The fifth stroke takes no room of its own. */
const x = (index: number) => 3 + (index - Math.floor(index / 5)) * 4 + Math.floor(index / 5) * 3;
