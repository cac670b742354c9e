/**
 * Simulates networks in trouble, one for each seed, and says which of them went wrong: npm run simulate -- --help
 */
import { parseArgs } from 'node:util';
import { simulate, type Verdict } from '../test/peers/simulation/simulate.ts';

const HELP = `npm run simulate -- [--from SEED] [--seeds COUNT] [--log]

Simulates a small network in trouble for each seed (default: 1,000 from 0), and names the seeds whose honest nodes did not
agree in the end. --log shows all that happened in each.
`;

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '0' },
    seeds: { type: 'string', default: '1000' },
    log: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const print = (text: string) => process.stdout.write(`${text}\n`);

async function run(first: number, count: number): Promise<void> {
  const verdicts: Omit<Verdict, 'log'>[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const { log, ...verdict } = await simulate(seed);
    verdicts.push(verdict);
    if (values.log) print(log.join('\n'));
    for (const fault of verdict.faults) print(`seed ${seed}: ${fault}`);
    if (verdicts.length % 1_000 === 0) print(`${verdicts.length} worlds`);
  }
  summarise(verdicts);
}

function summarise(verdicts: readonly Omit<Verdict, 'log'>[]): void {
  const failed = verdicts.filter(({ faults }) => faults.length > 0);
  const waits = verdicts.map(({ agreedAfter }) => agreedAfter / 1_000).sort((a, b) => a - b);
  const share = (part: number) => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))];
  const { user, system } = process.cpuUsage();
  const each = (user + system) / 1_000 / verdicts.length;
  print(`${verdicts.length} worlds, ${failed.length} went wrong; ${each.toFixed(1)} ms of CPU each`);
  print(`after the healing they agreed within ${share(0.5)} s (half), ${share(0.99)} s (99 %), ${share(1)} s (all)`);
  if (failed.length > 0) process.exitCode = 1;
}

if (values.help) print(HELP);
else await run(Number(values.from), Number(values.seeds));
