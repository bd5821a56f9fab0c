/**
 * Whether everybody who can say something about the kernel's routes from before our start has said it: then those that
 * nobody announced may go before the restart time is over.
 */
import type { Engine } from '../../engine/engine.ts';
import type { Session } from '../../engine/session/session.ts';
import { formatAddress, parseAddress } from '../../lib/ip.ts';

/** Whether the tables are at rest, and all configured peers have sent End-of-RIB. */
export function areConfiguredHeard(engine: Engine): boolean {
  const { spec, rib } = engine;
  const isBusy = engine.deferring || rib.dirtyCount > 0 || engine.judge.pending;
  if (isBusy || rib.nextHops.isAnyAwaited()) return false;
  const configured = spec.peers.filter(({ shutdown }) => !shutdown).map(({ address }) => formatAddress(address));
  return areHeard(engine, configured);
}

/**
 * Whether the peers of dynamic ranges have that were there before. Next hops of the kernel's routes tell of those that
 * are next hops themselves; the others are known only where all that have graceful restart are back.
 * @param gateways next hops of the routes in question
 */
export function areOthersHeard(engine: Engine, gateways: ReadonlySet<string>): boolean {
  if (engine.spec.ranges.length === 0) return true;
  const [known, unknown] = [true, false].map((of) => [...gateways].filter((one) => isOfRange(engine, one) === of));
  return (engine.allBack || unknown.length === 0) && areHeard(engine, known);
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
