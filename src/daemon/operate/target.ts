/** The daemon as its commands see it, and the peers that they name. */
import { CommandError } from '../../engine/api/commands.ts';
import type { StatusView } from '../../engine/api/daemon-views.ts';
import type { HealthReport } from '../../engine/api/health.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import type { RouteChanges } from '../../engine/route-history/route-changes.ts';
import type { EventHistory } from '../../io/history/event-history.ts';
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import type { KernelRoutes } from '../kernel/kernel.ts';
import type { SafeReload } from '../reload/safe-reload.ts';
import type { Debugging } from './debug.ts';
import type { DisabledState } from './disabled-state.ts';

/** The part of the daemon that commands use. */
export interface CommandTarget {
  readonly engine: Engine;
  readonly fib: KernelRoutes;
  readonly history: EventHistory;
  readonly disabledState: DisabledState;
  readonly debugging: Debugging;
  /** The latest changes of best paths. */
  readonly routeChanges: RouteChanges;
  status(): StatusView;
  readonly reloads: SafeReload;
  readonly configPath: string;
  readonly options: { readonly program: string };
  /** The text of the configuration in force. */
  readonly configText: string;
  health(): HealthReport;
  /** Requests an orderly stop; `final`: peers do not keep our routes. */
  requestStop(reason: string, final: boolean, message: string): void;
}

/** A peer by its address, or by its description if that is unique. */
export function findPeer(daemon: CommandTarget, text: string): Peer {
  const { peers } = daemon.engine;
  const byAddress = peers.get(text) ?? peers.get(normalAddress(text));
  if (byAddress !== undefined) return byAddress;
  const named = [...peers.values()].filter((peer) => peer.spec.description !== '' && peer.spec.description === text);
  if (named.length === 1) return named[0];
  if (named.length > 1)
    throw new CommandError(`${named.length} peers have the description "${text}"; use the address of one`);
  throw new CommandError(`there is no peer "${text}"; \`show peers\` lists all peers`);
}

/** One peer, or all. */
export function peersOf(daemon: CommandTarget, text: string | undefined): Peer[] {
  return text === undefined ? [...daemon.engine.peers.values()] : [findPeer(daemon, text)];
}

function normalAddress(text: string): string {
  const bytes = parseAddress(text);
  return bytes === null ? text : formatAddress(bytes);
}
