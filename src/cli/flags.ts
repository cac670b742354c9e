/** The tables of options as commander's flags, and their values at the time a command runs. */
import { type Command, Option } from 'commander';
import type { OptionTable } from '../options/table.ts';

/** Adds the table's flags. Their texts are read later, together with the environment: see `options/config.ts`. */
export function addOptions(command: Command, table: OptionTable): Command {
  for (const { flags, variable, description, fallback, otherwise, repeatable } of Object.values(table)) {
    if (flags === null) continue;
    const standard = otherwise ?? fallback;
    const notes = [
      ...(standard === null || standard === 'false' ? [] : [`default: ${standard}`]),
      ...(variable === null ? [] : [variable]),
    ];
    const option = new Option(flags, notes.length > 0 ? `${description} (${notes.join('; ')})` : description);
    command.addOption(repeatable ? option.argParser(collect) : option);
  }
  return command;
}

/** For a flag that may be given several times. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** `--json`, the same for all commands whose output a program may read. */
export function addJson(command: Command, what = 'print JSON, for programs'): Command {
  return command.option('--json', what);
}

/** Ends a command's help with lines that can be typed as they are. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  $ ${line}\n`).join('')}`,
  );
}
