/**
 * Whether everybody who can say something about the kernel's routes from before our start has said it: then those that
 * nobody announced may go before the restart time is over.
 */
import type { Engine } from '../engine/engine.ts';
import type { Session } from '../engine/session.ts';
import { formatAddress, parseAddress } from '../lib/ip.ts';

/** Whether the tables are at rest, and all configured peers have sent End-of-RIB. */
export function areConfiguredHeard(engine: Engine): boolean {
  const { spec, rib } = engine;
  const isBusy = engine.deferring || rib.dirtyCount > 0 || engine.judge.pending;
  if (isBusy || rib.nextHops.isAnyAwaited()) return false;
  const configured = spec.peers.filter(({ shutdown }) => !shutdown).map(({ address }) => formatAddress(address));
  return areHeard(engine, configured);
}

/**
 * Whether the peers of dynamic ranges have that were there before, as far as the kernel's routes tell: their addresses
 * stand there as next hops.
 * @param gateways next hops of the routes in question
 */
export function areOthersHeard(engine: Engine, gateways: ReadonlySet<string>): boolean {
  const before = [...gateways].filter((gateway) => isOfRange(engine, gateway));
  return areHeard(engine, before);
}

function isOfRange(engine: Engine, gateway: string): boolean {
  const address = parseAddress(gateway);
  return address !== null && engine.rangeOf(address) !== null;
}

function areHeard(engine: Engine, names: readonly string[]): boolean {
  return names.every((name) => isHeard(engine.peers.get(name)?.session ?? null));
}

function isHeard(session: Session | null): boolean {
  return session?.negotiated.families.every((family) => session.endOfRibReceived[family] !== 0) === true;
}
