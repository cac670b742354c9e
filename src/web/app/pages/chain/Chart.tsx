/** A row of figures as a picture: one series over block heights, in the page's own colours. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useLanguage } from '../../i18n/language.ts';
import { watchScheme } from '../../lib/scheme.ts';
import { type Numbers, useNumbers } from '../../ui/numbers.ts';

const HEIGHT = 132;

export interface Series {
  /** What the picture shows, for those who do not see it as well. */
  title: string;
  /** What stands under the pointer. */
  say(value: number): string;
  values: readonly number[];
  kind: 'bars' | 'steps' | 'line';
}

interface Props {
  heights: readonly number[];
  series: Series;
  onPick(height: number): void;
}

export function Chart({ heights, series, onPick }: Props) {
  const { locale } = useLanguage();
  const numbers = useNumbers();
  const place = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLOutputElement>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const { title, say, values, kind } = series;
  const last = values.at(-1);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the language decides how figures are written
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const told = (index: number | null | undefined) => {
      const at = index ?? values.length - 1;
      const value = values[at];
      legend.current?.replaceChildren(value === undefined ? '' : `${numbers.whole(heights[at] ?? 0)}: ${say(value)}`);
    };
    const picked = (index: number | null | undefined) => {
      const height = index == null ? undefined : heights[index];
      if (height !== undefined) pick.current(height);
    };
    const plot = new uPlot(
      {
        ...lookOf(kind, numbers),
        width: element.clientWidth,
        hooks: {
          setCursor: [({ cursor }) => told(cursor.idx)],
          ready: [(ready) => ready.over.addEventListener('click', () => picked(ready.cursor.idx))],
        },
      },
      [[...heights], [...values]],
      element,
    );
    return keepFitting(plot, element);
  }, [heights, values, kind, locale]);

  return (
    <figure className="chart">
      <figcaption>
        {title} <output ref={legend}>{last === undefined ? '' : say(last)}</output>
      </figcaption>
      <div ref={place} className="plot" role="img" aria-label={title} />
    </figure>
  );
}

function lookOf(kind: Series['kind'], { whole, compact }: Numbers): Omit<uPlot.Options, 'width'> {
  return {
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    // Half a block on both sides, so that the first and the last bar are whole.
    scales: {
      x: { time: false, range: (_, min, max) => [min - 0.5, max + 0.5] },
      y: { range: (_, min, max) => [Math.min(0, min), max === 0 ? 1 : max * 1.08] },
    },
    axes: [
      axis({ values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? whole(tick) : '')), size: 28 }),
      axis({ values: (_, ticks) => ticks.map(compact), size: 48, space: 36 }),
    ],
    series: [{}, { stroke: colour('--ink'), width: 1.5, points: { show: false }, ...pathsOf(kind) }],
  };
}

/** Follows the width of the place and the colours of the scheme. @returns how to end that, and the plot. */
function keepFitting(plot: uPlot, element: HTMLElement): () => void {
  const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
  resize.observe(element);
  const endWatch = watchScheme(() => plot.redraw());
  return () => {
    resize.disconnect();
    endWatch();
    plot.destroy();
  };
}

/** Read when it is drawn: the colours follow the scheme. */
const colour = (name: string) => () => {
  // The value of the property names the colours of both schemes; only a real element knows which it has.
  const probe = document.body.appendChild(document.createElement('span'));
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};

function axis(own: uPlot.Axis): uPlot.Axis {
  return {
    stroke: colour('--faint'),
    font: '12px "Literata Variable", serif',
    grid: { stroke: colour('--groove'), width: 1 },
    ticks: { show: false },
    ...own,
  };
}

function pathsOf(kind: Series['kind']): Partial<uPlot.Series> {
  if (kind === 'line') return {};
  const { bars, stepped } = uPlot.paths;
  if (kind === 'steps') return stepped ? { paths: stepped({ align: 1 }) } : {};
  return bars ? { paths: bars({ size: [0.7, 24] }), fill: colour('--line'), width: 0 } : {};
}
