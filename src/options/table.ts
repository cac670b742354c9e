/** Tables of options, one row each, and how a row gets its value. */

/** As commander gives them: by the flag's name in camelCase. */
export type Flags = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** What was asked for cannot be done as asked. The message is one line, with the way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An option: its flag, its variable, its default and how its text is read. */
export interface OptionRow<Value> {
  /** As commander writes them; null: a variable only. */
  flags: string | null;
  /** Null: a flag only. */
  variable: string | null;
  description: string;
  /** The default, written as a user would; null: there is none, or it follows from other options. */
  fallback: string | null;
  /** A default that follows from other options, in words. */
  otherwise?: string;
  /** Whether the flag may be given several times: the texts come with commas between them, as in the variable. */
  repeatable?: true;
  /** What the variable holds when others have set it for purposes of their own: it is left alone, with a warning. */
  foreign?: RegExp;
  /** Throws an error whose message goes on after the option's name. */
  parse(text: string): Value;
}

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
