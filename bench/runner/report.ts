/** The report: JSON for programs, Markdown and plots for people. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawRatios } from './chart.ts';
import type { Machine } from './machine.ts';
import type { Finding, Goal, Row } from './row.ts';
import { judge, type Summary } from './statistics.ts';

export interface RowReport extends Omit<Row, 'run'> {
  readonly findings: readonly Finding[];
  readonly seconds: number;
  /** Why there are no findings. */
  readonly fault: string | null;
}

export interface Report {
  readonly machine: Machine;
  readonly small: boolean;
  readonly rounds: number;
  readonly posts: number;
  readonly rows: readonly RowReport[];
}

const DOCUMENT = fileURLToPath(new URL('../../docs/PERFORMANCE.md', import.meta.url));
const PLOT = 'performance.svg';
const DOCUMENT_PLOT = fileURLToPath(new URL(`../../docs/images/${PLOT}`, import.meta.url));
const [BEGIN, END] = ['<!-- report: written by `npm run bench -- --write-docs` -->', '<!-- end of report -->'];

export function writeReport(report: Report, directory: string, intoDocument: boolean): void {
  writeFileSync(join(directory, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(join(directory, PLOT), drawRatios(report.rows));
  writeFileSync(join(directory, 'report.md'), `# Report\n\n${reportToMarkdown(report, PLOT)}`);
  if (!intoDocument) return;
  writeFileSync(DOCUMENT_PLOT, drawRatios(report.rows));
  const text = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(DOCUMENT, replaceReport(text, reportToMarkdown(report, `images/${PLOT}`)));
}

/** Puts a report in the place of the one that is there. */
export function replaceReport(document: string, report: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error('the document has no place for a report');
  return `${before}${BEGIN}\n\n${report}\n${END}${after}`;
}

export function reportToMarkdown({ machine, small, rounds, posts, rows }: Report, plot: string): string {
  const { date, commit, node, cores, processor, memoryGb, load } = machine;
  const judged = rows.flatMap(({ findings }) => findings).map(judge);
  const reached = judged.filter((verdict) => verdict.reached === true).length;
  const goals = judged.filter((verdict) => verdict.reached !== null).length;
  const lines = [
    `${date} UTC, commit ${commit}, Node ${node}, ${processor} with ${cores} cores, ${memoryGb} GB; load before the run ` +
      `${load.toFixed(2)}. ${rounds} rounds, long chains of ${posts.toLocaleString('en')} posts` +
      `${small ? '; **a small run, which only shows that it works**' : ''}.`,
    '',
    `**${reached} of ${goals} goals reached.**`,
    '',
    `![Each finding by how far it is from its goal](${plot})`,
    '',
    ...rows.flatMap(rowToMarkdown),
  ];
  return lines.join('\n');
}

function rowToMarkdown({ name, title, work, against, findings, seconds, fault }: RowReport): string[] {
  return [
    `### ${title}`,
    '',
    `\`--rows ${name}\`: ${work}. Against ${against}. Took ${seconds.toFixed(0)} s.`,
    '',
    ...(fault === null ? [] : [`**Not measured:** ${fault}`, '']),
    '| | measured | reference | ratio | rounds | goal | |',
    '|---|---:|---:|---:|---|---|---|',
    ...findings.map(findingToMarkdown),
    '',
    ...findings.flatMap(({ note }) => (note === undefined ? [] : [note, ''])),
  ];
}

function findingToMarkdown(finding: Finding): string {
  const { ours, reference, ratio } = judge(finding);
  const cells = [
    finding.name,
    `${figure(ours.median)} ${finding.unit}`,
    reference && finding.reference ? `${figure(reference.median)} (${finding.reference.name})` : '',
    ratio ? figure(ratio.median) : '',
    range(ratio ?? ours),
    finding.goal ? goalText(finding.goal) : '',
    verdictText(finding),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** A finding on one line, for a terminal. */
export function findingLine(finding: Finding): string {
  const { ours, reference, ratio } = judge(finding);
  const beside = reference && finding.reference ? `, ${finding.reference.name} ${figure(reference.median)}` : '';
  const shown = ratio ? `: ratio ${figure(ratio.median)} (${range(ratio)})` : ` (${range(ours)})`;
  const goal = finding.goal ? `, goal ${goalText(finding.goal)}: ${verdictText(finding)}` : '';
  return `${finding.name}: ${figure(ours.median)} ${finding.unit}${beside}${shown}${goal}`;
}

/** Where rounds disagree about the goal, the verdict is the median's, and may be noise. */
function verdictText(finding: Finding): string {
  const { reached, unsure } = judge(finding);
  if (reached === null) return '';
  return `${reached ? 'reached' : 'not reached'}${unsure ? ' (rounds differ: within noise)' : ''}`;
}

function goalText(goal: Goal): string {
  return 'atLeast' in goal ? `at least ${figure(goal.atLeast)}` : `at most ${figure(goal.atMost)}`;
}

function range({ least, most }: Summary): string {
  return `${figure(least)} to ${figure(most)}`;
}

/** Three significant digits; more would be noise. */
export function figure(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
