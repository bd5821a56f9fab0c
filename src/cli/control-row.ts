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

export interface ControlRow<C extends CommandName = CommandName> {
  /** Its name on the command line and on the control socket. */
  readonly name: C;
  readonly summary: string;
  /** In commander's notation: `<peer>` is required, `[prefix]` is optional. */
  readonly operand?: { readonly usage: string; readonly help: string };
  /** Further operands. */
  readonly more?: readonly { readonly usage: string; readonly help: string }[];
  readonly options?: readonly { readonly flags: string; readonly help: string }[];
  readonly arguments: (asked: Asked) => CommandArguments[C];
  /** The exit code for an item of the answer; the default is EXIT.ok. */
  readonly exitCode?: (item: CommandItems[C]) => number;
  readonly page: (items: AsyncIterable<CommandItems[C]>, output: Output, asked: Asked) => Promise<void>;
}

export const PEER = { usage: '<peer>', help: 'address of a peer, or its description' };
export const MESSAGE = {
  flags: '--message <text>',
  help: 'text for the operators of the peers, at most 255 octets (RFC 9003)',
};
export const FAMILY = { flags: '--family <family>', help: 'only this address family, such as ipv4-unicast' };

/** A row for the table of all commands. */
export function row<C extends CommandName>(row: ControlRow<C>): ControlRow {
  return row as unknown as ControlRow;
}

export const none = () => ({});

/** The object without its undefined values. */
export function present<T>(values: { readonly [K in keyof NoInfer<T>]: unknown }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
