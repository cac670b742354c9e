/** Small multiples of quantities over time, as an SVG that needs nothing else. */

export interface Sample {
  /** Since the start. */
  minutes: number;
  values: Readonly<Record<string, number>>;
}

const WIDTH = 360;
const HEIGHT = 120;
const MARGIN = 44;
const COLUMNS = 3;

/** One panel for each quantity, from zero to its most. */
export function drawPlot(samples: readonly Sample[]): string {
  const names = Object.keys(samples[0]?.values ?? {});
  const rows = Math.ceil(names.length / COLUMNS);
  const [width, height] = [COLUMNS * (WIDTH + MARGIN) + MARGIN, rows * (HEIGHT + 2 * MARGIN)];
  const panels = names.map((name, i) => {
    const x = MARGIN + (i % COLUMNS) * (WIDTH + MARGIN);
    const y = MARGIN + Math.floor(i / COLUMNS) * (HEIGHT + 2 * MARGIN);
    return `<g transform="translate(${x} ${y})">${drawPanel(name, samples)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>A node under steady load, over time</title>
<rect width="100%" height="100%" fill="white"/>
${panels.join('\n')}
</svg>
`;
}

function drawPanel(name: string, samples: readonly Sample[]): string {
  const minutes = Math.max(...samples.map((sample) => sample.minutes), 1e-9);
  const most = Math.max(...samples.map(({ values }) => values[name] ?? 0), 1e-9);
  const points = samples.map((sample) => {
    const x = (sample.minutes / minutes) * WIDTH;
    const y = HEIGHT - ((sample.values[name] ?? 0) / most) * HEIGHT;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return `<text y="-8" font-weight="bold">${name}</text>
<path d="M0 0V${HEIGHT}H${WIDTH}" fill="none" stroke="#888"/>
<text x="-4" y="10" text-anchor="end">${shown(most)}</text><text x="-4" y="${HEIGHT}" text-anchor="end">0</text>
<text x="${WIDTH}" y="${HEIGHT + 16}" text-anchor="end">${minutes.toFixed(0)} min</text>
<polyline points="${points.join(' ')}" fill="none" stroke="#1f5faa" stroke-width="1.5"/>`;
}

const shown = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

/** How a quantity has changed: the mean of the last quarter against that of the second, when all is warm. */
export function trendOf(samples: readonly Sample[], name: string): { from: number; to: number; change: number } {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const mean = (part: readonly Sample[]) =>
    part.reduce((sum, { values }) => sum + (values[name] ?? 0), 0) / part.length;
  const from = mean(samples.slice(quarter, 2 * quarter + 1));
  const to = mean(samples.slice(-quarter));
  return { from, to, change: from === 0 ? 0 : to / from - 1 };
}
