/** Puts a changed configuration in force: touches the peers that it touches, and no others. */
import { type ConfigChanges, type How, settingsChange } from '../config/diff.ts';
import type { Engine } from '../engine/engine.ts';
import type { Peer } from '../engine/peer.ts';
import { settingsOf } from '../engine/ranges.ts';
import { peerName } from '../reflect/peer-name.ts';
import type { PeerSpec, RouterSpec } from '../reflect/spec.ts';
import { cease } from '../wire/notification.ts';

/** What a reload did, in peers. */
interface Counts {
  added: number;
  removed: number;
  changed: number;
  reset: number;
}

/** Applies the difference between the specification in force and this one to the peers; says what that did. */
export function reconfigure(engine: Engine, diff: ConfigChanges, after: RouterSpec, configPath: string): string {
  const before = engine.spec;
  const { as, routerId, confederation = null, fib } = before;
  engine.adopt({ ...after, as, routerId, confederation, fib });
  for (const setting of diff.restartNeeded) engine.events.emit({ name: 'config.restart-needed', setting });
  const counts: Counts = { added: diff.peers.added.length, removed: 0, changed: 0, reset: 0 };
  for (const spec of diff.peers.removed) counts.removed += removePeer(engine, spec);
  for (const { spec, how } of diff.peers.changed) changePeer(engine, spec, how, counts);
  for (const spec of diff.peers.added) addPeer(engine, spec);
  for (const peer of [...engine.peers.values()]) if (peer.dynamic) moveDynamic(engine, peer, counts);
  engine.events.emit({ name: 'config.reloaded', path: configPath, ...counts });
  const { added, removed, changed, reset } = counts;
  return `${added} peers added, ${removed} removed, ${changed} changed, ${reset} of them reset`;
}

/** A named peer takes the place of a dynamic one with its address. */
function addPeer(engine: Engine, spec: PeerSpec): void {
  removePeer(engine, spec);
  engine.addPeer(spec, false);
}

function removePeer(engine: Engine, spec: PeerSpec): number {
  const peer = engine.peers.get(peerName(spec));
  if (peer === undefined) return 0;
  engine.removePeer(peer, cease.deconfigured);
  return 1;
}

function changePeer(engine: Engine, spec: PeerSpec, how: How, counts: Counts): void {
  const peer = engine.peers.get(peerName(spec));
  if (peer === undefined) return;
  apply(engine, peer, spec, how, counts);
}

/** Every dynamic peer belongs to the most specific range that there is now, of whatever group; without one it goes. */
function moveDynamic(engine: Engine, peer: Peer, counts: Counts): void {
  const range = engine.rangeOf(peer.spec.address);
  if (range === null) {
    engine.removePeer(peer, cease.deconfigured);
    counts.removed++;
    return;
  }
  const { address, port, localAddress, description, shutdown } = peer.spec;
  const spec = { ...settingsOf(range), address, port, localAddress, description, shutdown };
  const how = settingsChange(peer.spec, spec);
  if (how !== null) apply(engine, peer, spec, how, counts);
}

function apply(engine: Engine, peer: Peer, spec: PeerSpec, how: How, counts: Counts): void {
  counts.changed++;
  const { client, clusterId } = peer.spec.exchange;
  const sameRole = client === spec.exchange.client && clusterId === spec.exchange.clusterId;
  peer.reconfigure(spec, how === 'soft' && sameRole);
  // A connection that ends keeps its options: the peer must hear why it ends.
  if (how !== 'reset' && (how !== 'soft' || sameRole) && peer.refit()) return;
  counts.reset++;
  engine.resetPeer(peer, 'its configuration changed', spec.shutdown ? cease.shutdown : cease.configurationChange);
}
