/**
 * The plot: one line a finding, on it the median of the rounds as a dot and the worst and best round as a bar, by how many
 * times the goal they are. Right of the line in the middle the goal is reached. The scale is logarithmic: half as good
 * lies as far to the left as twice as good to the right.
 */
import type { Finding } from './row.ts';
import { judge, margin } from './statistics.ts';

interface Group {
  readonly title: string;
  readonly findings: readonly Finding[];
}

const WIDTH = 860;
const LABELS = 430;
const LINE = 20;
const TOP = 34;
/** The margins at the ends of the scale; what lies beyond is drawn at the end. */
const [LEAST, MOST] = [1 / 16, 16];
const MARKS = [1 / 16, 1 / 4, 1 / 2, 1, 2, 4, 16];

export function drawRatios(groups: readonly Group[]): string {
  const parts: string[] = [];
  let y = TOP;
  for (const { title, findings } of groups) {
    const judged = findings.filter(({ goal }) => goal !== null);
    if (judged.length === 0) continue;
    y += LINE;
    parts.push(text(8, y, title, 'class="title"'));
    for (const finding of judged) {
      y += LINE;
      parts.push(drawFinding(finding, y));
    }
  }
  const height = y + LINE;
  const marks = MARKS.map((at) => {
    const line = `<line x1="${x(at)}" x2="${x(at)}" y1="${TOP}" y2="${height - 10}" class="${at === 1 ? 'goal' : 'mark'}"/>`;
    return line + text(x(at), TOP - 8, markText(at), 'text-anchor="middle"');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    '<title>Each finding by how many times its goal it is</title>',
    `<style>text{fill:#222}.title{font-weight:bold}.mark{stroke:#ddd}.goal{stroke:#222}.good{stroke:#2a7d4f;fill:#2a7d4f}`,
    `.bad{stroke:#b3412e;fill:#b3412e}</style><rect width="100%" height="100%" fill="#fff"/>`,
    ...marks,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function drawFinding(finding: Finding, y: number): string {
  const { ours, ratio, reached } = judge(finding);
  const { goal } = finding;
  if (!goal) return '';
  const { median, least, most } = ratio ?? ours;
  const [from, to] = [least, most].map((value) => x(margin(value, goal)));
  const line = `<line x1="${from}" x2="${to}" y1="${y - 4}" y2="${y - 4}" stroke-width="4" opacity="0.4"/>`;
  const dot = `<circle cx="${x(margin(median, goal))}" cy="${y - 4}" r="4"/>`;
  const label = finding.reference ? `${finding.name}, against ${finding.reference.name}` : finding.name;
  return `${text(20, y, label)}<g class="${reached ? 'good' : 'bad'}">${line}${dot}</g>`;
}

function x(times: number): number {
  const share = Math.log(clamp(times) / LEAST) / Math.log(MOST / LEAST);
  return Math.round(LABELS + share * (WIDTH - LABELS - 20));
}

function clamp(times: number): number {
  return Math.min(MOST, Math.max(LEAST, times));
}

function markText(times: number): string {
  if (times === 1) return 'goal';
  return times < 1 ? `1/${1 / times}` : `${times} x`;
}

function text(left: number, y: number, words: string, attributes = ''): string {
  const safe = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${left}" y="${y}" ${attributes}>${safe}</text>`;
}
