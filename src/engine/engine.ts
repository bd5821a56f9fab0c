/**
 * The engine: peers, their tables and groups, and the turn of the event loop that ties them together. No Node here.
 *
 *   connection bytes ─► Link ─► Peer ─► Session ─► tables (dirty) ─┐
 *                                                                  ▼  one `turn`, after the input was read
 *   connection ◄─ Outbox ◄─ Member ◄─ update group's log ◄─ decide, group, pack
 */

import { lacksExtendedNextHop } from '../fsm/negotiate.ts';
import type { Clock } from '../lib/clock.ts';
import { DurationHistogram } from '../lib/duration-histogram.ts';
import { formatAddress, formatIpv4, parseAddress } from '../lib/ip.ts';
import { Timer, TimerQueue } from '../lib/timers.ts';
import { peerName } from '../reflect/peer-name.ts';
import { type ChangeListener, Reflector } from '../reflect/reflector.ts';
import type { DynamicRangeSpec, PeerSpec, RouterSpec, TransportSpec } from '../reflect/spec.ts';
import type { Identity } from '../rib/attributes.ts';
import { describeDoubt } from '../rib/doubts.ts';
import { Ingest } from '../rib/ingest.ts';
import { PathJudge } from '../rib/path-judge.ts';
import { Rib } from '../rib/rib.ts';
import { Sweeper } from '../rib/sweeper.ts';
import { FAMILIES } from '../wire/families.ts';
import { cease, countedCode, type Notification } from '../wire/notification.ts';
import { Admission } from './admission.ts';
import { ClusterWatch } from './cluster-watch.ts';
import type { Core } from './core.ts';
import { Deferral } from './deferral.ts';
import type { EventSink } from './events.ts';
import { Gathering } from './gathering.ts';
import { GroupWatch } from './group-watch.ts';
import type { SessionLimits } from './limits/session-limits.ts';
import { Peer, type PeerOwner } from './peer.ts';
import type { BfdService, Connection, Dialer, Loop, NeighbourFinder } from './ports.ts';
import { rangeOf } from './ranges.ts';
import { type RefusalReason, Refusals } from './refusals.ts';
import { RouterIds } from './router-ids.ts';

/** A turn works at most this long before sockets are served again. */
const TURN_MS = 5;
/** A member that holds more of its group's log than this leaves it. */
const SLOW_AFTER_BYTES = 8 << 20;
/** Members that join within this time share a snapshot. */
const SHARE_MS = 1000;
/** A path that has lost its way is announced by another one between one and two times as late. */
const LOST_WAY_MS = 200;
/** After a restart the peers have this long to send what they have. */
const DEFER_MS = 60_000;
/** Peers that an event names at most. */
const MISSING_NAMED = 10;

export interface EngineDeps {
  readonly clock: Clock;
  readonly loop: Loop;
  readonly dialer: Dialer;
  /** Absent: peers on interfaces are not searched for. */
  readonly neighbours?: NeighbourFinder;
  /** Absent: BFD is not run. */
  readonly bfd?: BfdService;
  /** Whether both addresses lie in one network that this host has an address in; absent: none do. */
  readonly isOnLink?: (local: Uint8Array, remote: Uint8Array) => boolean;
  readonly events: EventSink;
  readonly random: () => number;
  /** Bytes of its group's log that a member may hold before it leaves it; default SLOW_AFTER_BYTES. */
  readonly slowAfterBytes?: number;
}

