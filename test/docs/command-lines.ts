/** Command lines of the documentation, checked against the commands that the program has. */
import { type CommandNode, commandTree, flatten, type OptionNode } from '../../src/cli/tools/command-tree.ts';

const program = commandTree();
const paths = new Set(flatten(program).map(({ path }) => path));

/** The calls of reflectord in a line of shell: words of each, without the name of the program. */
export function callsIn(line: string): string[][] {
  return line
    .split(/\|\|?|&&?|;|\$\(|<|>/)
    .map((part) => part.replace(/^[\s$]*(?:(?:sudo|then|do|while|until|if|!|watch -n ?\d+|timeout \d+) +)*/, ''))
    .map((part) => /^(?:reflectord|node dist\/main\.js)(?: +(.*))?$/.exec(part))
    .filter((call) => call !== null)
    .map(([, rest]) => wordsOf((rest ?? '').replace(/\)$/, '')));
}

/** Whether the words are a command without its arguments: prose names commands. */
export function isName(words: readonly string[]): boolean {
  return paths.has(words.join(' '));
}

/** What is wrong with a call, or null: an unknown command, option or value, or too many or few arguments. */
export function problemOf(words: readonly string[]): string | null {
  let node = program;
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word.startsWith('-')) {
      const option = optionOf(node, word);
      if (option === undefined) return `no option ${word} in \`${node.path}\``;
      const value = option.values === null ? null : words[++i];
      if (value === undefined) return `no value of ${word}`;
      if (value !== null && !isValue(option.values, value)) return `${value} is no value of ${word}`;
      continue;
    }
    const below = operands.length === 0 ? node.commands.find(({ path }) => path.split(' ').at(-1) === word) : undefined;
    if (below !== undefined) node = below;
    else operands.push(word);
  }
  return operandProblem(node, operands);
}

function operandProblem(node: CommandNode, operands: readonly string[]): string | null {
  if (node.commands.length > 0) {
    return operands.length > 0 ? `no command \`${node.path} ${operands[0]}\`` : null;
  }
  const { arguments: expected, path } = node;
  const required = expected.filter(({ term }) => term.startsWith('<')).length;
  const several = expected.at(-1)?.term.includes('...') === true;
  if (operands.length < required) return `\`${path}\` has too few arguments`;
  if (operands.length > expected.length && !several) return `\`${path}\` has no argument ${operands.at(-1)}`;
  const wrong = expected.findIndex(({ values }, i) => operands[i] !== undefined && !isValue(values, operands[i]));
  return wrong === -1 ? null : `${operands[wrong]} is no ${expected[wrong]!.term} of \`${path}\``;
}

function optionOf(node: CommandNode, word: string): OptionNode | undefined {
  const name = word.split('=')[0]!;
  return [...node.options, ...program.options].find(({ names }) => names.includes(name));
}

/** A word in capitals stands for any value. */
function isValue(values: OptionNode['values'], word: string): boolean {
  return values === null || typeof values === 'string' || values.includes(word) || /^[A-Z][A-Z-]*$/.test(word);
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, plain]) => double ?? single ?? plain!)
    .filter((word) => word !== '…' && word !== '...');
}
