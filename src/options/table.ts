/** Tables of options, one row each, and how a row gets its value. */

/** The flags as commander gives them: by name in camelCase. */
export type Flags = Readonly<Record<string, unknown>>;
/** Variables of the environment by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The command cannot be run as it was typed. The message is one line, with the way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An option: its flag, its variable, its default and how its text is read. */
interface OptionRow<Value> {
  /** The flag in commander's notation, such as `--port <number>`; null: the option has a variable only. */
  flags: string | null;
  /** The environment variable; null: the option has a flag only. */
  variable: string | null;
  description: string;
  /** The default, written as a user would; null: there is none, or it follows from other options. */
  fallback: string | null;
  /** A default that follows from other options, in words. */
  otherwise?: string;
  /** Whether the flag may be given several times: the texts come with commas between them, as in the variable. */
  repeatable?: true;
  /** Matches a variable that another program has set for purposes of its own: that value is ignored, with a warning. */
  foreign?: RegExp;
  /** Throws an error whose message goes on after the option's name. */
  parse(text: string): Value;
}

/** Options by the flag's name in camelCase. */
export type OptionTable = Readonly<Record<string, OptionRow<unknown>>>;

type Values<Table extends OptionTable> = {
  [Key in keyof Table]: ReturnType<Table[Key]['parse']> | (Table[Key]['fallback'] extends null ? null : never);
};

/** @throws UsageError naming the flag or variable whose value is no good. */
export function readTable<Table extends OptionTable>(
  table: Table,
  flags: Flags,
  environment: Environment,
  warn: (line: string) => void = () => {},
): Values<Table> {
  const values = Object.entries(table).map(([key, row]) => [key, readRow(row, flags[key], environment, warn)]);
  return Object.fromEntries(values) as Values<Table>;
}

function readRow(
  row: OptionRow<unknown>,
  flag: unknown,
  environment: Environment,
  warn: (line: string) => void,
): unknown {
  const set = row.variable === null ? '' : (environment[row.variable] ?? '');
  const isForeign = row.foreign?.test(set) ?? false;
  if (isForeign && flag === undefined)
    warn(`${row.variable}: ${JSON.stringify(set)} is not meant for this program, and ignored`);
  const variable = isForeign ? '' : set;
  const text = flag !== undefined ? String(flag) : variable !== '' ? variable : row.fallback;
  if (text === null) return null;
  try {
    return row.parse(text);
  } catch (error) {
    const name = flag !== undefined ? row.flags?.split(' ')[0] : row.variable;
    throw new UsageError(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
