/** The commands for operating the daemon: one row each. */
import type { Caller, CommandArguments, CommandItems } from '../../engine/api/commands.ts';
import type { OperatorItems } from '../../engine/api/operator-commands.ts';
import { showEvents } from './events.ts';
import type { CommandTarget } from './target.ts';

type Rows = {
  readonly [C in keyof OperatorItems]: (
    daemon: CommandTarget,
    args: CommandArguments[C],
    caller: Caller | null,
    signal: AbortSignal,
  ) => Iterable<CommandItems[C] | undefined> | AsyncIterable<CommandItems[C] | undefined>;
};

export const OPERATOR_COMMANDS: Rows = {
  'show events': (daemon, query, _caller, signal) =>
    showEvents(daemon.history, query, daemon.engine.clock.wallMs(), signal),
};
