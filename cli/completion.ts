import { PyiError } from '../protocol/errors.ts';
import { shortId } from '../protocol/ids.ts';
import { safe } from '../protocol/text.ts';
import { converse } from './call.ts';
import type { Services } from './call.ts';
import { CCPM_COMMANDS } from './ccpm/words.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import type { AnyVerb, Candidates } from './verb.ts';
import { EXTRA_WORDS, VERBS, VERB_WORDS } from './verbs/table.ts';

/** How many checkpoints a shell is offered. */
const OFFERED_CHECKPOINTS = 50;

/** `pyi completion SHELL`, and `pyi completion --candidates KIND` for the scripts that it prints. */
export async function runCompletion(args: readonly string[], terminal: Terminal, services: Services): Promise<number> {
  const [first, second] = args;
  if (first === '--candidates') {
    await print(terminal.stdout, (await candidates(second, terminal, services)).map((line) => `${line}\n`).join(''));
    return 0;
  }
  if (first === '--help' || first === '-h') return (await import('./help.ts')).runExtraHelp('completion', [], terminal);
  const scripts: Readonly<Record<string, () => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };
  const script = first !== undefined && Object.hasOwn(scripts, first) ? scripts[first] : undefined;
  if (script === undefined || second !== undefined) throw new UsageError('pyi completion needs the name of a shell.', 'One of bash, zsh, fish.');
  await print(terminal.stdout, script());
  return 0;
}

/** Names that exist in the repository. A Tab starts no server and prints no error. */
async function candidates(kind: string | undefined, terminal: Terminal, services: Services): Promise<string[]> {
  try {
    return await converse(terminal, services, false, async ({ client, signal }) => {
      const repository = terminal.cwd;
      const forks = kind === 'forks' || kind === 'states' ? await client.call('forks', { repository }, { signal }) : [];
      const timeline = kind === 'checkpoints' || kind === 'states' ? await client.call('timeline', { repository, limit: OFFERED_CHECKPOINTS }, { signal }) : [];
      return [...forks.map(({ name }) => name).filter((name) => safe(name) === name), ...timeline.map(({ checkpoint }) => shortId(checkpoint))];
    });
  } catch (error) {
    if (PyiError.is(error)) return [];
    throw error;
  }
}

interface Completed {
  readonly choices?: readonly string[];
  readonly candidates?: Candidates;
}

/** The words for one place, as an argument of `compgen` or the shell's own function. */
function bashWords({ choices, candidates: kind }: Completed): string {
  if (choices !== undefined) return `words='${choices.join(' ')}'`;
  if (kind === 'files') return 'COMPREPLY=( $(compgen -f -- "$cur") ); return';
  if (kind === 'directories') return 'COMPREPLY=( $(compgen -d -- "$cur") ); return';
  return kind === undefined ? 'return' : `words=$(pyi completion --candidates ${kind} 2>/dev/null)`;
}

function flagNames(option: AnyVerb['options'][number]): string[] {
  return option.short === undefined ? [`--${option.flag}`] : [`--${option.flag}`, `-${option.short}`];
}

function bashVerb(verb: AnyVerb): string {
  const flags = [...verb.options.flatMap(flagNames), '--json', '--help'].join(' ');
  const valued = verb.options.filter(({ kind }) => kind !== 'flag')
    .map((option) => `        ${flagNames(option).join('|')}) ${bashWords(option)} ;;`);
  const place = verb.positionals[0];
  return `    ${verb.word})
      case "$prev" in
${[...valued, `        *) if [ "\${cur#-}" != "$cur" ]; then words='${flags}'; else ${place === undefined ? `words='${flags}'` : bashWords(place)}; fi ;;`].join('\n')}
      esac ;;`;
}

/** For bash, and for zsh through its bashcompinit. */
function bashScript(): string {
  const verbs = Object.values(VERBS);
  return `# Completion of pyi for bash. Load it with: source <(pyi completion bash)
_pyi() {
  local cur prev word verb words i
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  verb=''
  words=''
  i=1
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[i]}"
    if [ "$word" = -C ]; then i=$((i + 2)); continue; fi
    verb="$word"
    break
  done
  COMPREPLY=()
  case "$verb" in
    '') words='${[...verbs.map(({ word }) => word), ...Object.keys(EXTRA_WORDS)].join(' ')}' ;;
${verbs.map(bashVerb).join('\n')}
    serve) words='--socket --stdio --foreground --json --help' ;;
    ccpm) words='${Object.keys(CCPM_COMMANDS).join(' ')} --json --help' ;;
    claude) words='install uninstall status --user --json --help' ;;
    completion) words='bash zsh fish' ;;
    help) words='${verbs.map(({ word }) => word).join(' ')}' ;;
    *) COMPREPLY=( $(compgen -f -- "$cur") ); return ;;
  esac
  COMPREPLY=( $(compgen -W "$words" -- "$cur") )
}
complete -F _pyi pyi
`;
}

function zshScript(): string {
  return `#compdef pyi
# Completion of pyi for zsh. Load it with: source <(pyi completion zsh)
autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${bashScript().split('\n').slice(1).join('\n')}`;
}

function fishArguments({ choices, candidates: kind }: Completed): string {
  if (choices !== undefined) return ` -a '${choices.join(' ')}'`;
  if (kind === 'files') return ' -F';
  if (kind === 'directories') return " -a '(__fish_complete_directories)'";
  return kind === undefined ? '' : ` -a '(pyi completion --candidates ${kind} 2>/dev/null)'`;
}

function fishVerb(verb: AnyVerb): string[] {
  const condition = `-n '__pyi_verb ${verb.word}'`;
  return [
    ...verb.options.map((option) => `complete -c pyi ${condition} -l ${option.flag}${option.short === undefined ? '' : ` -s ${option.short}`}${option.kind === 'flag' ? '' : ' -r'}${fishArguments(option)}`),
    ...verb.positionals.slice(0, 1).map((place) => `complete -c pyi ${condition}${fishArguments(place)}`),
    `complete -c pyi ${condition} -l json`,
    `complete -c pyi ${condition} -l help`,
  ];
}

function fishScript(): string {
  const words = [...VERB_WORDS, ...Object.keys(EXTRA_WORDS)];
  return `# Completion of pyi for fish. Load it with: pyi completion fish | source
function __pyi_word
  set -l words (commandline -opc)
  set -e words[1]
  while test "$words[1]" = -C
    set -e words[1 2]
  end
  echo $words[1]
end
function __pyi_verb
  set -l word (__pyi_word)
  test "$word" = "$argv[1]"
end
complete -c pyi -f
complete -c pyi -n '__pyi_verb ""' -a '${words.join(' ')}'
${Object.values(VERBS).flatMap(fishVerb).join('\n')}
complete -c pyi -n '__pyi_verb serve' -l socket -r -F
complete -c pyi -n '__pyi_verb serve' -l stdio
complete -c pyi -n '__pyi_verb serve' -l foreground
complete -c pyi -n '__pyi_verb ccpm' -a '${Object.keys(CCPM_COMMANDS).join(' ')}' -l json
complete -c pyi -n '__pyi_verb claude' -a 'install uninstall status'
complete -c pyi -n '__pyi_verb claude' -l user
complete -c pyi -n '__pyi_verb claude' -l json
complete -c pyi -n '__pyi_verb completion' -a 'bash zsh fish'
complete -c pyi -n '__pyi_verb help' -a '${VERB_WORDS.join(' ')}'
`;
}
