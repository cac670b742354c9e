import { describe, expect, it } from 'vitest';
import { drawPlot, trendOf } from '../../scripts/soak/plot.ts';

const samples = Array.from({ length: 40 }, (_, i) => ({ minutes: i, values: { flat: 7, rising: i } }));

describe('a plot', () => {
  it('has a line for each quantity, with a point for each sample, inside its panel', () => {
    const svg = drawPlot(samples);
    const lines = [...svg.matchAll(/points="([^"]*)"/g)].map(([, points = '']) => points.split(' '));
    expect(lines.map(({ length }) => length)).toEqual([40, 40]);
    for (const [x, y] of lines.flat().map((point) => point.split(',').map(Number)) as [number, number][]) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(360);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(120);
    }
  });
});

describe('a trend', () => {
  it('is absent where nothing grows', () => expect(trendOf(samples, 'flat')).toEqual({ from: 7, to: 7, change: 0 }));

  it('is reported where something grows', () => expect(trendOf(samples, 'rising').change).toBeGreaterThan(1));
});
