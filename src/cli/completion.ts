/** `stele completion`: what a shell needs to complete commands, options, their choices and files. */
import { Argument, type Command, type Option } from 'commander';
import type { Context } from './context.ts';
import { addExamples } from './flags.ts';

export function addCompletion(program: Command, { io }: Context): void {
  const command = program
    .command('completion')
    .description('print completions for a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']));
  addExamples(
    command,
    'stele completion bash > ~/.local/share/bash-completion/completions/stele',
    'stele completion zsh > ~/.zfunc/_stele',
  );
  command.action((shell: 'bash' | 'zsh') => void io.stdout.write(SHELLS[shell](placesOf(program, []))));
}

/** The completions for the words after a command. */
interface Place {
  /** Such as `show tip`; empty for the program itself. */
  path: string;
  /** Commands, options and choices, with what they mean. */
  words: { word: string; description: string }[];
  /** Options after which a value comes; files are offered for one. */
  valued: string[];
}

function placesOf(command: Command, path: readonly string[]): Place[] {
  const options = command.options.filter(({ hidden }) => !hidden);
  const commands = command.commands.map((child) => ({ word: child.name(), description: child.description() }));
  const choices = command.registeredArguments.flatMap(({ argChoices = [], description }) =>
    argChoices.map((word) => ({ word, description })),
  );
  const flags = options.flatMap(({ long, description }) => (long ? [{ word: long, description }] : []));
  const help = { word: '--help', description: 'display help for command' };
  const here: Place = {
    path: path.join(' '),
    words: [...commands, ...choices, ...flags, help],
    valued: options.filter(takesValue).flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined)),
  };
  return [here, ...command.commands.flatMap((child) => placesOf(child, [...path, child.name()]))];
}

const takesValue = ({ required, optional }: Option): boolean => required || optional;

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** The words of a command line up to the cursor that name a command; the same in both shells. */
function findPlace(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path !== '').map(({ path }) => `    ${quote(path)}) place=$next ;;`);
  return `    next="\${place:+$place }$word"
    case "$next" in
${known.join('\n')}
    esac`;
}

/** A case of the shell, for the place that the words before the cursor have led to. */
function caseOf({ path, valued }: Place, offerFiles: string, offerWords: string): string {
  const files =
    valued.length > 0 ? `      case "$previous" in ${valued.join('|')}) ${offerFiles}; return ;; esac\n` : '';
  return `    ${quote(path)})\n${files}      ${offerWords} ;;\n`;
}

const SHELLS = { bash, zsh };

function bash(places: readonly Place[]): string {
  const files = 'COMPREPLY=($(compgen -f -- "$current"))';
  const cases = places.map((place) => {
    const words = quote(place.words.map(({ word }) => word).join(' '));
    return caseOf(place, files, `COMPREPLY=($(compgen -W ${words} -- "$current"))`);
  });
  return `# bash completion for stele; made by \`stele completion bash\`
_stele() {
  local place= next word current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${findPlace(places)}
  done
  case "$place" in
${cases.join('')}  esac
  if ((\${#COMPREPLY[@]} == 0)); then ${files}; fi
}
complete -o filenames -F _stele stele
`;
}

function zsh(places: readonly Place[]): string {
  const cases = places.map((place) => {
    const words = place.words.map(({ word, description }) => quote(`${word}:${description}`));
    return caseOf(place, '_files', `offered=(${words.join(' ')})`);
  });
  return `#compdef stele
# zsh completion for stele; made by \`stele completion zsh\`
_stele() {
  local place= next word previous=\${words[CURRENT-1]}
  local -a offered
  for word in "\${words[2,CURRENT-1][@]}"; do
${findPlace(places)}
  done
  case "$place" in
${cases.join('')}  esac
  _describe stele offered
  _files
}
if [ "$funcstack[1]" = "_stele" ]; then _stele "$@"; else compdef _stele stele; fi
`;
}
