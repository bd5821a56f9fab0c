/**
 * Completion for bash, zsh and fish, made from the program's own commands. All three do the same: find the command that
 * stands on the line so far, and offer its subcommands, its options, and what may stand in its place for an argument.
 * Peers are asked of the running daemon.
 */
import { type CommandNode, commandTree, flatten, type OptionNode, type Values } from './command-tree.ts';

/** Prints the addresses of all peers; what is no address of a peer never reaches the shell. */
const LIST_PEERS = `reflectord show peers --json 2>/dev/null | sed -n 's/^{"address":"\\([0-9A-Za-z.:%_-]*\\)".*/\\1/p'`;

const NOTICE = '# Made by `npm run generate`; do not edit.';

export function renderBash(): string {
  const { nodes, withValue } = readTree();
  const known = nodes.filter(({ path }) => path !== '').map(({ path }) => `' ${path}'`);
  return `# reflectord completion for bash
${NOTICE}

_reflectord_peers() {
  ${LIST_PEERS}
}

_reflectord_offer() {
  case $1 in
    file) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
    peer) mapfile -t COMPREPLY < <(compgen -W "$(_reflectord_peers)" -- "$cur") ;;
    text) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur") ;;
  esac
}

_reflectord() {
  local cur prev words cword
  if declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref -n : cur prev words cword
  else
    words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  fi
  COMPREPLY=()

  local command='' operands=0 i
  for ((i = 1; i < cword; i++)); do
    case \${words[i]} in
      ${withValue.flatMap(({ names }) => names).join(' | ')}) ((i++)) ;;
      -*) ;;
      *)
        case "$command \${words[i]}" in
          ${known.join(' | ')}) command+=" \${words[i]}" ;;
          *) ((operands++)) ;;
        esac
        ;;
    esac
  done

  case $prev in
${withValue.map(({ names, values }) => `    ${names.join(' | ')}) _reflectord_offer ${wordsOf(values)} ;;`).join('\n')}
    *)
      if [[ $cur == -* ]]; then
        case $command in
${nodes.map((node) => `          '${spaced(node.path)}') _reflectord_offer ${optionNames(node)} ;;`).join('\n')}
        esac
      else
        case "$command $operands" in
${places(nodes)
  .map(({ path, place, values }) => `          '${spaced(path)} ${place}') _reflectord_offer ${wordsOf(values)} ;;`)
  .join('\n')}
        esac
      fi
      ;;
  esac
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$cur"; fi
}

complete -F _reflectord reflectord
`;
}

export function renderZsh(): string {
  const { nodes, withValue } = readTree();
  const known = nodes.filter(({ path }) => path !== '').map(({ path }) => `' ${path}'`);
  const described = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([word, help]) => zshWord(`${word.replaceAll(':', '\\:')}:${help}`)).join(' ');
  return `#compdef reflectord
# reflectord completion for zsh
${NOTICE}

_reflectord_peers() {
  ${LIST_PEERS}
}

_reflectord_offer() {
  local -a found
  case $1 in
    file) _files ;;
    peer) found=(\${(f)"$(_reflectord_peers)"}); compadd -a found ;;
    text) ;;
    *) compadd -- "$@" ;;
  esac
}

_reflectord() {
  local command='' operands=0 i
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    case \${words[i]} in
      (${withValue.flatMap(({ names }) => names).join('|')}) ((i++)) ;;
      (-*) ;;
      (*)
        case "$command \${words[i]}" in
          (${known.join('|')}) command+=" \${words[i]}" ;;
          (*) ((operands++)) ;;
        esac
        ;;
    esac
  done

  case \${words[CURRENT - 1]} in
${withValue.map(({ names, values }) => `    (${names.join('|')}) _reflectord_offer ${wordsOf(values)}; return ;;`).join('\n')}
  esac

  if [[ \${words[CURRENT]} == -* ]]; then
    case $command in
${nodes
  .map(({ path, options }) => {
    const words = options.flatMap(({ names, help }) => names.map((name) => [name, help] as const));
    return `      ('${spaced(path)}') offered=(${described(words)}) ;;`;
  })
  .join('\n')}
    esac
    _describe -o option offered
    return
  fi

  case "$command $operands" in
${places(nodes)
  .map(({ path, place, values, commands }) => {
    const offer =
      commands.length > 0
        ? `offered=(${described(commands.map((one) => [nameOf(one), one.summary]))}); _describe command offered`
        : `_reflectord_offer ${wordsOf(values)}`;
    return `    ('${spaced(path)} ${place}') ${offer} ;;`;
  })
  .join('\n')}
  esac
}

if [[ $funcstack[1] == _reflectord ]]; then _reflectord "$@"; else compdef _reflectord reflectord; fi
`;
}

