/**
 * Detects routes that are missing here although another reflector has them: it shares our cluster id, so its reflected
 * routes are rejected (RFC 4456 8), and the router that originated the route has no session with us. If every client
 * has a session with both reflectors, each such route is also learned from its router, and nothing is missing.
 *
 * Walks the paths in slices, only while there are rejected ones. A router that is about to connect to us is also
 * missing for a while, in a cold start many of them: a finding counts when it stays longer than a router needs to try
 * again, and starts again while more routers connect.
 */

import { formatIpv4 } from '../../lib/ip.ts';
import { WordMap } from '../../lib/tables/word-map.ts';
import { Timer } from '../../lib/timers.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { PathId } from '../../rib/tables/ids.ts';
import { REASON } from '../../rib/tables/reasons.ts';
import type { Core } from '../ports/core.ts';

const TICK_MS = 1000;
/** Path ids that are checked per tick. */
const SLICE = 65_536;
/**
 * How long routes are missing, while no router connects that was missing, before they are reported. In a cold start routers
 * connect one after the other, and each starts this time again.
 */
export const CONFIRM_MS = 15_000;
/**
 * They are reported after this time even if routers connect: a router that flaps must not hide the others. It is
 * ConnectRetryTime (RFC 4271 10), after which a router that did not reach us has tried again.
 */
export const LONGEST_CONFIRM_MS = 120_000;
/** Maximum number of named originators. */
const MAX_NAMED = 8;

/** No check while the start is deferred: the peers have not sent all their routes yet. */
type WatchCore = Core & { readonly deferring: boolean };

/** The missing routes that one reflector sends. */
interface MissingRoutes {
  /** The peer that sends the rejected routes. */
  readonly from: string;
  paths: number;
  /** Router ids without a session here, the first few. */
  readonly originators: string[];
}

export class ClusterWatch {
  /** The confirmed findings of the last walk. */
  missing: readonly MissingRoutes[] = [];
  private found = new Map<RibPeer, MissingRoutes>();
  /** When routes were first missing, and when a router last connected since then; Infinity: none are missing. */
  private missingSinceMs = Number.POSITIVE_INFINITY;
  private steadySinceMs = Number.POSITIVE_INFINITY;
  /** Number of routers with routes at the last walk and at this one, over all families. */
  private routersBefore = 0;
  private routers = 0;
  private family = 0;
  private from = 1;
  private readonly known = new WordMap<true>();
  private readonly timer: Timer;
  private readonly core: WatchCore;

  constructor(core: WatchCore) {
    this.core = core;
    this.timer = new Timer(core.timers, () => this.tick());
  }

  /** There may be rejected paths. Cheap if there is nothing to do. */
  look(): void {
    if (this.timer.armed || !this.isNeeded) return;
    this.timer.arm(this.core.clock.nowMs() + TICK_MS);
    this.core.rearm();
  }

  private get isNeeded(): boolean {
    return this.missing.length > 0 || this.core.rib.families.some(({ reasons }) => reasons.looped > 0);
  }

  private tick(): void {
    if (!this.core.deferring) this.walk();
    this.look();
  }

  private walk(): void {
    const { families } = this.core.rib;
    for (let budget = SLICE; budget > 0 && this.family < families.length; ) {
      const rib = families[this.family];
      if (this.from === 1) this.begin(rib);
      const end = rib.reasons.looped === 0 ? rib.paths.limit : Math.min(rib.paths.limit, this.from + budget);
      if (rib.reasons.looped > 0) for (let id = this.from; id < end; id++) this.countLoop(rib, id as PathId);
      budget -= rib.reasons.looped === 0 ? 0 : Math.max(1, end - this.from);
      this.from = end;
      if (end < rib.paths.limit) return;
      this.family++;
      this.from = 1;
    }
    if (this.family === families.length) this.end();
  }

  /** Routers from which routes of the family are learned directly. */
  private begin({ family }: FamilyRib): void {
    this.known.clear();
    for (const peer of this.core.rib.peers) {
      if (peer !== undefined && !peer.ebgp && peer.received[family] > 0) this.known.set(peer.routerId, true);
    }
    this.routers += this.known.size;
  }

  private countLoop(rib: FamilyRib, path: PathId): void {
    const { paths } = rib;
    const peer = this.core.rib.peers[paths.peerOf(path)];
    if (peer === undefined || paths.reasonOf(path) !== REASON.ownCluster) return;
    const originator = this.core.rib.attributes.originatorOf(paths.attributesOf(path));
    if (originator === 0 || this.known.get(originator)) return;
    let missing = this.found.get(peer);
    if (missing === undefined) {
      missing = { from: peer.name, paths: 0, originators: [] };
      this.found.set(peer, missing);
    }
    missing.paths++;
    const name = formatIpv4(originator);
    const { originators } = missing;
    if (originators.length < MAX_NAMED && !originators.includes(name)) originators.push(name);
  }

  private end(): void {
    const found = [...this.found.values()];
    this.family = 0;
    this.found.clear();
    const isConfirmed = this.isConfirmed(found.length > 0);
    const { events } = this.core;
    const before = this.missing;
    // What is reported once stays until it is over.
    if (found.length > 0 && before.length === 0 && !isConfirmed) return;
    this.missing = found;
    for (const { from, paths, originators } of found) {
      if (before.some((one) => one.from === from)) continue;
      events.emit({ name: 'peer.shared-cluster', peer: from, paths, originators });
    }
    for (const { from } of before) {
      if (!found.some((one) => one.from === from)) events.emit({ name: 'peer.shared-cluster-over', peer: from });
    }
  }

  /** Whether routes have been missing for long enough. Called once per walk. */
  private isConfirmed(areMissing: boolean): boolean {
    const nowMs = this.core.clock.nowMs();
    const { routers } = this;
    if (!areMissing) {
      this.missingSinceMs = Number.POSITIVE_INFINITY;
      this.steadySinceMs = Number.POSITIVE_INFINITY;
    } else if (this.missingSinceMs === Number.POSITIVE_INFINITY) {
      this.missingSinceMs = nowMs;
      this.steadySinceMs = nowMs;
    } else if (routers > this.routersBefore) {
      this.steadySinceMs = nowMs;
    }
    this.routersBefore = routers;
    this.routers = 0;
    return nowMs - this.steadySinceMs >= CONFIRM_MS || nowMs - this.missingSinceMs >= LONGEST_CONFIRM_MS;
  }
}

/** The missing routes, in a sentence. */
export function describeMissing({ from, paths, originators }: MissingRoutes): string {
  const names = `${originators.slice(0, 3).join(', ')}${originators.length > 3 ? ', ...' : ''}`;
  return `${from} sends ${paths} paths that are rejected because of our cluster id and originate from routers without a session here (${names})`;
}
