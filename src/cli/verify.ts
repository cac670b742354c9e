/** `stele verify`: every rule, checked again over the stored chain. */
import type { Command } from 'commander';
import type { AuditReport } from '../chain/ports.ts';
import { MAX_FUTURE_SECONDS } from '../domain/block.ts';
import { DATA_OPTIONS } from '../options/client.ts';
import { dataOptions } from '../options/config.ts';
import type { Flags } from '../options/table.ts';
import { type Context, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson, addOptions } from './flags.ts';
import { shownTime } from './posts.ts';
import { startProgress } from './progress.ts';
import { count, visible } from './text.ts';

export function addVerify(program: Command, context: Context): void {
  const command = program
    .command('verify')
    .description('check every rule again over the stored chain; exit code 1 when anything is wrong');
  addExamples(addJson(addOptions(command, DATA_OPTIONS)), 'stele verify', 'stele verify --network dev --json');
  command.action((flags: Flags) => verify(context, flags));
}

async function verify(context: Context, flags: Flags): Promise<void> {
  const report = await audit(context, flags);
  print(context, flags, report, describe);
  const { faults, storage, moved } = report;
  if (moved) throw new Failure('The chain was reorganised meanwhile: verify again.');
  const found = faults.length + storage.length;
  if (found > 0) throw new Failure(`${count(found, 'fault')}: do not trust this data directory.`);
}

/** What the audit of the chain found, and what the store found wrong with its files. */
interface Report extends AuditReport {
  storage: string[];
}

async function audit(context: Context, flags: Flags): Promise<Report> {
  const { io, dependencies } = context;
  const ledger = await dependencies.openLedger({ ...dataOptions(flags, io.environment), readonly: true });
  try {
    const { genesis, verify } = ledger;
    const store = ledger.store.chain;
    const storage = [...ledger.store.check()];
    try {
      const { height, header } = await store.tip();
      const progress = startProgress(io, 'Verifying', height);
      const now = judgedAt(context, header.time);
      try {
        const report = await dependencies.auditChain({ store, genesis, verify, now, onProgress: progress.update });
        return { ...report, storage };
      } finally {
        progress.stop();
      }
    } catch (error) {
      // In a malformed database, not even the tip may be readable.
      if (storage.length === 0) throw error;
      throw new Failure(`${storage.join('; ')}: do not trust this data directory.`);
    }
  } finally {
    await ledger.close();
  }
}

/**
 * The time by which blocks are judged: a clock that is behind the chain says nothing about the chain, which was taken when
 * the clock was right.
 */
function judgedAt({ io, dependencies }: Context, tipTime: number): number {
  const clock = Math.floor(dependencies.now() / 1000);
  if (clock + MAX_FUTURE_SECONDS >= tipTime) return clock;
  io.stderr.write(
    `The clock of this machine is behind the chain, whose last block is of ${shownTime(tipTime * 1000)}: set the clock.\n`,
  );
  return tipTime;
}

function describe({ blocks, transactions, contentsMissing, tip, faults, storage }: Report): string {
  const lines = [
    ...storage.map((line) => `database  ${visible(line)}`),
    ...faults.map(({ height, reason, message }) => `block ${height}  ${reason}  ${visible(message)}`),
  ];
  const hidden = contentsMissing > 0 ? `, ${count(contentsMissing, 'content')} not here` : '';
  const checked = `${count(blocks, 'block')} and ${count(transactions, 'post')}${hidden}, up to ${tip.hash}`;
  return [...lines, lines.length > 0 ? `Checked ${checked}.` : `Every rule holds over ${checked}.`, ''].join('\n');
}
