import { describe, expect, it } from 'vitest';
import { readArguments } from '../../bench/runner/arguments.ts';
import { drawRatios } from '../../bench/runner/chart.ts';
import { figure, findingLine, type Report, replaceReport, reportToMarkdown } from '../../bench/runner/report.ts';
import type { Finding } from '../../bench/runner/row.ts';

const FAST: Finding = {
  name: 'fast <thing>',
  unit: 'posts/s',
  ours: [3_000, 2_000, 4_000],
  reference: { name: 'peer', values: [1_000, 1_000, 1_000] },
  goal: { atLeast: 2 },
};
const SLOW: Finding = { name: 'slow', unit: 'ms', ours: [90, 40, 80], reference: null, goal: { atMost: 50 } };

const REPORT: Report = {
  machine: {
    date: '2026-11-22T12:00',
    commit: 'abc',
    version: '0.1.0',
    node: 'v20.19.0',
    cores: 2,
    processor: 'a processor',
    memoryGb: 8,
    load: 0.1,
  },
  small: false,
  rounds: 3,
  posts: 100_000,
  rows: [
    { name: 'row', title: 'A row', work: 'work', against: 'peer', findings: [FAST, SLOW], fault: null, seconds: 12 },
  ],
};

describe('the report', () => {
  it('has for each finding its value, its reference, and whether the goal is reached', () => {
    expect(findingLine(FAST)).toBe(
      'fast <thing>: 3,000 posts/s, peer 1,000: ratio 3 (2 to 4), goal at least 2: reached',
    );
    expect(findingLine(SLOW)).toBe(
      'slow: 80 ms (40 to 90), goal at most 50: not reached (rounds differ: within noise)',
    );
  });

  it('counts the goals and has a line for each finding', () => {
    const text = reportToMarkdown(REPORT, 'plot.svg');
    expect(text).toContain('**1 of 2 goals reached.**');
    expect(text).toContain(
      '| slow | 80 ms |  |  | 40 to 90 | at most 50 | not reached (rounds differ: within noise) |',
    );
    expect(text).not.toContain('small run');
    expect(reportToMarkdown({ ...REPORT, small: true }, 'plot.svg')).toContain('small run');
  });

  it('says why a row was not measured', () => {
    const [row] = REPORT.rows;
    const broken = { ...REPORT, rows: row ? [{ ...row, findings: [], fault: 'the relay fell over' }] : [] };
    expect(reportToMarkdown(broken, 'plot.svg')).toContain('**Not measured:** the relay fell over');
  });

  it('takes the place of the one before, and leaves the rest of the document as it is', () => {
    const first = replaceReport(
      'before\n<!-- report: written by `npm run bench -- --write-docs` -->\nold\n<!-- end of report -->\nafter',
      'new',
    );
    expect(first).toMatch(/^before\n.*new.*\nafter$/s);
    expect(first).not.toContain('old');
    expect(replaceReport(first, 'newer')).toMatch(/newer/);
    expect(() => replaceReport('no place', 'new')).toThrow(/no place/);
  });

  it('rounds to significant digits', () => {
    expect([1234.5, 123.4, 12.345, 0.0123456].map(figure)).toEqual(['1,235', '123', '12.3', '0.0123']);
  });
});

describe('the plot', () => {
  it('has one dot for each goal, reached ones right of the line and others left of it', () => {
    const svg = drawRatios(REPORT.rows);
    const goal = Number(/<line x1="(\d+)"[^>]*class="goal"/.exec(svg)?.[1]);
    const dots = [...svg.matchAll(/class="(good|bad)"><line[^>]*><circle cx="(\d+)"/g)];
    expect(dots.map(([, kind, at]) => [kind, Number(at) > goal])).toEqual([
      ['good', true],
      ['bad', false],
    ]);
    expect(svg).toContain('fast &lt;thing>');
  });
});

describe('the command line', () => {
  it('chooses rows and sizes', () => {
    expect(readArguments([], ['a', 'b'])).toMatchObject({ rows: [], small: false, posts: 100_000, rounds: 3 });
    expect(readArguments(['--rows', 'b', '--small'], ['a', 'b'])).toMatchObject({
      rows: ['b'],
      small: true,
      rounds: 1,
    });
    expect(readArguments(['--full'], ['a'])).toMatchObject({ posts: 1_000_000 });
    expect(readArguments(['--full', '--posts', '7'], ['a'])).toMatchObject({ posts: 7 });
  });

  it('refuses unknown rows and invalid numbers', () => {
    expect(() => readArguments(['--rows', 'c'], ['a', 'b'])).toThrow('there is no row c; there are a, b');
    expect(() => readArguments(['--posts', '0'], ['a'])).toThrow(/--posts/);
  });
});
