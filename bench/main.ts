/**
 * The measurements of the table in docs/PERFORMANCE.md, each beside its reference in the same run: `npm run bench`.
 * `--help` tells the options.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accept } from './rows/accept.ts';
import { archive } from './rows/archive.ts';
import { connect } from './rows/connect.ts';
import { copy } from './rows/copy.ts';
import { joining } from './rows/joining.ts';
import { kernel } from './rows/kernel.ts';
import { live } from './rows/live.ts';
import { mining } from './rows/mining.ts';
import { page } from './rows/page.ts';
import { prices } from './rows/prices.ts';
import { reading } from './rows/reading.ts';
import { reorganise } from './rows/reorganise.ts';
import { search } from './rows/search.ts';
import { serve } from './rows/serve.ts';
import { signatures } from './rows/signatures.ts';
import { startup } from './rows/startup.ts';
import { sync } from './rows/sync.ts';
import { type Arguments, readArguments, USAGE } from './runner/arguments.ts';
import { describeMachine } from './runner/machine.ts';
import { findingLine, type Report, type RowReport, writeReport } from './runner/report.ts';
import type { Bench, Finding, Row } from './runner/row.ts';
import { createChains } from './support/chains.ts';

/** In the order of the table. */
const ROWS: readonly Row[] = [
  kernel,
  mining,
  signatures,
  accept,
  connect,
  sync,
  joining,
  archive,
  copy,
  reading,
  search,
  live,
  serve,
  reorganise,
  startup,
  page,
  prices,
];

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(args: Arguments): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'stele-bench-'));
  const machine = describeMachine();
  const rows: RowReport[] = [];
  try {
    const chains = createChains(directory, (line) => say(`  ${line}`));
    const chosen = ROWS.filter(({ name }) => args.rows.length === 0 || args.rows.includes(name));
    for (const row of chosen) rows.push(await runRow(row, { ...args, directory, chains }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const report: Report = { machine, small: args.small, rounds: args.rounds, posts: args.posts, rows };
  mkdirSync(args.out, { recursive: true });
  writeReport(report, args.out, args.writeDocs);
  say(`\nreport: ${join(args.out, 'report.md')}`);
  if (rows.some(({ fault }) => fault !== null)) process.exitCode = 1;
}

interface Shared extends Pick<Arguments, 'small' | 'rounds' | 'posts'>, Pick<Bench, 'chains'> {
  directory: string;
}

async function runRow(row: Row, { directory, ...shared }: Shared): Promise<RowReport> {
  say(`\n${row.title} (${row.name}): ${row.work}`);
  const undo: (() => unknown)[] = [];
  const own = mkdtempSync(join(directory, `${row.name}-`));
  const started = performance.now();
  try {
    const findings = await row.run({
      ...shared,
      directory: () => mkdtempSync(join(own, 'd-')),
      onEnd: (step) => undo.push(step),
      amount: (normal, small) => (shared.small ? small : normal),
      say: (line) => say(`  ${line}`),
    });
    for (const finding of findings) say(`  ${findingLine(finding)}`);
    return reportOf(row, started, findings, null);
  } catch (error) {
    // The other rows can be measured all the same.
    const fault = error instanceof Error ? error.message : String(error);
    say(`  not measured: ${fault}`);
    return reportOf(row, started, [], fault);
  } finally {
    for (const step of undo.reverse()) await step();
    rmSync(own, { recursive: true, force: true });
  }
}

function reportOf(row: Row, started: number, findings: Finding[], fault: string | null): RowReport {
  const { name, title, work, against } = row;
  return { name, title, work, against, findings, fault, seconds: (performance.now() - started) / 1000 };
}

if (process.argv.includes('--help')) {
  process.stdout.write(USAGE);
} else {
  await main(
    readArguments(
      process.argv.slice(2),
      ROWS.map(({ name }) => name),
    ),
  );
}
