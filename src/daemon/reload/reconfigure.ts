/** Applies a changed configuration: only peers whose settings changed are affected. */
import { type ConfigChanges, settingsChange } from '../../config/reload/diff.ts';
import type { Change } from '../../config/reload/effects.ts';
import { settingsOf } from '../../engine/admission/ranges.ts';
import type { PeerChangeView, PeerLabel } from '../../engine/api/daemon-views.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { peerName } from '../../spec/peer-name.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { cease } from '../../wire/notification.ts';

/** The changes of the peers by a reload. */
interface PeerChanges {
  readonly added: PeerLabel[];
  readonly removed: PeerLabel[];
  readonly changed: PeerChangeView[];
  /** Peers whose connections do not accept the new socket options, with the reason. */
  readonly failed: string[];
}

/**
 * Applies the difference between the specification in force and this one to the peers, one after the other. Between two
 * peers the router may work; groups and paths wait until all peers have their settings.
 * @returns yields between two peers; returns the changes
 */
export function* reconfigure(
  engine: Engine,
  diff: ConfigChanges,
  after: RouterSpec,
): Generator<undefined, PeerChanges> {
  const { reflector, revalidation } = engine;
  const changes: PeerChanges = { added: [], removed: [], changed: [], failed: [] };
  reflector.tasks.hold(true);
  revalidation.hold(true);
  try {
    engine.adopt(withoutRestart(engine.spec, after));
    yield* changePeers(engine, diff, changes);
  } finally {
    revalidation.hold(false);
    reflector.tasks.hold(false);
    engine.schedule();
  }
  return changes;
}

function* changePeers(engine: Engine, { peers }: ConfigChanges, changes: PeerChanges): Generator<undefined> {
  for (const spec of peers.removed) {
    yield undefined;
    removePeer(engine, engine.peers.get(peerName(spec)), changes);
  }
  for (const { spec, how, keys } of peers.changed) {
    yield undefined;
    const peer = engine.peers.get(peerName(spec));
    if (peer !== undefined) apply(engine, peer, spec, { how, keys }, changes);
  }
  for (const spec of peers.added) {
    yield undefined;
    addPeer(engine, spec, changes);
  }
  for (const peer of [...engine.peers.values()]) {
    if (!peer.dynamic || engine.peers.get(peer.name) !== peer) continue;
    yield undefined;
    moveDynamic(engine, peer, changes);
  }
}

/** Settings that need a restart keep their values, so that the next reload still finds the difference. */
export function withoutRestart(running: RouterSpec, after: RouterSpec): RouterSpec {
  const { as, routerId, confederation, fib, controlSocket, restartState } = running;
  return { ...after, as, routerId, confederation, fib, controlSocket, restartState };
}

function labelOf({ name, spec: { description } }: Peer): PeerLabel {
  return { peer: name, description };
}

/** A configured peer replaces a dynamic one with its address. */
function addPeer(engine: Engine, spec: PeerSpec, { added }: PeerChanges): void {
  const dynamic = engine.peers.get(peerName(spec));
  if (dynamic !== undefined) engine.removePeer(dynamic, cease.deconfigured, 'it is a configured peer now (reload)');
  added.push(labelOf(engine.addPeer(spec, false)));
}

function removePeer(engine: Engine, peer: Peer | undefined, { removed }: PeerChanges): void {
  if (peer === undefined) return;
  const why = peer.dynamic ? 'its address is in no range any more (reload)' : 'it was removed from the configuration';
  removed.push(labelOf(peer));
  engine.removePeer(peer, cease.deconfigured, why);
}

/** Every dynamic peer belongs to the most specific range, of any group; without a range it is removed. */
function moveDynamic(engine: Engine, peer: Peer, changes: PeerChanges): void {
  const range = engine.rangeOf(peer.spec.address);
  if (range === null) {
    removePeer(engine, peer, changes);
    return;
  }
  const spec = { ...peer.spec, ...settingsOf(range) };
  const change = settingsChange(peer.spec, spec);
  if (change !== null) apply(engine, peer, spec, change, changes);
}

function apply(engine: Engine, peer: Peer, spec: PeerSpec, { how, keys }: Change, changes: PeerChanges): void {
  peer.reconfigure(spec, how === 'soft');
  // A connection that is closed keeps its options: the peer must be able to receive the NOTIFICATION.
  const isFit = how === 'reset' || peer.refit();
  const effect = isFit ? how : 'reset';
  changes.changed.push({ ...labelOf(peer), effect, keys });
  if (!isFit)
    changes.failed.push(`${peer.name}: ${peer.fit.problem ?? 'its connections do not accept the new options'}`);
  if (effect !== 'reset') return;
  const notification = peer.isShutDown ? cease.shutdown : cease.configurationChange;
  engine.resetPeer(peer, `its configuration changed: ${keys.join(', ')}`, notification);
}