export function renderFish(): string {
  const { nodes, withValue } = readTree();
  const known = nodes.filter(({ path }) => path !== '').map(({ path }) => fishWord(path));
  const lines = nodes.flatMap((node) => [
    ...node.commands.map(
      (one) =>
        `complete -c reflectord -n ${fishWord(`__reflectord_at ${fishWord(node.path)} 0`)} -a ${nameOf(one)} -d ${fishWord(one.summary)}`,
    ),
    ...node.arguments.map(({ values }, place) =>
      fishOffer(`-n ${fishWord(`__reflectord_at ${fishWord(node.path)} ${place}`)}`, values),
    ),
    ...node.options.map(({ names, help, values }) => {
      const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
      const condition = `-n ${fishWord(`__reflectord_at ${fishWord(node.path)}`)} ${flags.join(' ')} -d ${fishWord(help)}`;
      return values === null
        ? `complete -c reflectord ${condition}`
        : fishOffer(`${condition} ${values === 'file' ? '-r' : '-x'}`, values);
    }),
  ]);
  return `# reflectord completion for fish
${NOTICE}

function __reflectord_peers
    ${LIST_PEERS}
end

# Whether the line so far is this command, and has so many arguments (any number, if none is given).
function __reflectord_at
    set -l command
    set -l operands 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case ${withValue.flatMap(({ names }) => names).join(' ')}
                set skip 1
            case '-*'
            case '*'
                if contains -- (string join ' ' $command $word) ${known.join(' ')}
                    set -a command $word
                else
                    set operands (math $operands + 1)
                end
        end
    end
    test "$command" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; or test $operands = $argv[2]
end

complete -c reflectord -f
${lines.filter((line) => line !== '').join('\n')}
`;
}

interface Tree {
  readonly nodes: readonly CommandNode[];
  /** The options that a value follows, each once: an option means the same wherever it is. */
  readonly withValue: readonly (OptionNode & { readonly values: Values })[];
}

function readTree(): Tree {
  const nodes = flatten(commandTree());
  const withValue = new Map<string, OptionNode & { readonly values: Values }>();
  for (const { options } of nodes) {
    for (const { values, ...option } of options) {
      if (values !== null && !withValue.has(option.names.join())) {
        withValue.set(option.names.join(), { ...option, values });
      }
    }
  }
  return { nodes, withValue: [...withValue.values()] };
}

interface Place {
  readonly path: string;
  /** How many arguments stand before it. */
  readonly place: number;
  readonly values: Values;
  readonly commands: readonly CommandNode[];
}

/** Every place for a subcommand or an argument. */
function places(nodes: readonly CommandNode[]): Place[] {
  return nodes.flatMap(({ path, arguments: operands, commands }) => [
    ...(commands.length > 0 ? [{ path, place: 0, values: commands.map(nameOf), commands }] : []),
    ...operands.map(({ values }, place) => ({ path, place, values, commands: [] })),
  ]);
}

function nameOf({ path }: CommandNode): string {
  return path.split(' ').at(-1)!;
}

/** A path as the shells' loops write it: every word with a space before it. */
function spaced(path: string): string {
  return path === '' ? '' : ` ${path}`;
}

function optionNames({ options }: CommandNode): string {
  return options.flatMap(({ names }) => names).join(' ');
}

function wordsOf(values: Values): string {
  return typeof values === 'string' ? values : values.join(' ');
}

/** In single quotes, as the Bourne shells want it. */
function zshWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishWord(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function fishOffer(condition: string, values: Values): string {
  const offered = { file: '-F', peer: "-a '(__reflectord_peers)'", text: '' };
  const offer = typeof values === 'string' ? offered[values] : `-a ${fishWord(values.join(' '))}`;
  return offer === '' && !condition.endsWith(' -x') ? '' : `complete -c reflectord ${condition} ${offer}`.trimEnd();
}
