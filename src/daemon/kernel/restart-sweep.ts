/**
 * Checks whether all peers have sent their routes after our start. Then kernel routes from before the start that no
 * peer has advertised can be removed before the restart time is over.
 */
import type { Engine } from '../../engine/engine.ts';
import type { Session } from '../../engine/session/session.ts';
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import { peerName } from '../../spec/peer-name.ts';

/** Whether the tables have no pending work, and all configured peers have sent End-of-RIB. */
export function haveConfiguredPeersSynced(engine: Engine): boolean {
  const { spec, rib } = engine;
  const isBusy = engine.deferring || rib.dirtyCount > 0 || engine.revalidation.pending;
  if (isBusy || rib.nextHops.isAnyAwaited()) return false;
  const up = spec.peers.filter((peer) => !peer.shutdown && !engine.disabled.has(peerName(peer)));
  return haveSynced(
    engine,
    up.map(({ address }) => formatAddress(address)),
  );
}

/**
 * Whether the dynamic peers from before the start have sent End-of-RIB. A peer that is the next hop of a kernel route
 * is known by that; any others are known to be complete only if all peers with graceful restart are established again.
 * @param gateways next hops of the old kernel routes
 */
export function haveDynamicPeersSynced(engine: Engine, gateways: ReadonlySet<string>): boolean {
  if (engine.spec.ranges.length === 0) return true;
  const [known, unknown] = [true, false].map((of) => [...gateways].filter((one) => isOfRange(engine, one) === of));
  return (engine.allBack || unknown.length === 0) && haveSynced(engine, known);
}

function isOfRange(engine: Engine, gateway: string): boolean {
  const address = parseAddress(gateway);
  return address !== null && engine.rangeOf(address) !== null;
}

function haveSynced(engine: Engine, names: readonly string[]): boolean {
  return names.every((name) => hasSynced(engine.peers.get(name)?.session ?? null));
}

function hasSynced(session: Session | null): boolean {
  return session?.negotiated.families.every((family) => session.endOfRibReceived[family] !== 0) === true;
}
