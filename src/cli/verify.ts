/** `stele verify`: every rule, checked again over the stored chain. */
import type { Command } from 'commander';
import { dataOptions, type Flags } from '../config.ts';
import { DATA_OPTIONS } from '../options.ts';
import { type Context, print } from './context.ts';
import { Failure } from './failure.ts';
import { addExamples, addJson, addOptions } from './options.ts';
import type { AuditReport } from './ports.ts';
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
  const { faults, moved } = report;
  if (moved) throw new Failure('The chain was reorganised meanwhile: verify again.');
  if (faults.length > 0) throw new Failure(`${count(faults.length, 'fault')}: do not trust this data directory.`);
}

async function audit({ io, dependencies }: Context, flags: Flags): Promise<AuditReport> {
  const ledger = await dependencies.openLedger({ ...dataOptions(flags, io.environment), readonly: true });
  try {
    const { genesis, verify } = ledger;
    const store = ledger.store.chain;
    const progress = startProgress(io, 'Verifying', (await store.tip()).height);
    const now = Math.floor(dependencies.now() / 1000);
    try {
      return await dependencies.auditChain({ store, genesis, verify, now, onProgress: progress.update });
    } finally {
      progress.stop();
    }
  } finally {
    await ledger.close();
  }
}

function describe({ blocks, transactions, contentsMissing, tip, faults }: AuditReport): string {
  const lines = faults.map(({ height, reason, message }) => `block ${height}  ${reason}  ${visible(message)}`);
  const hidden = contentsMissing > 0 ? `, ${count(contentsMissing, 'content')} not here` : '';
  const checked = `${count(blocks, 'block')} and ${count(transactions, 'post')}${hidden}, up to ${tip.hash}`;
  return [...lines, faults.length > 0 ? `Checked ${checked}.` : `Every rule holds over ${checked}.`, ''].join('\n');
}
