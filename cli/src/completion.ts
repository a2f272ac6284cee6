import { Argument, type Command } from 'commander';
import { withExamples } from './gateway-command.js';

const shells = ['bash', 'zsh'] as const;

/** `wharf completion bash | zsh`. */
export function addCompletionCommand(program: Command): void {
  const command = program
    .command('completion')
    .description('Prints what makes a shell complete the words of wharf')
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: (typeof shells)[number]) => {
      process.stdout.write(shell === 'bash' ? bashScript(program) : zshScript(program));
    });
  withExamples(command, 'source <(wharf completion bash)', 'wharf completion zsh > ~/.zfunc/_wharf');
}

/** What may follow each command, by its words. */
export function completionsOf(command: Command, path: readonly string[] = []): Map<string, string[]> {
  const options = [...command.options, command.createHelp().visibleOptions(command)].flat();
  const flags = new Set(options.flatMap(({ long }) => (long ? [long] : [])));
  const own = [...command.commands.map((each) => each.name()), ...flags];
  const deeper = command.commands.flatMap((each) => [...completionsOf(each, [...path, each.name()])]);
  return new Map([[path.join(' '), own], ...deeper]);
}

/** Files where no word fits: what most commands take besides. */
function bashScript(program: Command): string {
  const cases = [...completionsOf(program)].map(([path, words]) => `    '${path}') words='${words.join(' ')}' ;;`);
  return `_wharf() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) continue ;; esac
    case "\${path:+$path }$word" in ${groupsOf(program)}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _wharf wharf
`;
}

function groupsOf(program: Command): string {
  return [...completionsOf(program).keys()]
    .filter((path) => path !== '')
    .map((path) => `'${path}'`)
    .join('|');
}

function zshScript(program: Command): string {
  return `#compdef wharf
autoload -U +X bashcompinit && bashcompinit
${bashScript(program)}`;
}