export class Engine implements Core, PeerOwner {
  readonly clock: Clock;
  readonly timers = new TimerQueue();
  readonly dialer: Dialer;
  readonly neighbours: NeighbourFinder | null;
  readonly bfd: BfdService | null;
  readonly isOnLink: (local: Uint8Array, remote: Uint8Array) => boolean;
  readonly events: EventSink;
  readonly random: () => number;
  readonly rib: Rib;
  readonly ingest: Ingest;
  readonly sweeper: Sweeper;
  readonly judge: PathJudge;
  readonly reflector: Reflector;
  readonly limited = new Set<SessionLimits>();
  /** By name (`peerName`). */
  readonly peers = new Map<string, Peer>();
  /** How long turns take that have work to do. */
  readonly turnDurations = new DurationHistogram();
  /** Connections turned away. */
  readonly refusals: Refusals;
  readonly admission: Admission;
  /** NOTIFICATIONs by `code/subcode`. */
  readonly notifications = { sent: new Map<string, number>(), received: new Map<string, number>() };
  spec: RouterSpec;
  stopping = false;
  /** All peers are told of routes as by a router that is about to go (RFC 8326). */
  draining = false;
  /** After a restart: all peers with graceful restart that were there before have sent what they have. */
  allBack = false;
  private deferral: Deferral | null = null;
  private readonly loop: Loop;
  private readonly startedMs: number;
  private readonly sharing: Timer;
  private readonly gathering = new Gathering();
  private readonly lostWays: Timer;
  /** Routes that another reflector with our cluster id has, and we have not. */
  readonly clusterWatch: ClusterWatch;
  /** Fires when changes that were gathered are due. */
  private readonly due: Timer;
  private readonly routerIds = new RouterIds();
  private scheduled = false;
  /** Limits of prefixes are to be looked at, though nothing else is to be done. */
  private limitsDue = false;
  private wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(spec: RouterSpec, deps: EngineDeps, listener: ChangeListener) {
    this.spec = spec;
    this.clock = deps.clock;
    this.loop = deps.loop;
    this.dialer = deps.dialer;
    this.neighbours = deps.neighbours ?? null;
    this.bfd = deps.bfd ?? null;
    this.isOnLink = deps.isOnLink ?? (() => false);
    this.events = deps.events;
    this.refusals = new Refusals(deps.events);
    this.admission = new Admission(this);
    this.random = deps.random;
    this.startedMs = this.clock.nowMs();
    this.rib = new Rib(identityOf(spec));
    this.rib.nextHops.setCostRules(spec.nextHopCosts ?? []);
    this.ingest = new Ingest(this.rib);
    this.sweeper = new Sweeper(this.rib, () => this.reflector.endSharing());
    this.judge = new PathJudge(this.rib);
    const watch = new GroupWatch(this.clock, this.events, () => this.onToldAll());
    this.reflector = new Reflector(this.rib, listener, watch, deps.slowAfterBytes ?? SLOW_AFTER_BYTES);
    this.reflector.onPending = () => this.schedule();
    this.reflector.isJudging = () => this.judge.pending || this.rib.nextHops.isAnyAwaited();
    this.ingest.doubts.onDoubt = (nextHop, from, doubt) =>
      this.events.emit({
        name: 'update.next-hop-doubtful',
        peer: from.name,
        nextHop: this.rib.nextHops.format(nextHop),
        doubt: describeDoubt(doubt),
      });
    this.clusterWatch = new ClusterWatch(this);
    this.lostWays = new Timer(this.timers, () => this.ageLostWays(false));
    this.reflector.onWayLost = () => this.armLostWays();
    // The id of a peer that is gone will stand for another: nothing may be advertised as its path by then.
    this.sweeper.whenGone = () => this.ageLostWays(true);
    this.due = new Timer(this.timers, () => this.schedule());
    this.sharing = new Timer(this.timers, () => this.reflector.endSharing());
  }

  /** Seconds since the engine was made. */
  get uptimeSeconds(): number {
    return (this.clock.nowMs() - this.startedMs) / 1000;
  }

  /**
   * Starts the configured peers. Listening is the caller's part.
   * @param before names of the peers with graceful restart that were established when the daemon ended a moment ago:
   *   nothing is told to anybody until they have sent what they have (RFC 4724 4.1); empty: this is no restart
   */
  start(before: readonly string[] = []): void {
    const expected = before.filter((name) => this.mayCome(name));
    if (expected.length > 0) this.defer(expected);
    for (const spec of this.spec.peers) this.addPeer(spec, false);
  }

  get keepsForwarding(): boolean {
    const { mode, onStop } = this.spec.fib;
    return mode !== 'install' || onStop !== 'withdraw';
  }

  get deferring(): boolean {
    return this.deferral !== null;
  }

  /** Names of the peers that are to be waited for after a restart: those that are there, and those that are still to come. */
  get restartable(): readonly string[] {
    const there = [...this.peers.values()].filter(({ session }) => session?.negotiated.gracefulRestart);
    return [...new Set([...there.map(({ name }) => name), ...(this.deferral?.missing ?? [])])];
  }

  private defer(expected: readonly string[]): void {
    const ms = this.spec.deferMs ?? DEFER_MS;
    this.sweeper.untold = true;
    this.events.emit({ name: 'daemon.selection-deferred', peers: expected.length, seconds: ms / 1000 });
    this.deferral = new Deferral(this.clock, this.timers, ms, expected, (cause, missing) => {
      this.deferral = null;
      this.sweeper.untold = false;
      this.allBack = cause === 'complete';
      const some = missing.slice(0, MISSING_NAMED);
      this.events.emit({ name: 'daemon.selection-begun', cause, missing: missing.length, peers: some });
      for (const peer of this.peers.values()) peer.session?.joinGroups(peer.spec);
      this.shareSnapshots();
      this.schedule();
    });
    this.rearm();
  }

