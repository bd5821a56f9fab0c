/** The commands as plain data, read from the program; the manual and the completion are generated from it. */
import type { Argument, Command, Option } from 'commander';
import { examplesOf } from '../examples.ts';
import { buildProgram } from '../program.ts';

/** The possible values at a place of the command line: fixed words, or values that the shell or the daemon can list. */
export type Values = 'file' | 'peer' | 'text' | readonly string[];

interface ArgumentNode {
  /** In the notation of the usage: `<peer>`, `[prefix]`. */
  readonly term: string;
  readonly help: string;
  readonly values: Values;
}

export interface OptionNode {
  /** In the notation of the help: `-h, --help`, `--peer <peer>`. */
  readonly term: string;
  /** `-h` and `--help`. */
  readonly names: readonly string[];
  readonly help: string;
  /** The values of the option; null: it has none. */
  readonly values: Values | null;
}

export interface CommandNode {
  /** Words after the name of the program, such as `show peers`; '' for the program itself. */
  readonly path: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentNode[];
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
  /** As they are typed. */
  readonly examples: readonly string[];
}

/** The tree of the program and all its commands. */
export function commandTree(): CommandNode {
  const nothing = () => Promise.resolve(0);
  const program = buildProgram({
    code: 0,
    context: { stdout: process.stdout, stderr: process.stderr, env: {}, terminal: false, version: '' },
    actions: { run: nothing, check: nothing, demo: nothing },
  });
  return nodeOf(program, '');
}

/** A command and all its subcommands, in the order of the help. */
export function flatten(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(flatten)];
}

function nodeOf(command: Command, path: string): CommandNode {
  const help = command.createHelp();
  return {
    path,
    summary: command.description(),
    arguments: command.registeredArguments.map((argument) => ({
      term: usageOf(argument),
      help: argument.description,
      values: valuesOf(argument.argChoices, argument.name()),
    })),
    options: help.visibleOptions(command).map((option) => ({
      term: help.optionTerm(option),
      names: [option.short, option.long].filter((name) => typeof name === 'string'),
      help: help.optionDescription(option),
      values: takesValue(option) ? valuesOf(option.argChoices, option.attributeName()) : null,
    })),
    examples: examplesOf(path),
    // The subcommand that commander adds is not needed: there is --help.
    commands: command.commands.map((one) => nodeOf(one, `${path} ${one.name()}`.trim())),
  };
}

function usageOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

/** The values by the name of an argument; an unknown name is free text. */
function valuesOf(choices: readonly string[] | undefined, name: string): Values {
  if (choices !== undefined) return choices;
  if (/^(config|file|socket|path)$/i.test(name)) return 'file';
  return name === 'peer' ? 'peer' : 'text';
}
