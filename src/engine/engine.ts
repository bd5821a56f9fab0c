/**
 * The engine: peers, their tables and groups, and the turn of the event loop that connects them.
 *
 *   connection bytes ─► PeerConnection ─► Peer ─► Session ─► tables (dirty) ─┐
 *                                                                  ▼  one `turn`, after the input was read
 *   connection ◄─ Outbox ◄─ Member ◄─ update group's log ◄─ decide, group, pack
 */

import type { Clock } from '../lib/clock.ts';
import type { DurationHistogram } from '../lib/duration-histogram.ts';
import { TimerQueue } from '../lib/timers.ts';
import type { Gate } from '../reflect/advertise/fib-gate.ts';
import type { ChangeFeed } from '../reflect/change-feed.ts';
import type { Reflector } from '../reflect/reflector.ts';
import type { Ingest } from '../rib/ingest.ts';
import type { Revalidation } from '../rib/revalidation.ts';
import type { Rib } from '../rib/rib.ts';
import type { Sweeper } from '../rib/sweeper.ts';
import type { DynamicRangeSpec, PeerSpec } from '../spec/peer.ts';
import type { RouterSpec } from '../spec/router.ts';
import type { TransportSpec } from '../spec/transport.ts';
import { cease, countedCode, type Notification } from '../wire/notification.ts';
import { Admission } from './admission/admission.ts';
import { PeerReports } from './admission/peer-reports.ts';
import { rangeOf } from './admission/ranges.ts';
import { Start } from './admission/start.ts';
import { DescribedEvents, type EventSink } from './events/events.ts';
import { type RefusalReason, Refusals } from './events/refusals.ts';
import type { AttributeLimits } from './limits/attribute-limits.ts';
import type { SessionLimits } from './limits/session-limits.ts';
import { Peer } from './peer/peer.ts';
import type { Core } from './ports/core.ts';
import { DisabledPeers } from './ports/disabled-peers.ts';
import type { BfdService, Connection, Dialer, EngineDeps, NeighborFinder } from './ports/ports.ts';
import { Taps } from './ports/taps.ts';
import type { Deferral, KnownPeer } from './session/deferral.ts';
import { GroupTimers } from './turn/group-timers.ts';
import { EngineTables } from './turn/tables.ts';
import { Turn } from './turn/turn.ts';
import { ClusterWatch } from './watch/cluster-watch.ts';
import { GroupWatch } from './watch/group-watch.ts';

/** A member that is further behind in the log of its group than this leaves the log. */
const SLOW_AFTER_BYTES = 8 << 20;
export class Engine implements Core {
  readonly clock: Clock;
  readonly timers = new TimerQueue();
  readonly dialer: Dialer;
  readonly neighbors: NeighborFinder | null;
  readonly bfd: BfdService | null;
  readonly isOnLink: (local: Uint8Array, remote: Uint8Array) => boolean;
  readonly events: EventSink;
  readonly random: () => number;
  readonly rib: Rib;
  readonly ingest: Ingest;
  readonly sweeper: Sweeper;
  readonly revalidation: Revalidation;
  readonly reflector: Reflector;
  /** Each decided prefix, for all subscribers. */
  readonly changes: ChangeFeed;
  readonly limited = new Set<SessionLimits>();
  readonly attributeLimits: AttributeLimits;
  /** By name (`peerName`). */
  readonly peers = new Map<string, Peer>();
  /** Refused connections. */
  readonly refusals: Refusals;
  readonly admission: Admission;
  /** NOTIFICATIONs by `code/subcode`. */
  readonly notifications = { sent: new Map<string, number>(), received: new Map<string, number>() };
  /** Peers that a command has disabled. */
  readonly disabled = new DisabledPeers();
  /** Peers whose messages an operator looks at. */
  readonly taps = new Taps();
  spec: RouterSpec;
  stopping = false;
  /** Routes are advertised to all peers with GRACEFUL_SHUTDOWN (RFC 8326). */
  draining = false;
  private readonly tables: EngineTables;
  private readonly startup: Start;
  private readonly turn: Turn;
  readonly groupTimers: GroupTimers;
  private readonly startedMs: number;
  /** Routes that another reflector with our cluster id has, and that are missing here. */
  readonly clusterWatch: ClusterWatch;
  private readonly reports = new PeerReports(this);
  /** The peer that is being removed: it is no longer in `peers`. */
  private leaving: Peer | null = null;

  /** @param gate may delay what is advertised; by default nothing does */
  constructor(spec: RouterSpec, deps: EngineDeps, gate: Gate = {}) {
    this.spec = spec;
    this.clock = deps.clock;
    this.dialer = deps.dialer;
    this.neighbors = deps.neighbors ?? null;
    this.bfd = deps.bfd ?? null;
    this.isOnLink = deps.isOnLink ?? (() => false);
    this.events = new DescribedEvents(deps.events, (peer) => this.descriptionOf(peer));
    this.refusals = new Refusals(this.events);
    this.admission = new Admission(this);
    this.random = deps.random;
    this.startedMs = this.clock.nowMs();
    // All routes were advertised to a peer: they may exceed its limit, and this may happen outside of a turn.
    const listener = new GroupWatch(this.clock, this.events, () => this.turn.requestLimitCheck());
    const { slowAfterBytes = SLOW_AFTER_BYTES } = deps;
    this.tables = new EngineTables(spec, this, this.reports, { gate, listener, slowAfterBytes });
    this.rib = this.tables.rib;
    this.ingest = this.tables.ingest;
    this.sweeper = this.tables.sweeper;
    this.revalidation = this.tables.revalidation;
    this.attributeLimits = this.tables.attributeLimits;
    this.changes = this.tables.changes;
    this.reflector = this.tables.reflector;
    this.turn = new Turn(this, deps.loop);
    this.groupTimers = new GroupTimers(this.clock, this.timers, this.reflector, this.turn);
    this.startup = new Start(this, () => this.onSelecting());
    this.reflector.onPending = () => this.schedule();
    this.clusterWatch = new ClusterWatch(this);
    // The id of a removed peer will be reused: no path may be advertised under it by then.
    this.sweeper.whenGone = () => this.groupTimers.ageLostWays(true);
  }

