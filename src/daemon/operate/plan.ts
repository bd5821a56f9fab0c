/** `plan`: what a reload of another file would do, peer by peer, without applying it. */
import { diffSteps, rangeChanges, settingsChange } from '../../config/reload/diff.ts';
import type { Change } from '../../config/reload/effects.ts';
import { rangeOf, settingsOf } from '../../engine/admission/ranges.ts';
import type { PeerChangeView, PeerLabel, PlanView } from '../../engine/api/daemon-views.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { peerName } from '../../spec/peer-name.ts';
import type { RouterSpec } from '../../spec/router.ts';

/** The effects of `after` on the running engine; `reconfigure` has the same rules. Yields where the caller may pause. */
export function* planSteps(
  engine: Engine,
  after: RouterSpec,
  file: string,
  warnings: readonly string[],
): Generator<undefined, PlanView> {
  const diff = yield* diffSteps(engine.spec, after);
  const dynamic = yield* dynamicChanges(engine, after);
  const removed = [...diff.peers.removed.map(labelOf), ...dynamic.removed];
  const changed = [
    ...diff.peers.changed.map(({ spec, how, keys }) => ({ ...labelOf(spec), effect: how, keys })),
    ...dynamic.changed,
  ];
  const closed = [...removed, ...changed.filter(({ effect }) => effect === 'reset')];
  return {
    file,
    peers: { added: diff.peers.added.map(labelOf), removed, changed },
    settings: [...diff.settings, ...rangeChanges(diff)],
    restart: diff.restartNeeded,
    warnings,
    unchanged: engine.peers.size - removed.length - changed.length,
    interrupted: closed
      .filter(({ peer }) => engine.peers.get(peer)?.session != null)
      .map(({ peer, description }) => ({ peer, description })),
  };
}

/** Peers of ranges belong to the most specific range of the new file; a configured peer replaces one with its address. */
function* dynamicChanges(
  engine: Engine,
  after: RouterSpec,
): Generator<undefined, { removed: PeerLabel[]; changed: PeerChangeView[] }> {
  const configured = new Set(after.peers.map(peerName));
  const removed: PeerLabel[] = [];
  const changed: PeerChangeView[] = [];
  for (const peer of engine.peers.values()) {
    yield undefined;
    if (!peer.dynamic) continue;
    const change = configured.has(peer.name) ? null : changeOf(peer, after);
    if (change === null) removed.push(labelOf(peer.spec));
    else if (change !== 'none') changed.push({ ...labelOf(peer.spec), effect: change.how, keys: change.keys });
  }
  return { removed, changed };
}

/** null: its address is in no range any more. */
function changeOf({ spec }: Peer, { ranges }: RouterSpec): Change | 'none' | null {
  const range = rangeOf(ranges, spec.address);
  return range === null ? null : (settingsChange(spec, { ...spec, ...settingsOf(range) }) ?? 'none');
}

function labelOf(spec: PeerSpec): PeerLabel {
  return { peer: peerName(spec), description: spec.description };
}
