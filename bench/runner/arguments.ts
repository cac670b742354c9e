/** The command line of the bench. */
import { parseArgs } from 'node:util';

export interface Arguments {
  /** Names of rows; empty for all of them. */
  rows: readonly string[];
  small: boolean;
  posts: number;
  rounds: number;
  /** Renew the report in docs/PERFORMANCE.md. */
  writeDocs: boolean;
  /** Where JSON, report and plots go. */
  out: string;
}

export const USAGE = `npm run bench -- [options]
  --rows a,b       only these rows
  --small          each thing once and little of it, to see that it works
  --posts N        posts of the large chains (default 100,000)
  --full           the same as --posts 1000000
  --rounds N       how often each way has its turn (default 3)
  --write-docs     put the report into docs/PERFORMANCE.md
  --out DIRECTORY  where JSON, report and plots go (default bench/results)
`;

/** @throws Error with a line for the user. */
export function readArguments(args: readonly string[], known: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '' },
      small: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      posts: { type: 'string' },
      rounds: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      out: { type: 'string', default: 'bench/results' },
    },
  });
  const rows = values.rows.split(',').filter((name) => name !== '');
  const odd = rows.find((name) => !known.includes(name));
  if (odd !== undefined) throw new Error(`there is no row ${odd}; there are ${known.join(', ')}`);
  const { small } = values;
  const posts = values.full ? 1_000_000 : small ? 2_000 : 100_000;
  return {
    rows,
    small,
    posts: values.posts === undefined ? posts : count('--posts', values.posts),
    rounds: values.rounds === undefined ? (small ? 1 : 3) : count('--rounds', values.rounds),
    writeDocs: values['write-docs'],
    out: values.out,
  };
}

function count(name: string, text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new Error(`${name} must be a whole number of at least 1, not ${JSON.stringify(text)}`);
  return value;
}