  /** Whether a peer of this name is configured, or may connect from a range. */
  private mayCome(name: string): boolean {
    const spec = this.spec.peers.find((peer) => peerName(peer) === name);
    if (spec !== undefined) return !spec.shutdown;
    const address = parseAddress(name);
    return address !== null && this.rangeOf(address) !== null;
  }

  private shareSnapshots(): void {
    if (!this.sharing.armed) this.sharing.arm(this.clock.nowMs() + SHARE_MS);
    this.rearm();
  }

  /** Makes a peer and starts it, unless it is shut down. */
  addPeer(spec: PeerSpec, dynamic: boolean): Peer {
    const peer = new Peer(this, spec, dynamic, this);
    this.peers.set(peer.name, peer);
    this.admission.added(peer);
    this.events.emit({ name: 'peer.added', peer: peer.name, group: spec.group, dynamic });
    if (!spec.shutdown) peer.start();
    return peer;
  }

  /** Ends a peer with a notification and forgets it once nothing of it is left. */
  removePeer(peer: Peer, notification: Notification): void {
    this.peers.delete(peer.name);
    peer.remove(notification);
    this.deferral?.forget(peer.name);
    this.routerIds.forget(peer);
    this.admission.removed(peer);
    this.rearm();
    this.events.emit({ name: 'peer.removed', peer: peer.name, dynamic: peer.dynamic });
  }

  /** Takes another specification as the one in force; what it means for peers is the caller's part. */
  adopt(spec: RouterSpec): void {
    this.spec = spec;
    this.admission.recount();
    this.rib.attributes.setIdentity(identityOf(spec));
    this.rib.nextHops.setCostRules(spec.nextHopCosts ?? []);
    this.judgePaths();
  }

  /** Lets peers lead packets elsewhere before this router goes, or takes that back (RFC 8326). */
  drain(on: boolean): void {
    this.draining = on;
    for (const peer of this.peers.values()) peer.drain(on);
    this.events.emit({ name: on ? 'daemon.draining' : 'daemon.drained-no-more', peers: this.peers.size });
  }

  /** Ends the session of a peer with a CEASE; it comes back. */
  resetPeer(peer: Peer, reason: string, notification: Notification = cease.reset): void {
    this.events.emit({ name: 'peer.reset', peer: peer.name, reason });
    peer.stop(notification);
    if (!peer.spec.shutdown) peer.start();
  }

  /** Addresses of this router: a route with one of them as its next hop is unusable. Wildcards are none. */
  setOwnAddresses(addresses: readonly Uint8Array[]): void {
    this.rib.nextHops.setOwnAddresses(addresses.filter((address) => address.some((byte) => byte !== 0)));
    this.judgePaths();
  }

  judgePaths(): void {
    this.judge.request();
    this.schedule();
  }

  /** A connection came in: it belongs to a configured peer, or to one of a dynamic range. */
  accept(connection: Connection): void {
    this.admission.accept(connection);
  }

  keyProblemOf(address: Uint8Array, transport: TransportSpec, dynamic: boolean): string | null {
    return this.admission.keyProblemOf(address, transport, dynamic);
  }

  noteRefused(address: string, reason: RefusalReason, detail: string): void {
    this.refusals.note(address, reason, detail, this.clock.nowMs());
  }

  /**
   * Stops every peer, and all work on the tables: what is told to nobody any more stays in the kernel.
   * @param final no restart follows: the peers are to give our routes up at once
   * @param message words for the operators of the peers (RFC 9003), at most 255 octets of UTF-8; '': none
   */
  stop(final: boolean, message = ''): void {
    this.stopping = true;
    const farewell = message === '' ? cease.shutdown : cease.shutdownWith(message);
    for (const peer of this.peers.values()) {
      if (final) peer.stop(farewell);
      else peer.stopForRestart(farewell);
    }
  }

  countNotification(direction: 'sent' | 'received', notification: Notification): void {
    const counts = this.notifications[direction];
    const code = countedCode(notification);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }

  nowSeconds(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }

  schedule(): void {
    if (this.scheduled || this.stopping || !this.hasWork) return;
    this.scheduled = true;
    this.loop.defer(this.turn);
  }

  rearm(): void {
    const { nextMs } = this.timers;
    if (nextMs === this.wakeAtMs) return;
    this.wakeAtMs = nextMs;
    if (nextMs !== Number.POSITIVE_INFINITY) this.loop.wakeAt(nextMs, this.onWake);
  }

