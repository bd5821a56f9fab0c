/** Live views: `watch routes` and `watch peers`. Each has a maximum of clients, and costs nothing without one. */
import { setTimeout as after } from 'node:timers/promises';
import { type CommandArguments, CommandError } from '../../engine/api/commands.ts';
import type { PeerView } from '../../engine/api/peer-views.ts';
import type { HistoryView, WatchedPeerView } from '../../engine/api/watch-commands.ts';
import type { Engine } from '../../engine/engine.ts';
import { RouteChanges } from '../../engine/route-history/route-changes.ts';
import { listPeers } from '../../engine/show/peer-list.ts';
import { viewPeer } from '../../engine/show/peers.ts';
import { type HistoryQuery, missing, nlriFilter, viewChange } from '../../engine/show/routes/history.ts';

/** Clients that watch routes, and that watch peers, at the same time. */
const MAX_WATCHERS = 8;
/** Changes that wait for a client; older ones are dropped and counted. */
const WAITING = 4096;
/** How often changes are sent. */
const LOOK_MS = 100;
const PEERS_SECONDS = 2;
/** Peers between two pauses. */
const WORK = 16;

const watchers = { routes: new WeakMap<Engine, number>(), peers: new WeakMap<Engine, number>() };

/** @throws CommandError if there are too many watchers, or the query cannot be answered */
export async function* watchRoutes(
  engine: Engine,
  query: HistoryQuery,
  signal: AbortSignal,
): AsyncGenerator<HistoryView | undefined> {
  const filter = nlriFilter(query);
  const leave = enter('routes', engine);
  const changes = new RouteChanges(engine.rib, engine.clock, engine.timers, {
    name: 'watch routes',
    capacity: WAITING,
    allowance: null,
    filter,
  });
  engine.changes.add(changes);
  try {
    yield { kind: 'since', time: new Date(engine.clock.wallMs()).toISOString(), kept: WAITING };
    for (let next = 1; !signal.aborted; ) {
      const { oldest } = changes;
      if (next < oldest) {
        yield missing(oldest - next, null, engine.clock.wallMs(), 'this client reads too slowly');
        next = oldest;
      }
      const change = changes.read(next);
      if (change === null) {
        await pause(LOOK_MS, signal);
        continue;
      }
      next++;
      yield changes.isWanted(next - 1, null, query.peer) ? viewChange(change) : undefined;
    }
  } finally {
    engine.changes.remove(changes);
    leave();
  }
}

/** All peers, and then those whose state or numbers of routes have changed. */
export async function* watchPeers(
  engine: Engine,
  { group, seconds = PEERS_SECONDS }: CommandArguments['watch peers'],
  signal: AbortSignal,
): AsyncGenerator<WatchedPeerView | undefined> {
  const leave = enter('peers', engine);
  try {
    let known = new Map<string, PeerView>();
    for (;;) {
      const seen = new Map<string, PeerView>();
      let work = 0;
      for (const peer of listPeers(engine, { group })) {
        if (++work % WORK === 0) yield undefined;
        const view = viewPeer(peer, engine.clock.nowMs());
        seen.set(view.address, view);
        const what = whatChanged(known.get(view.address), view);
        if (what !== null) yield { kind: 'peer', time: now(engine), what, peer: view };
      }
      for (const address of known.keys()) if (!seen.has(address)) yield { kind: 'removed', time: now(engine), address };
      known = seen;
      yield { kind: 'complete', time: now(engine) };
      await pause(seconds * 1000, signal);
      if (signal.aborted) return;
    }
  } finally {
    leave();
  }
}

/** In words; null: nothing that is watched. */
function whatChanged(before: PeerView | undefined, peer: PeerView): string | null {
  if (before === undefined) return 'present';
  if (before.established !== peer.established && peer.state === 'Established') return 'established';
  if (before.state !== peer.state || before.shutdown !== peer.shutdown) return `${before.state} -> ${peer.state}`;
  const changes = FIELDS.flatMap((field) => {
    const [from, to] = [total(before, field), total(peer, field)];
    return from === to ? [] : [`${field} ${from} -> ${to}`];
  });
  return changes.length === 0 ? null : changes.join(', ');
}

const FIELDS = ['received', 'accepted', 'advertised'] as const;

function total({ families }: PeerView, field: (typeof FIELDS)[number]): number {
  return families.reduce((sum, family) => sum + family[field], 0);
}

/** Counts a watcher; the result ends that. */
function enter(kind: keyof typeof watchers, engine: Engine): () => void {
  const counts = watchers[kind];
  const count = counts.get(engine) ?? 0;
  if (count >= MAX_WATCHERS) throw new CommandError(`${count} clients watch ${kind} already; close one of them`);
  counts.set(engine, count + 1);
  return () => counts.set(engine, (counts.get(engine) ?? 1) - 1);
}

function now({ clock }: Engine): string {
  return new Date(clock.wallMs()).toISOString();
}

/** Resolves after this time, or when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await after(ms, undefined, { signal }).catch(() => {});
}
