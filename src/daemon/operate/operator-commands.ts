/** The commands for operating the daemon: one row each. */
import type { Caller, CommandArguments, CommandItems } from '../../engine/api/commands.ts';
import type { OperatorItems } from '../../engine/api/operator-commands.ts';
import { showEvents } from './events.ts';
import { checkedMessage, clear, disable, enable, reset } from './sessions.ts';
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
  reset: (daemon, { message, ...which }, caller, signal) =>
    reset(daemon, which, checkedMessage(message), caller, signal),
  disable: (daemon, { peer, message }, caller) => disable(daemon, peer, checkedMessage(message), caller),
  enable: (daemon, { peer }, caller) => enable(daemon, peer, caller),
  clear: (daemon, { peer, direction, family }) => [{ done: clear(daemon, peer, direction, family) }],
};