  onEstablished(peer: Peer): void {
    const { session } = peer;
    if (session === null) return;
    const { negotiated, link } = session;
    this.events.emit({
      name: 'peer.established',
      peer: peer.name,
      group: peer.spec.group,
      as: negotiated.peerAs,
      routerId: formatIpv4(negotiated.peerRouterId),
      holdSeconds: negotiated.holdMs / 1000,
      families: negotiated.families.map((family) => FAMILIES[family].name),
      dialed: link.side === 'out',
    });
    if (lacksExtendedNextHop(peer.spec.session, negotiated)) {
      this.events.emit({ name: 'peer.no-extended-next-hop', peer: peer.name });
    }
    this.tellSameRouterId(peer, negotiated.peerRouterId);
    this.shareSnapshots();
    this.deferral?.onEstablished(peer.name, session);
    this.rearm();
  }

  private tellSameRouterId(peer: Peer, routerId: number): void {
    const other = this.routerIds.note(peer);
    if (other === null) return;
    const event = { peer: peer.name, other: other.name, routerId: formatIpv4(routerId) };
    this.events.emit({ name: 'peer.duplicate-router-id', ...event });
  }

  onLocated(peer: Peer): void {
    const { name, spec } = peer;
    this.events.emit({ name: 'peer.located', peer: name, address: formatAddress(spec.address) });
  }

  onHeldDown(peer: Peer): void {
    this.deferral?.forget(peer.name);
  }

  onEndOfRib(peer: Peer): void {
    if (peer.session === null || this.deferral === null) return;
    this.deferral.onEndOfRib(peer.name, peer.session);
    this.rearm();
  }

  onPeerIdle(peer: Peer): void {
    this.admission.onPeerIdle(peer);
  }

  /** A peer was told of all that there is: that may be more than its limit, and need not happen in a turn. */
  private onToldAll(): void {
    if (this.limited.size === 0) return;
    this.limitsDue = true;
    this.schedule();
  }

  /** One bounded piece of work; sockets are served before the next. */
  private readonly turn = (): void => {
    this.scheduled = false;
    if (this.stopping) return;
    const begun = this.clock.nowMs();
    if (this.waits(begun)) return;
    const sends = this.rib.dirtyCount > 0 && !this.deferring;
    this.limitsDue = false;
    const judged = this.sweeper.pending || this.judge.pending;
    do {
      if (this.sweeper.pending) this.sweeper.work();
      if (this.judge.pending) this.judge.work();
      if (!this.deferring) this.reflector.work();
    } while (this.hasWork && this.clock.nowMs() - begun < TURN_MS);
    for (const limits of this.limited) if (!judged || limits.checkInbound()) limits.checkOutbound();
    const ended = this.clock.nowMs();
    if (sends) this.gathering.onSent(begun, ended);
    this.clusterWatch.look();
    this.turnDurations.observe(ended - begun);
    this.schedule();
  };

  private armLostWays(): void {
    if (this.lostWays.armed) return;
    this.lostWays.arm(this.clock.nowMs() + LOST_WAY_MS);
    this.rearm();
  }

  private ageLostWays(all: boolean): void {
    if (this.reflector.ageLostWays(all)) this.armLostWays();
    this.schedule();
  }

  /** Changes are all that there is to do, and they wait for others. */
  private waits(nowMs: number): boolean {
    if (this.deferring || !this.reflector.hasOnlyChanges || this.limitsDue) return false;
    if (this.sweeper.pending || this.judge.pending) return false;
    const due = this.gathering.dueAt(nowMs, this.rib.dirtyCount);
    if (due <= nowMs) return false;
    this.due.arm(due);
    this.rearm();
    return true;
  }

  /** Timers fire after the input that has already arrived was read: a hold timer never wins over a late reader. */
  private readonly onWake = (): void => {
    this.loop.defer(this.fireTimers);
  };

  private readonly fireTimers = (): void => {
    this.wakeAtMs = Number.POSITIVE_INFINITY;
    this.timers.advance(this.clock.nowMs());
    this.rearm();
  };

  private get hasWork(): boolean {
    const isPending = (this.reflector.pending && !this.deferring) || this.sweeper.pending || this.judge.pending;
    return isPending || this.limitsDue;
  }

  rangeOf(address: Uint8Array): DynamicRangeSpec | null {
    return rangeOf(this.spec.ranges, address);
  }
}

/** What counts as a loop: our AS, our router id, and every cluster id in use. */
export function identityOf(spec: RouterSpec): Identity {
  const clusterIds = new Set([spec.clusterId]);
  for (const { exchange } of [...spec.peers, ...spec.ranges]) if (exchange.client) clusterIds.add(exchange.clusterId);
  const { as, routerId, confederation } = spec;
  return { as, confederation: confederation?.identifier ?? null, routerId, clusterIds: [...clusterIds] };
}
