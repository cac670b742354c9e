/** A command that takes text for text: `post alice "-5 degrees"` names no option. */
import { Command } from 'commander';

export class TextCommand extends Command {
  override createCommand(name?: string): Command {
    return new TextCommand(name);
  }

  /** Words with a space in them, and numbers, are no misspelt options: they stay the arguments that they are. */
  override parseOptions(words: string[]): ReturnType<Command['parseOptions']> {
    const { operands, unknown } = super.parseOptions(words);
    if (this.commands.length > 0 || unknown.some(isOption)) return { operands, unknown };
    return { operands: [...operands, ...unknown], unknown: [] };
  }
}

function isOption(word: string): boolean {
  return /^-./.test(word) && !/^-[\d.]|\s/.test(word);
}
