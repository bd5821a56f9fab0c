/** A command that a running daemon answers, as the command line offers it. */
import type { CommandArguments, CommandItems, CommandName } from '../engine/api/commands.ts';
import type { Output } from './text/output.ts';

/** The parsed command line: the operand, and the options by name. */
export interface Asked {
  readonly operand: string | undefined;
  /** All operands, of a command that has several. */
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** In commander's notation: `<peer>` is required, `[prefix]` is optional. */
interface Operand {
  readonly usage: string;
  readonly help: string;
  /** The only possible values. */
  readonly choices?: readonly string[];
}

/** In commander's notation: `--peer <peer>` has a value. */
interface OptionRow {
  readonly flags: string;
  readonly help: string;
  /** The only possible values. */
  readonly choices?: readonly string[];
}

export interface ControlRow<C extends CommandName = CommandName> {
  /** Its name on the command line and on the control socket. */
  readonly name: C;
  readonly summary: string;
  readonly operand?: Operand;
  /** The operands behind it. */
  readonly moreOperands?: readonly Operand[];
  readonly options?: readonly OptionRow[];
  /** Options that it does not know are operands: filters may be written as options. */
  readonly takesFilters?: boolean;
  readonly arguments: (asked: Asked) => CommandArguments[C];
  /** Its page may be long, and ends by itself: it is shown in a pager on a terminal. */
  readonly pages?: boolean;
  /** The exit code for an item of the answer; the default is EXIT.ok. */
  readonly exitCode?: (item: CommandItems[C]) => number;
  /** The command that is asked instead, and its page; null: this one. @throws CommandError for a wrong command line */
  readonly variant?: (asked: Asked) => ControlRow | null;
  readonly page: (items: AsyncIterable<CommandItems[C]>, output: Output, asked: Asked) => Promise<void>;
}

export const PEER = { usage: '<peer>', help: 'address of a peer, or its description' };
export const MESSAGE = {
  flags: '--message <text>',
  help: 'text for the operators of the peers, at most 255 octets (RFC 9003)',
};
export const FAMILY = { flags: '--family <family>', help: 'only this address family, such as ipv4-unicast' };

const PAGED: ReadonlySet<CommandName> = new Set(['status', 'explain', 'doctor', 'plan', 'policy test', 'policy diff']);

/** A row for the table of all commands. */
export function row<C extends CommandName>(row: ControlRow<C>): ControlRow {
  const pages = row.pages ?? (row.name.startsWith('show ') || PAGED.has(row.name));
  return { ...row, pages } as unknown as ControlRow;
}

export const none = () => ({});

/** The object without its undefined values. */
export function present<T>(values: { readonly [K in keyof NoInfer<T>]: unknown }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