  /** Seconds since the engine was created. */
  get uptimeSeconds(): number {
    return (this.clock.nowMs() - this.startedMs) / 1000;
  }

  /**
   * Starts the configured peers. The caller opens the listening sockets.
   * @param before the peers with graceful restart from before the daemon stopped: route selection is deferred until
   *   they have sent their routes (RFC 4724 4.1); empty: no peer keeps our routes; null: the peers are not known
   */
  start(before: readonly KnownPeer[] | null = []): void {
    this.startup.begin(before);
    for (const spec of this.spec.peers) this.addPeer(spec, false);
  }

  get keepsForwarding(): boolean {
    const { mode, onStop } = this.spec.fib;
    return mode !== 'install' || onStop !== 'withdraw';
  }

  /** The deferral of route selection or advertising after a start; null: it is over. */
  get deferral(): Deferral | null {
    return this.startup.deferral;
  }

  /** After a restart: route selection is deferred until the peers from before have sent their routes. */
  get deferring(): boolean {
    return this.startup.deferring;
  }

  /** All peers from before a restart came back before the deferral was over. */
  get allBack(): boolean {
    return this.startup.allBack;
  }

  /** Peers that the next start has to wait for. */
  get restartable(): readonly KnownPeer[] {
    return this.startup.restartable;
  }

  private onSelecting(): void {
    this.schedule();
  }

  private descriptionOf(name: string): string {
    const peer = this.peers.get(name) ?? this.leaving;
    return peer?.name === name ? peer.spec.description : '';
  }

  /** Creates a peer and starts it, unless it is shut down. */
  addPeer(spec: PeerSpec, dynamic: boolean): Peer {
    const peer = new Peer(this, spec, dynamic, this.reports);
    this.peers.set(peer.name, peer);
    this.admission.added(peer);
    this.events.emit({ name: 'peer.added', peer: peer.name, group: spec.group, dynamic });
    peer.start();
    return peer;
  }

  /**
   * Closes the session of a peer with a notification, and removes the peer after its routes are removed.
   * @param why the cause, in words
   */
  removePeer(peer: Peer, notification: Notification, why = 'it was removed'): void {
    this.peers.delete(peer.name);
    this.leaving = peer;
    peer.remove(notification, why);
    this.reports.onRemoved(peer);
    this.events.emit({ name: 'peer.removed', peer: peer.name, dynamic: peer.dynamic, reason: why });
    this.leaving = null;
  }

  /** Sets another specification; the caller applies its changes to the peers. */
  adopt(spec: RouterSpec): void {
    this.spec = spec;
    this.admission.recount();
    this.tables.adopt(spec);
    this.revalidatePaths();
  }

  /** Starts or ends graceful shutdown (RFC 8326), so that peers prefer other routes before this router stops. */
  drain(on: boolean): void {
    this.draining = on;
    for (const peer of this.peers.values()) peer.drain(on);
    this.events.emit({ name: on ? 'daemon.draining' : 'daemon.undrained', peers: this.peers.size });
  }

  /** Resets the session of a peer with a CEASE; it is established again. */
  resetPeer(peer: Peer, reason: string, notification: Notification = cease.reset): void {
    this.events.emit({ name: 'peer.reset', peer: peer.name, reason });
    peer.stop(notification, reason);
    peer.start();
  }

  /** Addresses of this router: a route with one of them as its next hop is unusable. Wildcards do not count. */
  setOwnAddresses(addresses: readonly Uint8Array[]): void {
    this.rib.nextHops.setOwnAddresses(addresses.filter((address) => address.some((byte) => byte !== 0)));
    this.revalidatePaths();
  }

  revalidatePaths(): void {
    this.revalidation.request();
    this.schedule();
  }

  /** A connection was accepted: it belongs to a configured peer, or to one of a dynamic range. */
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
   * Stops every peer, and all work on the tables, so that kernel routes stay as they are.
   * @param final no restart follows: the peers should remove our routes immediately
   * @param message text for the operators of the peers (RFC 9003), at most 255 octets of UTF-8; '': none
   */
  stop(final: boolean, message = '', why = 'the daemon stops'): void {
    this.stopping = true;
    const farewell = message === '' ? cease.shutdown : cease.shutdownWith(message);
    for (const peer of this.peers.values()) {
      if (final) peer.stop(farewell, why);
      else peer.stopForRestart(farewell, why);
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
    this.turn.schedule();
  }

  rearm(): void {
    this.turn.rearm();
  }

  /** There is work on the tables. */
  get isBusy(): boolean {
    return this.turn.isScheduled;
  }

  /** Durations of turns that have work to do. */
  get turnDurations(): DurationHistogram {
    return this.turn.durations;
  }

  rangeOf(address: Uint8Array): DynamicRangeSpec | null {
    return rangeOf(this.spec.ranges, address);
  }
}
