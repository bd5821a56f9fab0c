/** The commands for operating the daemon: one row each. */
import {
  type Caller,
  type CommandArguments,
  CommandError,
  type CommandItems,
  describeCaller,
} from '../../engine/api/commands.ts';
import type { OperatorItems } from '../../engine/api/operator-commands.ts';
import { resultOf } from '../reload/in-slices.ts';
import { readOther } from '../reload/read-other.ts';
import { ReloadRefused, type SafeReload } from '../reload/safe-reload.ts';
import { capture } from './capture.ts';
import { diagnose } from './doctor.ts';
import { showEvents } from './events.ts';
import { planSteps } from './plan.ts';
import { checkedMessage, clear, disable, enable, reset } from './sessions.ts';
import { showConfig } from './show-config.ts';
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
  reload: async function* ({ reloads }, asked, caller) {
    yield await reload(reloads, asked, caller);
  },
  capture: (daemon, { peer, ...limits }, _caller, signal) => capture(daemon, peer, limits, signal),
  doctor: (daemon) => diagnose(daemon),
  'show config': (daemon, { peer }) => showConfig(daemon, peer),
  plan: async function* ({ engine }, { file }) {
    const { spec, warnings } = await readOther(engine, file);
    const texts = warnings.map(({ place, warning }) => `${place}: ${warning}`);
    yield await resultOf(planSteps(engine, spec, file, texts));
  },
  clear: (daemon, { peer, direction, family }) => [{ done: clear(daemon, peer, direction, family) }],
};

/** @throws CommandError for options that exclude each other, and if there is nothing to confirm or to undo */
async function reload(
  reloads: SafeReload,
  { force = false, confirm, confirmed, undo }: CommandArguments['reload'],
  caller: Caller | null,
): Promise<CommandItems['reload']> {
  if ([confirm, confirmed, undo].filter((value) => value !== undefined && value !== false).length > 1) {
    throw new CommandError('use only one of --confirm, --confirmed and --undo');
  }
  try {
    if (confirmed === true) return reloads.confirm(describeCaller(caller));
    if (undo === true) return await reloads.undo(describeCaller(caller));
    return await reloads.reload(force, confirm ?? null);
  } catch (error) {
    throw error instanceof ReloadRefused ? new CommandError(error.message) : error;
  }
}
