/** The command line: its commands, options and exit codes. */
import { Argument, Command, CommanderError, Option } from 'commander';
import { CommandError } from '../engine/api/commands.ts';
import { ControlClientError } from '../io/control/client.ts';
import { printableLines } from '../wire/text.ts';
import { ask } from './ask.ts';
import { CONTROL_ROWS } from './control-commands.ts';
import type { ControlRow } from './control-row.ts';
import { exampleText } from './examples.ts';
import type { Pager } from './pager.ts';
import { Output, ReaderLeft } from './text/output.ts';
import { WATCH_EVENTS } from './watch-commands.ts';

/** 0: done. 1: an error of the daemon, the system or a file. 2: a wrong command line. 3, 4 and 6: see `reload`. */
const EXIT = { ok: 0, error: 1, usage: 2 } as const;

/** The commands that need no running daemon; each returns the exit code. */
interface CliActions {
  /** Runs the daemon until it is stopped. */
  run(configPath: string, warm: boolean): Promise<number>;
  /** Reads a configuration and reports all errors in it. */
  check(configPath: string, asJson: boolean): Promise<number>;
  demo(options: { readonly once?: boolean; readonly loopback?: boolean }): Promise<number>;
}

/** The environment of the command line; a test has its own. */
export interface CliContext {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output is a terminal. */
  readonly terminal: boolean;
  /** Standard error is a terminal, for progress; the default is that of standard output. */
  readonly errorTerminal?: boolean;
  /** Opens the pager of the user; absent or null: none. */
  readonly openPager?: () => Promise<Pager | null>;
  readonly version: string;
}

export const DEFAULT_SOCKET = '/run/reflectord/control.sock';

/**
 * Runs the command line `argv` (without the program's own name).
 * @returns the exit code; errors are written to stderr, never thrown
 */
export async function runCli(argv: readonly string[], context: CliContext, actions: CliActions): Promise<number> {
  const invocation: Invocation = { code: EXIT.ok, context, actions };
  try {
    // `help show rib` is `show rib --help`.
    const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
    await buildProgram(invocation).parseAsync(words, { from: 'user' });
    return invocation.code;
  } catch (error) {
    return exitCodeOf(error, context);
  }
}

/** One run of the command line. */
interface Invocation {
  code: number;
  readonly context: CliContext;
  readonly actions: CliActions;
}

function exitCodeOf(error: unknown, context: CliContext): number {
  if (error instanceof ReaderLeft) return EXIT.ok;
  // Commander has already written its message; help and version are not errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const isPlain = error instanceof ControlClientError || error instanceof CommandError;
  const text = isPlain ? error.message : String((error as Error).stack ?? error);
  context.stderr.write(`reflectord: ${printableLines(text)}\n`);
  // The daemon's own errors arrive as `ControlClientError`: this one is about the words of the command line.
  return error instanceof CommandError ? EXIT.usage : EXIT.error;
}

/** The program with all its commands; the manual and the completion are generated from it. */
export function buildProgram(invocation: Invocation): Command {
  const { context } = invocation;
  const program = new Command('reflectord')
    .description('A standalone BGP route reflector.')
    .version(context.version, '-V, --version', 'print the version')
    .option('--socket <path>', 'control socket of the daemon (or REFLECTORD_SOCKET)', socketOf(context))
    .option('--no-pager', 'never show a long page in a pager (PAGER)')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError('(try --help)')
    .exitOverride();
  addActions(program, invocation);
  const parent = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .copyInheritedSettings(program)
      .helpCommand('help [command]', 'print the help of a command');
  const show = parent('show', 'show the state of the daemon');
  const policy = parent('policy', 'try policies on routes');
  const watch = parent('watch', 'show what happens, live');
  const parents = { show, policy, watch };
  for (const row of CONTROL_ROWS) {
    const [word] = row.name.split(' ') as [keyof typeof parents];
    addControlCommand(row.name.includes(' ') ? parents[word] : program, row, invocation);
  }
  addControlCommand(watch, WATCH_EVENTS, invocation, 'events');
  addExamples(program, '');
  return program;
}

/** To the help of a command and of those below it. */
function addExamples(command: Command, path: string): void {
  command.addHelpText('after', exampleText(path));
  for (const below of command.commands) addExamples(below, `${path} ${below.name()}`.trim());
}

function socketOf(context: CliContext): string {
  return context.env.REFLECTORD_SOCKET || DEFAULT_SOCKET;
}

function addActions(program: Command, invocation: Invocation): void {
  const { actions } = invocation;
  const then = (run: () => Promise<number>) => async () => {
    invocation.code = await run();
  };
  program
    .command('run <config>')
    .description('run the daemon with this configuration, in the foreground')
    .option('--no-warm-up', 'start half a second sooner, and handle the first routes slower')
    .action((config: string, options: { warmUp: boolean }) => then(() => actions.run(config, options.warmUp))());
  program
    .command('check <config>')
    .description('check a configuration and report all errors in it')
    .option('--json', 'print a JSON array instead of text')
    .action((config: string, { json }: { json?: boolean }) => then(() => actions.check(config, json === true))());
  program
    .command('demo')
    .description('run a reflector with two simulated hosts and a switch on this machine')
    .option('--once', 'stop after every route was received by every speaker and one was withdrawn')
    .option('--loopback', 'use loopback addresses only, even as root')
    .action((options: { once?: boolean; loopback?: boolean }) => then(() => actions.demo(options))());
}

/** Pages that end by themselves are shown in a pager. */
function hasPager(row: ControlRow, options: Record<string, unknown>, context: CliContext): boolean {
  return context.terminal && options.pager !== false && row.pages === true && options.follow !== true;
}

/** @param name its last word; the default is that of the row */
function addControlCommand(
  parent: Command,
  row: ControlRow,
  invocation: Invocation,
  name = row.name.split(' ').at(-1)!,
): void {
  const { context } = invocation;
  const command = parent.command(name).description(row.summary);
  for (const { usage, help, choices } of [row.operand ?? [], row.moreOperands ?? []].flat()) {
    const argument = new Argument(usage, help);
    command.addArgument(choices === undefined ? argument : argument.choices(choices));
  }
  for (const { flags, help, choices } of row.options ?? []) {
    const option = new Option(flags, help);
    command.addOption(choices === undefined ? option : option.choices(choices));
  }
  command.option('--json', 'print a JSON array instead of text');
  if (row.takesFilters === true) command.allowUnknownOption();
  command.action(async () => {
    const options = command.optsWithGlobals<Record<string, unknown>>();
    const pager = hasPager(row, options, context) ? ((await context.openPager?.()) ?? null) : null;
    const output = new Output(pager?.input ?? context.stdout, {
      color: context.terminal && !context.env.NO_COLOR,
      progress: (context.errorTerminal ?? context.terminal) ? context.stderr : null,
      redraws: context.terminal && pager === null,
    });
    try {
      const asked = { operand: command.args[0], operands: command.args, options };
      invocation.code = await ask(row, asked, String(options.socket), output);
    } finally {
      await pager?.close();
    }
  });
}
